"""Special hot lists: asked for, opened, granted, shared, closed; and who may look at what of them (A.15, I)."""
