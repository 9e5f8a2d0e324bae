"""The roster: who may have access, who asked, who approved, who had which role on which day."""
