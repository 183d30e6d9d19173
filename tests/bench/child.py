"""A process that a benchmark starts: ended whatever happens, since one that still served would be waited for."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def started(command: list[str]) -> Iterator["subprocess.Popen[bytes]"]:
    """Yield the process with its standard output as a pipe; end it afterwards."""
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.terminate()
