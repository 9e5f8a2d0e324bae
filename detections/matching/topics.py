"""What is told through the outbox."""

NEW_HIT, HIT_CHANGED = "hit.new", "hit.changed"
NEW_POSSIBLE, POSSIBLE_CHANGED = "possible.new", "possible.changed"
