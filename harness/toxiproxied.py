"""The Toxiproxy of a run, as the supervisor sees it: it is there, and nothing of ours is left in it.

    await toxiproxied.call()       before the network starts: it answers, and the guard knows what to remove
    await toxiproxied.sweep()      after the network ended: our proxies are gone

In between, the network's process alone makes proxies and toxics there (harness/nemesis/network/lanes.py).
"""

import asyncio
from collections.abc import Mapping
from urllib.parse import urlsplit

import msgspec

from harness.core.errors import UsageError
from harness.faults._link import any_link_fault
from harness.handles import HandleError, kind_of
from harness.handles.toxiproxy import Toxiproxy
from harness.nemesis.processes import Child, Processes
from harness.safety import Permit, is_loopback, pinned
from harness.scenario import Staged

NAME = "toxiproxy"
NETWORK_ENDS_S = 5.0


def makers(staged: Staged) -> dict[str, bool]:
    """Return for each strike on a link whether the target's Toxiproxy makes it, or our proxy; nothing without one."""
    if not staged.target.toxiproxy:
        return {}
    faults = {s.id: msgspec.convert(s.fault, any_link_fault()) for s in staged.links}
    return {strike: fault.toxic() is not None for strike, fault in faults.items()}


class Toxiproxied:
    """Does nothing where the target file names no Toxiproxy, or no strike of the run is on a link."""

    def __init__(self, staged: Staged, processes: Processes, run: str, permit: Permit) -> None:
        """Take the run, whose name its proxies in the Toxiproxy begin with."""
        self._processes = processes
        self._path = staged.target_path
        self.driven_by: Child | None = None
        """The network's process."""
        self.toxiproxy: Toxiproxy | None = None
        if staged.target.toxiproxy and staged.links:
            url, headers, _ = pinned(staged.target.toxiproxy, permit.pins)
            self.toxiproxy = Toxiproxy(url=url, headers=headers, prefix=f"recharge-chaos-{run}-")

    async def call(self) -> None:
        """See that it is there, and leave with the guard that our proxies in it be removed.

        Raises:
            UsageError: it is not there.
        """
        if self.toxiproxy is None:
            return
        try:
            await asyncio.to_thread(self.toxiproxy.version)
        except HandleError as error:
            raise UsageError(f"{self._path}: toxiproxy: {error}") from None
        errand = {"kind": kind_of(self.toxiproxy), "handle": self.toxiproxy, "step": "unrun"}
        await self._processes.undo_at_death(NAME, msgspec.json.encode({**errand, "memory": {}}))

    def check_reach(self, places: Mapping[str, str]) -> None:
        """Refuse links that a Toxiproxy on another host cannot lead on: what is on loopback is not there.

        Raises:
            UsageError: which of them.
        """
        if self.toxiproxy is None or is_loopback(urlsplit(self.toxiproxy.url).hostname or ""):
            return
        for name, place in places.items():
            if is_loopback(urlsplit(f"tcp://{place}").hostname or ""):
                raise UsageError(
                    f"{self.toxiproxy.what} cannot reach {name} at {place} of this machine: give the target"
                    " public_url and say --bind, or take a Toxiproxy of this machine"
                )

    async def sweep(self) -> str:
        """Remove what the network made there, once it has ended; return what went wrong."""
        if self.toxiproxy is None:
            return ""
        if self.driven_by is not None:
            await self.driven_by.end(NETWORK_ENDS_S)
        try:
            await asyncio.to_thread(self.toxiproxy.perform, "unrun", {})
        except HandleError as error:
            return str(error)
        self._processes.undone(NAME)
        return ""
