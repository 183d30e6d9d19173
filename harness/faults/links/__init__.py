"""Link faults, one file each: what happens to connections (see `_link.py`)."""
