"""Flags: rules that pick a query out for review. Each is pure, and says why in figures."""
