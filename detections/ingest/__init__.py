"""How reads and photographs come in: judged, recorded once, matched and told, each batch in one transaction."""
