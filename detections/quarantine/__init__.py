"""Reads whose clock cannot be right: listed with both times, released with the right one or discarded, by a person."""
