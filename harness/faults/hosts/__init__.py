"""Host faults, one file each: what happens to processes (see `_host.py`)."""
