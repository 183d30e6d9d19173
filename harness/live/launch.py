"""What the live page's process is told, and how the supervisor starts it."""

import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Protocol

import msgspec

from harness.core.errors import HarnessError
from harness.nemesis.processes import Child, Processes

READY_S = 20.0


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The run, the port (0 for any), a folder to work in, and the mocks whose metrics are handed on."""

    run_dir: str
    scratch: str
    port: int = 0
    mocks: dict[str, dict[str, str]] = {}


class Stage(Protocol):
    """Whoever can start the page."""

    def start_live(self, port: int, gone: Callable[[Child], None]) -> Awaitable[str]:
        """Start it and return its URL."""
        ...


async def show(stage: Stage, port: int, note: Callable[[str], None]) -> None:
    """Open the page and say where; one that does not open, or dies, is said, too, and the run goes on."""
    try:
        url = await stage.start_live(
            port, lambda it: note(f"the live page has died (see {it.log})")
        )
    except HarnessError as error:
        note(f"there is no live page: {error}")
    else:
        note(f"live page: {url}")


async def start(
    processes: Processes,
    config: Config,
    *,
    log: Path,
    write: Callable[[Path, Mapping[str, object]], None],
    gone: Callable[[Child], None],
) -> str:
    """Start the page's process and return its URL; `gone` is called should it die before the run does.

    Raises:
        HarnessError: it does not come up.
    """
    path = Path(config.scratch) / "live.json"
    write(path, msgspec.to_builtins(config))
    command = [sys.executable, "-m", "harness.live", "--config", str(path)]
    child = await processes.start("live", command, log, pipe=True, needed=False)
    hello = await child.first_line(READY_S)
    child.gone = gone
    return str(msgspec.json.decode(hello)["url"])
