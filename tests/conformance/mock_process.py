"""A process of mocks for real clients: one gateway as a config says it, upstream time at its own pace."""

import json
import os
import subprocess
import sys
from contextlib import contextmanager

TOKEN = "conformance-token"
DEADLINE_S = 20


@contextmanager
def mocks(folder, name, settings=None, strikes=(), time_scale=1.0):
    """Serve one upstream; yield how to reach and use it: its credentials, `url`, `control` and `token`."""
    config = folder / f"{name}.json"
    told = {"token": TOKEN, "time_scale": time_scale, "strikes": list(strikes)}
    config.write_text(json.dumps({**told, "upstreams": {name: settings or {}}}))
    command = [sys.executable, "-m", "mock_upstreams", "--config", str(config)]
    quiet = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=quiet) as process:
        try:
            line = process.stdout.readline()
            assert line, "the mocks ended before they served"
            card = json.loads(line)
            yield {**card["upstreams"][name], "control": card["control"], "token": card["token"]}
        finally:
            process.terminate()
            assert process.wait(DEADLINE_S) == 0
