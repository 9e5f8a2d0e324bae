"""Machines that read plates from photographs. The common shape is in `reading`; `lines` and `formats` are pure."""
