"""The quick start: `make run` and `make test` on a machine with nothing but Python, make and this clone."""
