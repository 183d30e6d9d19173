"""Writes the kept run's files anew: `python -m tests.golden`."""

import tempfile
from pathlib import Path

from tests.golden import KEPT, again, keep
from tests.reports import finished_run as runs

with tempfile.TemporaryDirectory() as folder:
    if not KEPT.exists():
        keep(runs.build(Path(folder) / "new", intents=30))
    for name, content in again(Path(folder) / "again").items():
        (KEPT / name).write_bytes(content)
        print(KEPT / name)
