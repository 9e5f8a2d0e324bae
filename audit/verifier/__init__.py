"""Programs for outsiders: each is one file that needs Python 3.9 and nothing else, and imports nothing of this one."""
