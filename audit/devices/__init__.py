"""Known machines, and what may be done from which kind of device."""
