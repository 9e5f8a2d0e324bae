"""Sign-in: password, second factor, session limits, the notice, and the quick start's one-time links."""
