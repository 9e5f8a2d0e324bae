"""The hit desk: who may see a hit, and the verbs of its road from new to closed."""
