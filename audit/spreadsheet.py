"""Cells of CSV files that we hand out."""

STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")


def cell(text: str) -> str:
    """A text that no spreadsheet takes for a formula: with a single quote before it where it could be (ASVS 1.2.10)."""
    return f"'{text}" if text.lstrip(" ").startswith(STARTS) else text
