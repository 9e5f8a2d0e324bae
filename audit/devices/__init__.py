"""Which kind of machine a request comes from, the machines the department knows, and what each kind may do."""

from audit.devices.classes import abilities_here, device_class, may_here, terminal_of

__all__ = ["abilities_here", "device_class", "may_here", "terminal_of"]
