"""Findings grouped by cause: the law that was broken, the way it was broken, and the strike that they share.

A thousand equal findings are told once. Which strike is the cause is a guess, and the page calls it likely: it met
these orders more often than others. Of several the one is taken that tells more of them apart.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence

import duckdb
import msgspec

from reports.parts.clean import one_line
from reports.parts.finished import Finding, Finished, Law, both

MOST_SHOWN = 200
"""Findings of a law that are told; the checker keeps no more either."""
LEAST_LIFT = 1.2
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """Findings of one law that broke it in the same way, under the same strike (or none that they share).

    `elsewhere` is the share of all orders that the strike met, to be compared with `met` of these findings.
    """

    law: Law
    says: dict[str, str]
    strike: str = ""
    kind: str = ""
    met: int = 0
    elsewhere: float | None = None
    findings: list[Finding]
    number: int = 0

    @property
    def anchor(self) -> str:
        """Return the name by which the page links to it."""
        return f"cause-{self.number}"


def strikes_of(events: duckdb.DuckDBPyConnection, run: Finished) -> dict[int, tuple[str, ...]]:
    """Return the strikes that met each order that a finding names, by intent."""
    intents = {f.intent for law in run.laws for f in law.findings if f.intent is not None}
    if not intents:
        return {}
    rows = events.execute(
        "SELECT intent, list(DISTINCT id ORDER BY id) FROM"
        " (SELECT intent, unnest(strikes) AS id FROM events WHERE intent IN (SELECT unnest($intents)))"
        " GROUP BY intent",
        {"intents": sorted(intents)},
    ).fetchall()
    return {int(intent): tuple(ids) for intent, ids in rows}


def of_run(run: Finished, met: Mapping[int, tuple[str, ...]]) -> list[Cause]:
    """Return the causes of all laws, worst law first, of each the largest first."""
    kinds = {strike.id: strike.kind for strike in run.verdict.strikes}
    intents = run.verdict.load.intents or 0
    usual = {s.id: s.struck / intents if intents else 1.0 for s in run.verdict.strikes}
    found: list[Cause] = []
    for law in run.laws:
        causes = [
            msgspec.structs.replace(one, kind=kinds.get(one.strike, ""))
            for pattern in _patterns(law.findings[:MOST_SHOWN])
            for one in _split(law, pattern, met, usual)
        ]
        found += sorted(causes, key=lambda one: -len(one.findings))
    return [msgspec.structs.replace(one, number=n) for n, one in enumerate(found)]


def _patterns(findings: Sequence[Finding]) -> list[list[Finding]]:
    """Part findings by what they say, amounts and times aside: what differs only in how much is the same."""
    by_shape: dict[str, list[Finding]] = {}
    for finding in findings:
        shape = _NUMBER.sub("#", one_line(both(finding.says)["en"], 400))
        by_shape.setdefault(shape, []).append(finding)
    return list(by_shape.values())


def _split(
    law: Law,
    findings: list[Finding],
    met: Mapping[int, tuple[str, ...]],
    usual: Mapping[str, float],
) -> list[Cause]:
    """Part findings by the strike that they share most conspicuously, until none is conspicuous."""
    left = findings
    causes = []
    while left and (strike := _suspect(left, met, usual)):
        struck = [f for f in left if strike in met.get(_intent(f), ())]
        causes.append(
            Cause(
                law=law,
                says=_sentence(struck),
                strike=strike,
                met=len(struck),
                elsewhere=usual.get(strike),
                findings=struck,
            )
        )
        left = [f for f in left if strike not in met.get(_intent(f), ())]
    if left:
        causes.append(Cause(law=law, says=_sentence(left), findings=left))
    return causes


def _suspect(
    findings: Sequence[Finding], met: Mapping[int, tuple[str, ...]], usual: Mapping[str, float]
) -> str:
    """Return the strike that met these more often than others, weighed by how many it explains; empty for none."""
    counted = Counter(strike for f in findings for strike in met.get(_intent(f), ()))
    scores = {}
    for strike, n in counted.items():
        lift = n / len(findings) / max(usual.get(strike, 0.0), 1e-6)
        if lift >= LEAST_LIFT:
            scores[strike] = n * math.log(lift)
    return max(sorted(scores), key=lambda strike: scores[strike], default="")


def _intent(finding: Finding) -> int:
    return -1 if finding.intent is None else finding.intent


def _sentence(findings: Sequence[Finding]) -> dict[str, str]:
    """Return what most of them say, word for word."""
    ((pair, _),) = Counter((both(f.says)["en"], both(f.says)["zh"]) for f in findings).most_common(
        1
    )
    return {"en": pair[0], "zh": pair[1]}
