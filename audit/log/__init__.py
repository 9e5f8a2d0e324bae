"""Checkpoints, proofs, keys, the witness: what lets outsiders verify the ledger."""
