"""The run directory: made before anything starts, and found again as `latest`."""

import os
import shutil
from pathlib import Path

from harness.core.errors import UsageError

FREE_BYTES_FLOOR = 64 << 20
BYTES_PER_INTENT = 16 << 10


def make(parent: Path, run_id: str, intents: int) -> Path:
    """Make the run directory, and make sure that what the run will write fits.

    Raises:
        UsageError: it cannot be written, or the disk is too full.
    """
    for attempt in range(100):
        folder = parent / (run_id if not attempt else f"{run_id}.{attempt}")
        try:
            (folder / "journals").mkdir(parents=True)
            (folder / "logs").mkdir()
            (folder / "parquet").mkdir()
            (folder / "journals" / ".probe").write_bytes(os.urandom(1 << 16))
            (folder / "journals" / ".probe").unlink()
        except FileExistsError:
            continue
        except OSError as error:
            raise UsageError(f"{parent} cannot be written: {error.strerror}") from None
        needs = FREE_BYTES_FLOOR + intents * BYTES_PER_INTENT
        free = shutil.disk_usage(folder).free
        if free < needs:
            shutil.rmtree(folder)
            raise UsageError(
                f"{parent}: {free >> 20} MiB free, but this run may need {needs >> 20}"
            )
        return folder
    raise UsageError(f"{parent}/{run_id} exists a hundred times")


def link_latest(folder: Path) -> None:
    """Let `latest` beside a run directory lead to it, in one step."""
    latest = folder.parent / "latest"
    fresh = folder.parent / f".latest-{folder.name}"
    fresh.symlink_to(folder.name)
    fresh.replace(latest)
