"""Findings made readable: names of orders and evidence of any shape as one line. `causes` groups them."""

import json
from typing import Any

from reports.parts.causes import MOST_SHOWN
from reports.parts.clean import one_line
from reports.parts.finished import Finding, Law

LONGEST_EVIDENCE = 1_000


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
