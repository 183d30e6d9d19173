"""The commands to go on with: how the run was started, and how to do the same again."""

import shlex
from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import Any

from reports.parts.clean import one_line
from reports.parts.finished import Finished

PROGRAM = "recharge-chaos"
LONGEST = 600


def started(run: Finished) -> str:
    """Return the command that started the run, or an empty string if it was not recorded."""
    return one_line(shlex.join(_argv(run)), LONGEST) if _argv(run) else ""


def replay(run: Finished) -> str:
    """Return a command that runs the same again under the same seed."""
    argv = _argv(run)
    if "run" not in argv[1:2]:
        argv = [PROGRAM, "run", str(run.folder / "scenario.yaml")]
    named = any(part == "--seed" or part.startswith("--seed=") for part in argv)
    if not named and run.verdict.seed is not None:
        argv = [*argv, "--seed", str(run.verdict.seed)]
    return one_line(shlex.join(argv), LONGEST)


def _argv(run: Finished) -> list[str]:
    """Return the recorded command line, our program under the name by which it was installed."""
    found: Any = run.environment.get("argv")
    if not isinstance(found, list) or not found:
        return []
    program = PurePath(str(found[0])).name
    first = PROGRAM if program in {PROGRAM, "__main__.py", "harness"} else str(found[0])
    return [first, *_without_page(map(str, found[1:]))]


def _without_page(argv: Iterable[str]) -> Iterator[str]:
    """Leave out the live page, which is no part of what a run does, and whose port may be taken."""
    words = iter(argv)
    for word in words:
        if word == "--live-port":
            next(words, None)
        elif word != "--live" and not word.startswith("--live-port="):
            yield word
