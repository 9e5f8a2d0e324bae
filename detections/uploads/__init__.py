"""Files of reads from a CDMS, from LEARN or from anywhere else: looked at, taken in by batches, and accounted for."""
