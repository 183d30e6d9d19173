"""Environments of their own for real client SDKs, so that their packages meet neither ours nor each other's.

    python = environment("wechatpayv3", ["wechatpayv3==2.0.4"])      a path, made once and kept
    told = run_script(python, SCRIPT, {"url": ...})                  the JSON that the script prints

An environment is `.venv-conformance/<name>` in the repository's root; it is made anew when its requirements change.
A test is skipped only if they cannot be installed, with pip's own last words as the reason.
"""

import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

HOME = Path(__file__).resolve().parents[2] / ".venv-conformance"
INSTALL_S = 300
SCRIPT_S = 60
_MADE_OF = "requirements.txt"


def environment(name, requirements):
    """Return the Python of an environment that holds exactly these pinned requirements."""
    home, wanted = HOME / name, "\n".join(requirements) + "\n"
    python, made_of = home / "bin" / "python", home / _MADE_OF
    if made_of.exists() and made_of.read_text() == wanted:
        return python
    shutil.rmtree(home, ignore_errors=True)
    venv.create(home, with_pip=True)
    install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    words = _pip([*install, "--retries", "1", *requirements])
    if words:
        shutil.rmtree(home)
        pytest.skip(f"{name} cannot be installed: {words}")
    made_of.write_text(wanted)  # last: an environment without it is not whole
    return python


def _pip(command):
    """Install; return pip's last words if it could not, else nothing."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=INSTALL_S, check=False
        )
    except subprocess.TimeoutExpired:
        return f"not done after {INSTALL_S} s"
    lines = done.stderr.strip().splitlines() or ["no word from pip"]
    return lines[-1] if done.returncode else ""


def run_script(python, script, given, *, variables=None):
    """Run a script text; it reads `given` as JSON from stdin, and what it prints last is JSON and comes back.

    Proxies and paths of ours are kept from it; `variables` are added to its environment. Its clock is that of Beijing,
    as a merchant's is: wechatpayv3 asks for the complaints of its local day, and a day there begins at 16:00 UTC.
    """
    kept = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    kept.pop("PYTHONPATH", None)
    done = subprocess.run(
        [python, "-c", script],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=SCRIPT_S,
        env={**kept, "PYTHONDONTWRITEBYTECODE": "1", "TZ": "CST-8", **(variables or {})},
        check=False,
    )
    assert done.returncode == 0, f"the client failed:\n{done.stderr}"
    sys.stderr.write(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])
