"""Starts the live page's process on the journals of a run."""

import json
import signal
import subprocess
import sys
from contextlib import contextmanager

import httpx
import msgspec

from harness.live.launch import Config


class Page:
    """A live page: where it is, and its process."""

    def __init__(self, process):
        self.process = process
        self.url = json.loads(process.stdout.readline())["url"]

    def get(self, path="", **headers):
        return httpx.get(f"{self.url}{path}", headers=headers, trust_env=False, timeout=20)

    def end(self):
        """Tell it that the run is over, and wait."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=20)


@contextmanager
def live_page(run_dir, **more):
    """A page of a run; it is ended when its test is over, however that ends."""
    scratch = run_dir / "scratch"
    scratch.mkdir()
    config = Config(run_dir=str(run_dir), scratch=str(scratch), **more)
    path = scratch / "live.json"
    path.write_bytes(msgspec.json.encode(config))
    command = [sys.executable, "-m", "harness.live", "--config", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Page(process)
        finally:
            process.kill()
