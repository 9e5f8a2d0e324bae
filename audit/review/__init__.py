"""Inspections of queries and the weekly review of the log."""
