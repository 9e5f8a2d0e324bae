"""How long reads are kept, seen and held, and how they are destroyed (C.1, 462.4)."""
