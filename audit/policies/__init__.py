"""Reading, comparing, preparing and activating policy profiles; replaying decisions."""
