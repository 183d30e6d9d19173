"""What a staged run may reach, by its target file and the command line together."""

from harness import safety
from harness.safety import Permit, Wish
from harness.scenario import Staged
from harness.targets import books


def permitted(staged: Staged, wish: Wish) -> Permit:
    """Return what a run may reach, and where its mocks may listen.

    Raises:
        UsageError: a host elsewhere was not allowed, or the run is too hard or too long for where it goes.
    """
    database = books.host_of(staged.target, staged.target_path.parent)
    more = {"database": database} if database else {}
    permit = safety.admitted(staged.target, staged.target_path, wish, more=more)
    curve = staged.scenario.traffic.arrivals.curve()
    safety.check_pace(curve.peak_per_s, curve.span_s, permit, wish)
    return permit
