"""The network's process: binds a port for each link, is told where they lead, and keeps a journal.

    python -m harness.nemesis.network --config FILE

prints one line of JSON once it serves: {"control": URL, "token": T, "upstreams": {}, "links": {name: port}}. Its
control port takes what the mocks' does (begin, heal, stats, stop), and where the links lead:

    POST /control/links {"customers": "127.0.0.1:8080", ...}
"""

import argparse
import asyncio
import hmac
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from signal import SIGINT, SIGTERM

import msgspec
import uvloop

from harness.core.event import Event
from harness.core.journal import Journal
from harness.faults._link import LinkStrike
from harness.handles import HandleError
from harness.handles.toxiproxy import Toxiproxy
from harness.nemesis.network.link import Link
from harness.nemesis.network.weather import Weather
from mock_upstreams.dialect import Answer, Request
from mock_upstreams.house import Ear
from mock_upstreams.wire import Listener, listen

RECORDER = "network"


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the process is told."""

    run: str
    journal: str
    seed: int
    token: str
    links: dict[str, int]
    """The port of each link; 0 for any that is free."""
    strikes: tuple[LinkStrike, ...] = ()
    toxiproxy: Toxiproxy | None = None
    """Who makes the bad weather, where the user has one; what was made there is for the supervisor to remove."""
    host: str = "127.0.0.1"


class Network:
    """All links of a run, and their control port."""

    def __init__(self, config: Config) -> None:
        self.stopped = asyncio.Event()
        self._config = config
        self._journal = Journal(
            Path(config.journal), run=config.run, recorder=RECORDER, vantage="nemesis"
        )
        self.failure: Exception | None = None
        self._weather = Weather(config.strikes, config.seed, config.toxiproxy, self._fail)
        self._mending: asyncio.Task[None] | None = None
        self._counts = {strike.id: {"eligible": 0, "struck": 0} for strike in config.strikes}
        self._links = {name: self._link(name) for name in config.links}
        self._door: Listener

    def _link(self, name: str) -> Link:
        link = Link(name, self._weather, self._config.seed, self._write)
        self._weather.watch(link.weathered)
        return link

    def _fail(self, error: Exception) -> None:
        """End: strikes that are not exercised must not pass for such that are."""
        self.failure = self.failure or error
        self.stopped.set()

    def _write(self, row: Event) -> None:
        for strike in row.strikes:
            self._counts[strike]["struck"] += 1
        for strike in (*row.strikes, *row.spared):
            self._counts[strike]["eligible"] += 1
        self._journal.write(row)

    async def open(self) -> bytes:
        """Bind everything; return what to print.

        Raises:
            OSError: a port cannot be bound.
        """
        for name, link in self._links.items():
            await link.open(self._config.host, self._config.links[name])
        self._door = await listen(self.hear, self._config.host, 0)
        told = {
            "control": f"http://{self._config.host}:{self._door.port}",
            "token": self._config.token,
            "upstreams": {},
            "links": {name: link.port for name, link in self._links.items()},
        }
        return msgspec.json.encode(told)

    def hear(self, request: Request, ear: Ear) -> None:
        """Answer the control port."""
        given = request.headers.get("authorization", "").encode()
        if not hmac.compare_digest(given, f"Bearer {self._config.token}".encode()):
            ear.answer(_says({"error": "a bearer token is needed"}, 401))
            return
        if request.path == "/control/heal":
            self._mending = asyncio.get_running_loop().create_task(self._mend(ear))
            return
        try:
            ear.answer(self._told(request))
        except (msgspec.MsgspecError, ValueError, KeyError) as error:
            ear.answer(_says({"error": str(error)}, 400))

    async def _mend(self, ear: Ear) -> None:
        try:
            await self._weather.mend()
        except HandleError as error:
            self._fail(error)
        ear.answer(_says({"ok": self.failure is None}))

    def _told(self, request: Request) -> Answer:
        if request.path == "/control/stats":
            return _says({"pending": 0, "open": 0, "last_move_ns": 0, "strikes": self._counts})
        if request.path == "/control/begin":
            self._weather.begin(msgspec.json.decode(request.body, type=dict[str, int])["t0_ns"])
        elif request.path == "/control/links":
            for name, place in msgspec.json.decode(request.body, type=dict[str, str]).items():
                host, _, port = place.rpartition(":")
                self._links[name].lead(host, int(port))
        elif request.path == "/control/stop":
            self.stopped.set()
        else:
            return _says({"error": f"no {request.path} here"}, 404)
        return _says({"ok": True})

    async def close(self) -> None:
        """Break every connection, and end the journal."""
        for link in self._links.values():
            await link.close()
        await self._door.close()
        self._journal.close()


def _says(value: Mapping[str, object], status: int = 200) -> Answer:
    return Answer(msgspec.json.encode(value), status)


async def serve(config: Config) -> None:
    """Serve until told to stop, by signal or on the control port."""
    network = Network(config)
    for number in (SIGTERM, SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, network.stopped.set)
    sys.stdout.write((await network.open()).decode() + "\n")
    sys.stdout.flush()
    await network.stopped.wait()
    await network.close()
    if network.failure is not None:
        sys.exit(f"recharge-chaos: {network.failure}")


def main(argv: Sequence[str] | None = None) -> None:
    """Read the config and serve."""
    parser = argparse.ArgumentParser(prog="python -m harness.nemesis.network")
    parser.add_argument("--config", type=Path, required=True)
    path: Path = parser.parse_args(argv).config
    uvloop.run(serve(msgspec.json.decode(path.read_bytes(), type=Config)))


if __name__ == "__main__":
    main()
