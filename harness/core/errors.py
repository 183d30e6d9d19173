"""Every way in which a run can end early, each with the exit code that the command line returns.

ChaosError
├── UsageError          exit 2   a file, a flag or a name is wrong; nothing was started
│   └── MisfitError     exit 2   a scenario is about what this target does not have
├── InconclusiveError   exit 3   the run cannot be judged
└── HarnessError        exit 4   the harness itself broke
"""

from collections.abc import Iterable
from difflib import get_close_matches


class ChaosError(Exception):
    """An error with a sentence for a person and an exit code for a machine."""

    exit_code = 4


class UsageError(ChaosError):
    """What the user wrote cannot be run; nothing has been started."""

    exit_code = 2


class MisfitError(UsageError):
    """A scenario is about what this target does not have: both files are good, and have nothing in common.

    `why` says so without the place in the scenario's file, which is nobody's mistake.
    """

    def __init__(self, where: UsageError, why: str) -> None:
        super().__init__(str(where))
        self.why = why


class InconclusiveError(ChaosError):
    """The run cannot be judged, for the reason that is said."""

    exit_code = 3


class HarnessError(ChaosError):
    """A part of the harness itself failed."""

    exit_code = 4


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `, did you mean 'x'?` for the nearest known word, or the words themselves if none is near."""
    words = sorted(str(word) for word in known)
    near = get_close_matches(word, words, n=1, cutoff=0.5)
    if near:
        return f", did you mean {near[0]!r}?"
    return f" (known: {', '.join(words)})" if words else ""
