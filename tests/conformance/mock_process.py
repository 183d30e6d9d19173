"""A process of mocks for real clients: one gateway as a config says it, upstream time at its own pace."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager

TOKEN = "conformance-token"
DEADLINE_S = 20


@contextmanager
def mocks(folder, name, settings=None, strikes=(), time_scale=1.0, *, ca=""):
    """Serve one upstream; yield how to reach and use it: its credentials, `url`, `control`, `token` and any `doors`."""
    config = folder / f"{name}.json"
    told = {"token": TOKEN, "time_scale": time_scale, "strikes": list(strikes)}
    told |= {"doors": {"ca": ca}} if ca else {}
    config.write_text(json.dumps({**told, "upstreams": {name: settings or {}}}))
    command = [sys.executable, "-m", "mock_upstreams", "--config", str(config)]
    quiet = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=quiet) as process:
        try:
            line = process.stdout.readline()
            assert line, "the mocks ended before they served"
            card = json.loads(line)
            reach = {key: card.get(key) for key in ("control", "token", "doors")}
            yield {**card["upstreams"][name], **reach}
        finally:
            process.terminate()
            assert process.wait(DEADLINE_S) == 0


def begin(served):
    """Tell the mocks that the run begins now: the windows of strikes count from here."""
    request = urllib.request.Request(
        f"{served['control']}/control/begin",
        data=json.dumps({"t0_ns": time.time_ns()}).encode(),
        headers={"Authorization": f"Bearer {served['token']}"},
    )
    with urllib.request.urlopen(request, timeout=DEADLINE_S) as answer:
        assert answer.status == 200
