"""Three-valued truth: what a law, and a whole run, may conclude."""

from enum import StrEnum

import msgspec


class Verdict(StrEnum):
    """PASS needs cases that were judged; FAIL needs one that was broken; all else is INCONCLUSIVE."""

    PASS = "PASS"
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"


EXIT_CODES = {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.INCONCLUSIVE: 3}


def worst(verdicts: list[Verdict]) -> Verdict:
    """Return FAIL if any failed, else INCONCLUSIVE if any is, else PASS; of none, INCONCLUSIVE."""
    if Verdict.FAIL in verdicts:
        return Verdict.FAIL
    if not verdicts or Verdict.INCONCLUSIVE in verdicts:
        return Verdict.INCONCLUSIVE
    return Verdict.PASS


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One breach: the order it happened to, what happened, and the ledger rows that prove it."""

    intent: int | None = None
    order_no: str = ""
    says: str = ""
    evidence: str = ""


class LawResult(msgspec.Struct, frozen=True, kw_only=True):
    """What one law concluded. `cases` = held + broken + unknown; findings may be cut at a stated number."""

    law: str
    title: dict[str, str]
    why: dict[str, str]
    severity: str
    verdict: Verdict
    cases: int = 0
    held: int = 0
    broken: int = 0
    unknown: int = 0
    findings: list[Finding] = []
    reason: str = ""
