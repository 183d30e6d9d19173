"""Whether a scenario is about anything that a target has."""

from pathlib import Path

from harness.core.errors import MisfitError
from harness.scenario import Staged, stage


def fitting(scenario: Path, target: Path | None) -> Staged | str:
    """Return a scenario staged on a target, or why nothing of it could be exercised there.

    Raises:
        UsageError: it, or the target, has a mistake.
    """
    try:
        staged = stage(scenario, target=target)
    except MisfitError as error:
        return error.why
    lacking = {note.lacks for note in staged.notes}
    if not lacking or "" in lacking:
        return staged
    return f"every strike is on what the target does not have: {', '.join(sorted(lacking))}"
