"""Lanes through a Toxiproxy: one proxy there for each link and each set of strikes that a connection is chosen for.

    connection 7 of db, chosen for slow and cut  ──▶  Toxiproxy's proxy "db slow cut"  ──▶  database

Whom a strike meets is known by keyed chance before it is on. So a connection takes its lane when it is made, and toxics
come and go on the lanes: they meet it wherever it is just then, as the weather of our own proxies does.
"""

import asyncio
import re
from collections.abc import Mapping

import msgspec

from harness.faults._link import LinkFault, Toxic
from harness.handles.toxiproxy import Toxiproxy

STREAMS = {"up": "upstream", "down": "downstream"}
"""What a Toxiproxy calls our directions."""

Lane = tuple[str, tuple[str, ...]]
"""A link, and the strikes that its connections are chosen for."""


class Lanes:
    """The proxies of a run in a Toxiproxy, and which toxics are on them; one call at a time."""

    def __init__(self, toxiproxy: Toxiproxy, faults: Mapping[str, LinkFault]) -> None:
        """Take the Toxiproxy, and the fault of each strike."""
        self._toxiproxy = toxiproxy
        self._toxics: dict[str, list[tuple[str, str, Toxic]]] = {}
        for at, (strike, fault) in enumerate(faults.items(), start=1):
            if toxic := fault.toxic():
                self._toxics[strike] = [
                    (f"{at}-{_plain(strike)}-{way}", stream, toxic)
                    for way, stream in STREAMS.items()
                    if fault.meets("up" if way == "up" else "down")
                ]
        self._made: dict[Lane, tuple[str, tuple[str, int]]] = {}
        self._on: set[str] = set()
        self._one = asyncio.Lock()

    def takes(self, strike: str) -> bool:
        """Say whether a Toxiproxy can do what this strike does; if not, our own proxy does."""
        return strike in self._toxics

    async def lane(self, link: str, chosen: tuple[str, ...], server: str) -> tuple[str, int]:
        """Return where connections of a link go that some strikes have chosen; made when it is first needed.

        Raises:
            HandleError: the Toxiproxy cannot.
        """
        async with self._one:
            if (link, chosen) not in self._made:
                name = f"{len(self._made) + 1}-{_plain(link)}"
                place = await asyncio.to_thread(self._toxiproxy.make, name, server)
                for strike in chosen:
                    if strike in self._on:
                        await self._add(name, strike)
                self._made[link, chosen] = name, place
            return self._made[link, chosen][1]

    async def turn(self, strike: str, *, on: bool) -> None:
        """Put the toxics of a strike on every lane of its connections, or take them off.

        Raises:
            HandleError: the Toxiproxy cannot.
        """
        async with self._one:
            if (strike in self._on) == on:
                return
            for (_, chosen), (name, _) in self._made.items():
                if strike in chosen:
                    await (self._add if on else self._take)(name, strike)
            (self._on.add if on else self._on.discard)(strike)

    async def _add(self, name: str, strike: str) -> None:
        for toxic, stream, what in self._toxics[strike]:
            told = msgspec.to_builtins(what)
            await asyncio.to_thread(self._toxiproxy.add, name, toxic, stream, told)

    async def _take(self, name: str, strike: str) -> None:
        for toxic, _, _ in self._toxics[strike]:
            await asyncio.to_thread(self._toxiproxy.take, name, toxic)


def _plain(name: str) -> str:
    """Return a name for people that can stand in a path: the number before it keeps it apart."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", name)
