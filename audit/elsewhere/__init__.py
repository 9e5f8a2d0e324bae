"""Queries made in other systems, taken in from their audit exports."""
