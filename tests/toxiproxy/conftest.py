"""A Toxiproxy for each test: the small one beside this file, in a process of its own."""

import subprocess
import sys

import httpx
import pytest

from harness.handles.toxiproxy import Toxiproxy


class Town:
    """A running server: its process, its URL, and what was asked of it."""

    def __init__(self):
        command = [sys.executable, "-m", "tests.toxiproxy.server"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.url = f"http://127.0.0.1:{int(self.process.stdout.readline())}"

    def handle(self, prefix="recharge-chaos-1-"):
        return Toxiproxy(url=self.url, prefix=prefix)

    def proxies(self):
        return httpx.get(f"{self.url}/proxies").json()

    def calls(self):
        return httpx.get(f"{self.url}/calls").json()

    def end(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(10)


@pytest.fixture
def toxiproxy():
    town = Town()
    yield town
    town.end()
