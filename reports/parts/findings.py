"""Findings made readable: equal sentences are told once, with the orders that they were said of."""

import json
from typing import Any

import msgspec

from reports.parts.clean import one_line
from reports.parts.finished import Finding, Law, both

MOST_SHOWN = 200
LONGEST_EVIDENCE = 1_000


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Findings that say the same."""

    says: dict[str, str]
    findings: list[Finding]


def groups(law: Law) -> list[Group]:
    """Return a law's findings, at most `MOST_SHOWN` of them, those that say the same together, the largest first."""
    by_sentence: dict[tuple[str, str], Group] = {}
    for finding in law.findings[:MOST_SHOWN]:
        says = both(finding.says)
        key = (says["en"], says["zh"])
        by_sentence.setdefault(key, Group(says=says, findings=[])).findings.append(finding)
    return sorted(by_sentence.values(), key=lambda group: -len(group.findings))


def shown(law: Law) -> int:
    """Return how many of a law's findings are told."""
    return min(len(law.findings), MOST_SHOWN)


def evidence(finding: Finding) -> str:
    """Return a finding's evidence as one line, whatever shape the law gave it."""
    return one_line(flat(finding.evidence), LONGEST_EVIDENCE)


def flat(value: Any) -> str:
    """Return a value of any JSON shape as one line for a reader."""
    if value is None:
        return ""
    if isinstance(value, dict):
        return ", ".join(f"{key}: {flat(part)}" for key, part in value.items())
    if isinstance(value, list):
        return ", ".join(flat(part) for part in value)
    return value if isinstance(value, str) else json.dumps(value)


def order_name(finding: Finding) -> str:
    """Return the order number, or the intent where the order has none."""
    return one_line(finding.order_no or "", 80) or (
        f"#{finding.intent}" if finding.intent is not None else "–"
    )
