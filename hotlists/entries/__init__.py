"""The verbs of hot plates by what they do; ``hotlists.operations`` is the door to all of them."""
