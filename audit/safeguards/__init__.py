"""The safeguards of 462.5 and breaches, as dated records."""
