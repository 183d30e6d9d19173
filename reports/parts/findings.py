"""Findings made readable: names of orders and evidence of any shape as one line. `causes` groups them."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from markupsafe import Markup

from reports.parts.causes import MOST_SHOWN, Cause
from reports.parts.clean import one_line
from reports.parts.finished import Finding, Law

LONGEST_EVIDENCE = 1_000
AT_ONCE = 10
"""Findings of a cause that are rows of the page from the beginning; the rest become rows when somebody looks at it."""
Row = tuple[str, str, str, str]
"""A finding as its row tells it: order, intent, strikes, evidence."""


def shown(law: Law) -> int:
    """Return how many of a law's findings are told."""
    return min(len(law.findings), MOST_SHOWN)


def row(finding: Finding, met: Mapping[int, tuple[str, ...]]) -> Row:
    """Return a finding as the cells of its row; `met` are the strikes that met each intent."""
    strikes = met.get(finding.intent, ()) if finding.intent is not None else ()
    return (
        order_name(finding),
        "–" if finding.intent is None else str(finding.intent),
        one_line(", ".join(strikes), 200),
        evidence(finding).replace("; ", "\n"),
    )


def later(causes: Iterable[Cause], met: Mapping[int, tuple[str, ...]]) -> Markup:
    """Return the rows of all causes that the page does not begin with, as JSON that can stand in a script element."""
    rest = {
        cause.anchor: [row(finding, met) for finding in cause.findings[AT_ONCE:]]
        for cause in causes
        if len(cause.findings) > AT_ONCE
    }
    text = json.dumps(rest, ensure_ascii=False, separators=(",", ":"))
    # Nothing in it can end the element, or begin a comment.
    return Markup(text.replace("<", "\\u003c").replace("&", "\\u0026"))  # noqa: S704


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
