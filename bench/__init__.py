"""Measurements: one JSON object a line, ratios taken side by side in one run."""
