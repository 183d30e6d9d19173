"""A Docker engine of our own: data, sockets and bridge apart from any other, and nothing of it left afterwards.

It runs without iptables and without forwarding: a published port is carried by docker-proxy, and a container reaches
this machine at its bridge's address. So neither ip_forward nor the FORWARD policy is ever touched, and no kernel
module is needed. What is left to take away is the bridge and what is still mounted.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

BRIDGE, HOST, NETWORK = "rcchaos0", "172.31.250.1", "172.31.250.1/24"
READY_S = 20
KEY = Path("/etc/docker/key.json")


class NoEngineError(Exception):
    """Why no engine can run here."""


def why_not():
    """Return why an engine cannot run here, or nothing."""
    if os.geteuid() != 0:
        return "needs root"
    missing = [name for name in ("dockerd", "containerd", "runc", "ip") if not shutil.which(name)]
    return f"not installed: {', '.join(missing)}" if missing else ""


class Engine:
    """A context: the engine's URL while it runs."""

    def __init__(self, folder):
        self.folder = folder
        self.url = f"unix://{folder}/docker.sock"
        self.process = None

    def __enter__(self):
        self.had_key = KEY.exists()
        added = _ip("link", "add", BRIDGE, "type", "bridge")
        if added:
            raise NoEngineError(f"no bridge can be made: {added}")
        try:
            _ip("addr", "add", NETWORK, "dev", BRIDGE)
            _ip("link", "set", BRIDGE, "up")
            ready = self._starts([]) or self._starts(["--storage-driver", "vfs"])
        except BaseException:
            self.__exit__()
            raise
        if not ready:
            self.__exit__()
            raise NoEngineError(f"dockerd does not start: {self._last_words()}")
        return self

    def __exit__(self, *_):
        self._end()
        for mount in reversed(_mounts(self.folder)):
            subprocess.run(["umount", "-l", mount], check=False)
        _ip("link", "del", BRIDGE)
        if not self.had_key:
            KEY.unlink(missing_ok=True)

    def _starts(self, more):
        command = ["dockerd", "-H", self.url, "--pidfile", f"{self.folder}/docker.pid"]
        command += ["--data-root", f"{self.folder}/data", "--exec-root", f"{self.folder}/exec"]
        command += ["--bridge", BRIDGE, "--iptables=false", "--ip-forward=false", "--ip-masq=false"]
        # It ends with the process that started it, however that one ends.
        tied = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
        with (self.folder / "dockerd.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*tied, *command, *more], stdout=log, stderr=log, start_new_session=True
            )
        end_s = time.monotonic() + READY_S
        while self.process.poll() is None and time.monotonic() < end_s:
            if self._answers():
                return True
            time.sleep(0.1)
        self._end()
        return False

    def _answers(self):
        """Say whether it takes connections: it listens only once it is ready."""
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(f"{self.folder}/docker.sock") == 0

    def _end(self):
        """End the engine, then its containerd if it outlived it, each by its id."""
        process, self.process = self.process, None
        if process is None:
            return
        containerd = self.folder / "exec/containerd/containerd.pid"
        below = int(containerd.read_text()) if containerd.exists() else 0
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if below and "containerd" in _name(below):
            os.kill(below, signal.SIGKILL)

    def _last_words(self):
        return (self.folder / "dockerd.log").read_text(errors="replace")[-600:]


def _ip(*words):
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    return done.stderr.strip() if done.returncode else ""


def _mounts(folder):
    lines = Path("/proc/mounts").read_text(encoding="utf-8").splitlines()
    return [line.split()[1] for line in lines if line.split()[1].startswith(f"{folder}/")]


def _name(pid):
    try:
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8")
    except OSError:
        return ""
