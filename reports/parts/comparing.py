"""Runs side by side: the first is the baseline, each other is tested against it, question by question.

shares      paid of placed, delivered of paid, broken of a law's cases, orders of each class that loses money
latencies   place, pay, status, delivered: real time, all samples of the ledger
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import duckdb
import msgspec

from harness.core.errors import UsageError
from reports.parts import finished, words
from reports.parts.finished import Both, Finished
from reports.parts.statistics import fisher, holm, mann_whitney

ALPHA = 0.05
LEAST_MOVE = 0.2
"""A median that moved by a smaller part is no difference to anybody, however many samples prove it."""
TIMED = ("place", "pay", "status", "delivered")
Change = Literal["worse", "better", "same"]


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """What one run shows: a share as `bad` of `trials`, or a latency as median and p95 in real ms."""

    trials: int = 0
    bad: int = 0
    median_ms: float | None = None
    p95_ms: float | None = None
    p: float | None = None
    """Against the baseline, corrected for all questions of the run; None for the baseline itself."""
    change: Change = "same"

    @property
    def share(self) -> float | None:
        """Return the bad share."""
        return self.bad / self.trials if self.trials else None


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is compared: shares of what is bad, or latencies; a value for every run."""

    name: str
    title: Both
    of: Literal["share", "latency"]
    values: list[Value]


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two or more runs, the baseline first, and all that was asked of them."""

    runs: list[Finished]
    questions: list[Question]

    @property
    def worse(self) -> list[Question]:
        """Return what became worse in any run."""
        return [q for q in self.questions if any(v.change == "worse" for v in q.values)]

    @property
    def gates(self) -> list[Question]:
        """Return the shares among what became worse: a busier machine makes latencies worse, and no order."""
        return [question for question in self.worse if question.of == "share"]


def compare(folders: Sequence[Path]) -> Comparison:
    """Compare finished runs with the first of them.

    Raises:
        UsageError: there are fewer than two, or one holds no verdict.
    """
    if len(folders) < 2:
        raise UsageError("two or more runs are compared; the first is the baseline")
    runs = [finished.read(folder) for folder in folders]
    tables = [_shares(run) for run in runs]
    names = list(dict.fromkeys(name for table in tables for name in table))
    shares = [
        Question(
            name=name,
            title=next(table[name][0] for table in tables if name in table),
            of="share",
            values=[table.get(name, ("", Value()))[1] for table in tables],
        )
        for name in names
    ]
    return Comparison(runs=runs, questions=_tested(runs, [*shares, *_latencies(runs)]))


def _shares(run: Finished) -> dict[str, tuple[Both, Value]]:
    """Return the shares of what is bad: unpaid, undelivered, broken, lost."""
    counts = {name: n or 0 for name, n in run.verdict.counts.items()}
    placed, paid = counts.get("placed", 0), counts.get("paid", 0)
    delivered = min(counts.get("delivered", 0), paid)
    found: dict[str, tuple[Both, Value]] = {
        "unpaid": (_title("compare.unpaid"), Value(trials=placed, bad=max(placed - paid, 0))),
        "undelivered": (_title("compare.undelivered"), Value(trials=paid, bad=paid - delivered)),
    }
    for law in run.laws:
        found[f"law.{law.law}"] = (law.title or law.law, Value(trials=law.cases, bad=law.broken))
    for row in run.verdict.reconciliation:
        if row.loser:
            value = Value(trials=max(placed, row.orders), bad=row.orders)
            found[f"class.{row.name}"] = (row.title or row.name, value)
    return {
        name: told for name, told in found.items() if told[1].trials or name.startswith("class")
    }


def _title(key: str) -> dict[str, str]:
    return {lang: words.say(key, lang) for lang in words.LANGUAGES}


def _latencies(runs: Sequence[Finished]) -> list[Question]:
    with duckdb.connect(config={"threads": 2, "memory_limit": "1GB"}) as db:
        for number, run in enumerate(runs):
            path = run.folder / "parquet" / "events.parquet"
            db.execute(f"CREATE TABLE waits{number} AS {_NO_WAITS}")
            if path.is_file():
                db.read_parquet(str(path)).create_view(f"events{number}")
                db.execute(f"INSERT INTO waits{number} {_WAITS.format(n=number)}")
        return [
            Question(
                name=f"latency.{timed}",
                title=_title(f"compare.{timed}"),
                of="latency",
                values=[_latency(db, timed, number) for number in range(len(runs))],
            )
            for timed in TIMED
        ]


def _latency(db: duckdb.DuckDBPyConnection, timed: str, number: int) -> Value:
    """Return one run's latencies, with the raw p-value against the baseline."""
    n, median, p95 = _row(db, _SPREAD.format(n=number), timed)
    p = None
    if number and n:
        rank_sum, n_a, n_b = _row(db, _RANKS.format(n=number), timed)
        ties = _row(db, _TIES.format(n=number), timed)[0]
        p = mann_whitney(float(rank_sum or 0), n_a, n_b, float(ties or 0))
    return Value(trials=n, median_ms=median, p95_ms=p95, p=p)


def _row(db: duckdb.DuckDBPyConnection, query: str, timed: str) -> tuple[Any, ...]:
    return db.execute(query, {"timed": timed}).fetchone() or ()


def _tested(runs: Sequence[Finished], questions: list[Question]) -> list[Question]:
    """Fill in the p-values of every run against the first, corrected together for each run."""
    values = [list(q.values) for q in questions]
    for number in range(1, len(runs)):
        raw = [_raw_p(q, number) for q in questions]
        for row, p in zip(range(len(questions)), holm(raw), strict=True):
            base, value = values[row][0], values[row][number]
            change: Change = "same" if p >= ALPHA else _direction(questions[row], base, value)
            values[row][number] = msgspec.structs.replace(value, p=p, change=change)
    return [
        msgspec.structs.replace(question, values=row)
        for question, row in zip(questions, values, strict=True)
    ]


def _raw_p(question: Question, number: int) -> float:
    base, value = question.values[0], question.values[number]
    if question.of == "share":
        return fisher(base.bad, base.trials, value.bad, value.trials)
    return 1.0 if value.p is None else value.p


def _direction(question: Question, base: Value, value: Value) -> Change:
    if question.of == "share":
        return "worse" if (value.share or 0) > (base.share or 0) else "better"
    before, after = base.median_ms or 0.0, value.median_ms or 0.0
    if abs(after - before) < LEAST_MOVE * max(before, after):
        return "same"
    return "worse" if after > before else "better"


_NO_WAITS = "SELECT '' AS timed, CAST(0 AS BIGINT) AS us WHERE FALSE"
# As thresholds are judged: a refusal took no time that anybody waited for, deliveries are real time.
_WAITS = """
SELECT CASE WHEN kind = 'done' THEN 'delivered' ELSE kind END, took_us FROM events{n}
WHERE vantage = 'customer' AND ((kind IN ('place', 'pay', 'status') AND outcome <> 'fail')
                                OR (kind = 'done' AND outcome = 'ok' AND state = 'delivered'))
"""
_SPREAD = """
SELECT count(*), quantile_disc(us, 0.5) / 1e3, quantile_disc(us, 0.95) / 1e3 FROM waits{n} WHERE timed = $timed
"""
_BOTH = """
SELECT 0 AS run, us FROM waits0 WHERE timed = $timed UNION ALL SELECT 1, us FROM waits{n} WHERE timed = $timed
"""
_RANKS = f"""
SELECT sum(place) FILTER (run = 0), count(*) FILTER (run = 0), count(*) FILTER (run = 1)
FROM   (SELECT run, rank() OVER (ORDER BY us) + (count(*) OVER (PARTITION BY us) - 1) / 2.0 AS place FROM ({_BOTH}))
"""  # noqa: S608 - our own text
_TIES = f"""
SELECT sum(CAST(t AS DOUBLE) * t * t - t) FROM (SELECT count(*) AS t FROM ({_BOTH}) GROUP BY us)
"""  # noqa: S608 - our own text
