"""Evidence packages: chosen reads as one signed file that an outsider can check (525.08 F.4, 462.4)."""
