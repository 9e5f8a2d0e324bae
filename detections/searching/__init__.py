"""Looking at reads: search, pages of results, one read. Each look is an act on the ledger."""
