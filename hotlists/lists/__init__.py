"""Hot lists, their sources and keys; the folder files are picked up from; which lists are out of date."""
