"""A finished run as the renderers read it: verdict.json, plan.json, environment.json and the event ledger.

Everything but verdict.json may be missing, since a damaged run must be rendered too. Shapes are lenient: what the
checker adds later is ignored, what it left out has a default.
"""

import json
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from harness.core import plan as plans
from harness.core.errors import UsageError
from harness.core.verdict import Verdict

Both = str | dict[str, str]
"""A sentence in one language, or `{en, zh}`."""

WORST_FIRST = (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.PASS)


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One breach as verdict.json tells it; `evidence` is shown as it is."""

    intent: int | None = None
    order_no: str | None = ""
    says: Both | None = ""
    evidence: Any = ""


class Law(msgspec.Struct, frozen=True, kw_only=True):
    """One law's result; findings may have been cut by the checker, the counts are exact."""

    law: str
    title: Both = ""
    why: Both = ""
    severity: str = ""
    verdict: Verdict = Verdict.INCONCLUSIVE
    cases: int = 0
    held: int = 0
    broken: int = 0
    unknown: int = 0
    reason: Both | None = ""
    findings: list[Finding] = []


class NotApplicable(msgspec.Struct, frozen=True, kw_only=True):
    """A law that needs what the target does not have."""

    law: str
    title: Both = ""


class Slo(msgspec.Struct, frozen=True, kw_only=True):
    """One threshold and what was observed."""

    slo: str
    verdict: Verdict = Verdict.INCONCLUSIVE
    observed: Any = None
    aborted: bool = False
    """Whether it ended the load; what is observed is what was seen then."""


class Aborted(msgspec.Struct, frozen=True, kw_only=True):
    """The threshold that ended the load early, what was observed then, and how many orders had begun."""

    slo: str
    observed: Any = None
    at_s: float = 0.0
    intents: int = 0
    planned: int = 0


class StrikeTally(msgspec.Struct, frozen=True, kw_only=True):
    """One strike: what it was to meet, and what it met. `keyed_by` counts by which key chance was drawn."""

    id: str
    at: str = ""
    kind: str = ""
    share: float = 1.0
    window_ms: tuple[float, float] | None = None
    eligible: int = 0
    struck: int = 0
    keyed_by: dict[str, int] = {}
    lacks: str = ""
    """What the target file would have to say for it to be exercised."""


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """How honestly the driver kept its schedule."""

    intents: int | None = None
    arrivals: int | None = None
    """Of these; the others are later wishes of customers who had come already. None: of an older run, all of them."""
    offered_per_s: float | None = None
    achieved_per_s: float | None = None
    lateness_p99_ms: float | None = None
    lateness_max_ms: float | None = None


class Phase(msgspec.Struct, frozen=True, kw_only=True):
    """One phase of the run in wall time; the end is unknown where the run was killed."""

    phase: str
    start_ns: int
    end_ns: int | None = None


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How many orders reconciliation put into one class, and how much is at stake there."""

    name: str = msgspec.field(name="class")
    title: Both = ""
    orders: int = 0
    amount_fen: int = 0
    loser: str = ""


class Loss(msgspec.Struct, frozen=True, kw_only=True):
    """What was lost in fen, and the same for a million orders like these."""

    by_class_fen: dict[str, int] = {}
    total_fen: int = 0
    per_million_by_class_fen: dict[str, int | None] = {}
    per_million_fen: int | None = None


class Trials(msgspec.Struct, frozen=True, kw_only=True):
    """A rate as trials, bad ones, and the upper bound of their share."""

    trials: int = 0
    bad: int = 0
    upper: float | None = None
    orders: int = 0
    orders_lost: int = 0


class DropRate(msgspec.Struct, frozen=True, kw_only=True):
    """The rate of lost orders, with orders as trials and with episodes of shared faults as trials."""

    level: float = 0.95
    paid: int = 0
    lost: int = 0
    rate: float | None = None
    orders: Trials = Trials()
    episodes: Trials = Trials()


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """How many orders a kind of fault met in one phase of their life."""

    fault: str
    phase: str
    orders: int = 0


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """The grid of faults and phases; `uncovered` are cells that were demanded and stayed empty."""

    phases: list[str] = []
    cells: list[Cell] = []
    demanded: list[str] = []
    uncovered: list[str] = []

    @property
    def rows(self) -> dict[str, dict[str, int]]:
        """Return the orders by fault and phase."""
        found: dict[str, dict[str, int]] = {}
        for cell in self.cells:
            found.setdefault(cell.fault, {})[cell.phase] = cell.orders
        return found


class VerdictFile(msgspec.Struct, frozen=True, kw_only=True):
    """verdict.json, as far as the reports need it."""

    verdict: Verdict = Verdict.INCONCLUSIVE
    reasons: list[str] = []
    reasons_zh: list[str] = []
    run: str = ""
    scenario: str = ""
    target: str = ""
    defects: list[str] = []
    seed: int | None = None
    time_scale: float | None = None
    laws: list[Law] = []
    not_applicable: list[NotApplicable] = []
    slo: list[Slo] = []
    aborted: Aborted | None = None
    strikes: list[StrikeTally] = []
    load: Load = Load()
    counts: dict[str, int | None] = {}
    latency: dict[str, dict[str, float | None] | None] = {}
    phases: list[Phase] = []
    timings: dict[str, float | None] = {}
    reconciliation: list[Standing] = []
    loss: Loss = Loss()
    drop_rate: DropRate = DropRate()
    coverage: Coverage = Coverage()


class Finished(msgspec.Struct, frozen=True, kw_only=True):
    """A run directory that was read; `plan` and `environment` may be missing."""

    folder: Path
    verdict: VerdictFile
    plan: plans.Plan | None
    environment: dict[str, Any]

    @property
    def time_scale(self) -> float:
        """Return how much upstream time passes in one unit of real time."""
        return self.verdict.time_scale or (self.plan.time_scale if self.plan else 1.0)

    @property
    def laws(self) -> list[Law]:
        """Return the laws, worst first; among equals the critical ones, then the most broken."""
        return sorted(
            self.verdict.laws,
            key=lambda law: (
                WORST_FIRST.index(law.verdict),
                law.severity != "critical",
                -law.broken,
                law.law,
            ),
        )

    @property
    def reasons(self) -> list[dict[str, str]]:
        """Return the verdict's reasons, each in both languages."""
        english, chinese = self.verdict.reasons, self.verdict.reasons_zh
        return [
            {"en": text, "zh": chinese[i] if i < len(chinese) else text}
            for i, text in enumerate(english)
        ]

    def phase_ns(self, name: str) -> int | None:
        """Return when a phase began, in wall ns, or None if the run never came to it."""
        return next((p.start_ns for p in self.verdict.phases if p.phase == name), None)


def read(run_dir: Path) -> Finished:
    """Read a run directory.

    Raises:
        UsageError: it holds no verdict.json, or one that is no verdict.
    """
    path = run_dir / "verdict.json"
    raw = _json(path)
    if raw is None:
        raise UsageError(f"{path} cannot be read; `recharge-chaos check {run_dir}` writes it")
    try:
        verdict = msgspec.convert(raw, VerdictFile)
    except msgspec.ValidationError as error:
        raise UsageError(f"{path} is no verdict: {error}") from error
    environment = _json(run_dir / "environment.json")
    return Finished(
        folder=run_dir,
        verdict=verdict,
        plan=_plan(run_dir),
        environment=environment if isinstance(environment, dict) else {},
    )


def both(text: Both | None) -> dict[str, str]:
    """Return a sentence in both languages; one that has only one language stands for both."""
    if isinstance(text, dict):
        english = text.get("en") or text.get("zh") or ""
        return {"en": english, "zh": text.get("zh") or english}
    return {"en": text or "", "zh": text or ""}


def ledger(run_dir: Path) -> duckdb.DuckDBPyConnection | None:
    """Open the event ledger as the view `events`; None if the run has none. The caller closes it."""
    path = run_dir / "parquet" / "events.parquet"
    if not path.is_file():
        return None
    connection = duckdb.connect(config={"threads": 2, "memory_limit": "1GB"})
    try:
        connection.read_parquet(str(path)).create_view("events")
    except duckdb.Error:
        connection.close()
        return None
    return connection


def _plan(run_dir: Path) -> plans.Plan | None:
    try:
        return plans.read(run_dir)
    except (OSError, msgspec.MsgspecError):
        return None


def _json(path: Path) -> Any:
    """Read JSON with the standard reader, which accepts the halves of surrogate pairs that platforms send."""
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
