"""Three-valued truth: what a law, and a whole run, may conclude."""

from enum import StrEnum


class Verdict(StrEnum):
    """PASS needs cases that were judged; FAIL needs one that was broken; all else is INCONCLUSIVE."""

    PASS = "PASS"
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"


EXIT_CODES = {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.INCONCLUSIVE: 3}
