"""The live line of the hit desk: from an outbox row to a card on every desk that may see it, recorded first."""
