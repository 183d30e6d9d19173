"""Builds small but whole run directories: real journals, the ledger as Parquet, a verdict; no harness process needed.

Sixty orders at 20/s. Orders divisible by 5 meet `three-at-once`; those divisible by 15 get their goods twice.
One order is refunded, one is closed, one stays open, one has an account full of traps.
"""

import json
from pathlib import Path

import duckdb

from harness.core import plan as plans
from harness.core.event import Event
from harness.core.journal import Journal

T0 = 1_795_000_000_000_000_000
MS = 1_000_000
SCALE = 60.0
TRAPS = "<script>alert(1)</script><img src=x onerror=alert(2)>\u202egnp.exe\u2066\x00\x1b[31m]]>&quot;'\""
TWICE = "ordered 1, delivered 2"
STRIKE = "three-at-once"
REFUNDED, CLOSED, OPEN, TRAPPED = 7, 8, 9, 10

_COLUMNS = {
    "run": "VARCHAR", "recorder": "VARCHAR", "seq": "BIGINT", "time_ns": "BIGINT", "vantage": "VARCHAR",
    "kind": "VARCHAR", "intent": "BIGINT", "order_no": "VARCHAR", "ref": "VARCHAR", "channel": "VARCHAR",
    "account": "VARCHAR", "sku": "VARCHAR", "amount_fen": "BIGINT", "outcome": "VARCHAR", "state": "VARCHAR",
    "attempt": "INTEGER", "http_status": "INTEGER", "took_us": "BIGINT", "strikes": "VARCHAR[]",
    "spared": "VARCHAR[]", "detail": "JSON",
}  # fmt: skip


class Order:
    """Writes one order's events to the journals of all parties."""

    def __init__(self, journals: dict[str, Journal], intent: int) -> None:
        self.journals = journals
        self.intent = intent
        self.start = T0 + intent * 50 * MS
        self.order_no = f"R{202611210000 + intent}"
        self.account = TRAPS if intent == TRAPPED else f"1380000{intent:04d}"
        self.struck = intent % 5 == 0

    def write(self, vantage: str, kind: str, after_ms: float, **fields) -> None:
        fields.setdefault("intent", self.intent)
        fields.setdefault("order_no", self.order_no)
        recorder = {"customer": "traffic-0", "gateway": "gateways", "operator": "operators"}
        time_ns = self.start + int(after_ms * MS)
        self.journals[recorder.get(vantage, "supervisor")].write(
            Event(vantage=vantage, kind=kind, time_ns=time_ns, **fields)
        )

    def tell(self) -> None:
        self.write(
            "customer", "intent", 0, order_no="", account=self.account, sku="hf50", channel="epay",
            amount_fen=4990, detail={"persona": "patient", "units": 1, "late_us": 900},
        )  # fmt: skip
        slow_us = 8_000 + 400 * (self.intent % 7) + (30_000 if self.struck else 0)
        self.write(
            "customer", "place", 1, outcome="ok", amount_fen=4990, http_status=200, took_us=slow_us
        )
        self.write(
            "gateway", "create", 4, outcome="ok", amount_fen=4990, took_us=300, channel="epay"
        )
        self.write("customer", "status", 60, outcome="ok", state="unpaid", took_us=2_000)
        if self.intent == CLOSED:
            self.write("gateway", "closed", 900, channel="epay")
            self.done(950, "closed")
        else:
            self.pay()

    def pay(self) -> None:
        self.write("customer", "pay", 120, outcome="ok", amount_fen=4990, took_us=1_500)
        self.write("gateway", "pay", 121, outcome="ok", amount_fen=4990, took_us=400)
        self.write(
            "gateway", "captured", 121, amount_fen=4990, ref=f"T{self.intent}", channel="epay"
        )
        for copy in range(3 if self.struck else 1):
            self.write(
                "gateway", "notify", 140 + copy, state="paid", amount_fen=4990, attempt=1, outcome="ok",
                http_status=200, took_us=9_000, strikes=[STRIKE] if self.struck else [],
                spared=[] if self.struck else [STRIKE], detail={"copy": copy, "forged": 0},
            )  # fmt: skip
        if self.intent == OPEN:
            self.write("customer", "status", 700, outcome="ok", state="paid", took_us=2_000)
            self.write("customer", "done", 900, outcome="unknown", state="paid", took_us=900_000)
            return
        for again in range(2 if self.intent % 15 == 0 else 1):
            self.deliver(again)
        for read in range(4):
            self.write(
                "customer",
                "status",
                160 + 20 * read,
                outcome="ok",
                state="delivering",
                took_us=2_000,
            )
        if self.intent == REFUNDED:
            self.write("gateway", "refunded", 700, amount_fen=4990, channel="epay")
            self.done(760, "refunded")
        else:
            self.done(400 + self.intent, "delivered")

    def deliver(self, again: int) -> None:
        self.write(
            "operator", "submit", 155 + again, outcome="ok", took_us=700, account=self.account,
            channel="kasushou", ref=f"K{self.intent}-{again}",
        )  # fmt: skip
        if self.intent == REFUNDED:
            self.write("operator", "failed", 300, account=self.account, channel="kasushou")
            return
        self.write(
            "operator", "delivered", 300 + again, account=self.account, amount_fen=4970, channel="kasushou",
            ref=f"K{self.intent}-{again}", detail={"units": 1},
        )  # fmt: skip
        self.write(
            "operator", "notify", 305 + again, state="delivered", outcome="ok", http_status=200
        )

    def done(self, after_ms: int, state: str) -> None:
        self.write(
            "customer", "done", after_ms, outcome="ok", state=state, took_us=after_ms * 1_000
        )
        self.write("platform", "audit", 7_000, outcome="ok", state=state, amount_fen=4990)


def build(folder: Path, *, intents: int = 60) -> Path:
    """Make a run directory under `folder` and return it."""
    run_dir = folder / "20261121T120000Z-42"
    (run_dir / "journals").mkdir(parents=True)
    (run_dir / "parquet").mkdir()
    recorders = {
        "supervisor": "nemesis",
        "gateways": "gateway",
        "operators": "operator",
        "traffic-0": "customer",
    }
    journals = {
        name: Journal(
            run_dir / "journals" / f"{name}.ndjson", run="r", recorder=name, vantage=vantage
        )
        for name, vantage in recorders.items()
    }
    for phase, at_s in phases(intents).items():
        journals["supervisor"].write(
            Event(vantage="nemesis", kind="phase", state=phase, time_ns=T0 + int(at_s * 1e9))
        )
    for intent in range(intents):
        Order(journals, intent).tell()
    for journal in journals.values():
        journal.close()
    to_parquet(run_dir)
    plans.write(plan(intents), run_dir)
    write_verdict(run_dir, verdict(intents))
    write_environment(run_dir)
    return run_dir


def phases(intents: int) -> dict[str, float]:
    """Return when each phase began, in seconds since the first arrival was due."""
    end = intents * 0.05 + 1
    return {
        "prepare": -2.0,
        "load": 0.0,
        "heal": end,
        "settle": end + 0.1,
        "audit": end + 4,
        "check": end + 9,
    }


def to_parquet(run_dir: Path) -> None:
    """Convert the journals as the checker does: all columns, intents as they are."""
    source = str(run_dir / "journals" / "*.ndjson")
    target = str(run_dir / "parquet" / "events.parquet")
    columns = ", ".join(f"{name}: '{kind}'" for name, kind in _COLUMNS.items())
    defaults = {"VARCHAR": "''", "BIGINT": "0", "INTEGER": "0", "VARCHAR[]": "[]"}
    nullable = {"intent", "amount_fen", "detail"}
    filled = ", ".join(
        f"coalesce({name}, {defaults[kind]}) AS {name}"
        for name, kind in _COLUMNS.items()
        if name not in nullable
    )
    duckdb.sql(
        f"COPY (SELECT * REPLACE ({filled}), 'recorder' AS intent_by FROM read_json('{source}', "
        f"format='newline_delimited', columns={{{columns}}})) TO '{target}' (FORMAT parquet)"
    )


def plan(intents: int) -> plans.Plan:
    """Return the plan that such a run would have had."""
    return plans.Plan(
        run="r", scenario="duplicate_notify", target="reference", seed=42, time_scale=SCALE, workers=1,
        intents=intents, load_ms=intents * 50.0, recorders=("supervisor", "gateways", "operators", "traffic-0"),
        strikes=(plans.StrikeNote(
            id=STRIKE, at="epay.notify", kind="duplicate", share=0.3, window_ms=(500.0, 2500.0)
        ),),
        laws=("no_duplicate_delivery",), slo=("delivered_p99 < 10s",),
    )  # fmt: skip


def law(name: str, title: tuple[str, str], verdict: str, **counts) -> dict:
    """Return one law as verdict.json has it."""
    return {
        "law": name,
        "title": {"en": title[0], "zh": title[1]},
        "why": {"en": f"Why {name} matters.", "zh": f"{name} 为何重要。"},
        "severity": counts.pop("severity", "critical"),
        "verdict": verdict,
        "cases": 0, "held": 0, "broken": 0, "unknown": 0, "reason": "", "findings": [],
        **counts,
    }  # fmt: skip


def finding(intent: int, order_no: str | None = None, says: str = TWICE) -> dict:
    """Return one finding as verdict.json has it."""
    return {
        "intent": intent,
        "order_no": f"R{202611210000 + intent}" if order_no is None else order_no,
        "says": {"en": says, "zh": "应发 1 份，实发 2 份" if says == TWICE else f"情况：{says}"},
        "evidence": f"K{intent}-0, K{intent}-1",
    }  # fmt: skip


def verdict(intents: int) -> dict:
    """Return the verdict that the checker would give such a run."""
    twice = list(range(0, intents, 15))
    delivered = intents - 3
    begun = phases(intents)
    struck = list(range(0, intents, 5))
    return {
        "verdict": "FAIL",
        "reasons": ["no_duplicate_delivery was broken by 4 orders.", "delivered_p99 < 10s was not kept: 27.4 s."],
        "reasons_zh": ["no_duplicate_delivery 被 4 笔订单违反。", "delivered_p99 < 10s 未达到：27.4 s。"],
        "run": "duplicate_notify/20261121T120000Z-42", "scenario": "duplicate_notify", "target": "reference",
        "defects": ["read_then_write"], "seed": 42, "time_scale": SCALE,
        "laws": [
            law("no_lost_delivery", ("Nothing is lost", "不掉单"), "PASS", cases=intents - 1, held=intents - 1),
            law("no_duplicate_delivery", ("Nothing is delivered twice", "不重复发货"), "FAIL", cases=delivered,
                held=delivered - len(twice), broken=len(twice), findings=[finding(i) for i in twice]),
            law("settles_in_time", ("Every paid order settles in time", "按时完结"), "INCONCLUSIVE", severity="major",
                cases=intents - 1, held=intents - 2, unknown=1,
                reason={"en": "One order was still open when the run ended.", "zh": "运行结束时仍有 1 单未完结。"}),
            law("amount_honoured", ("Amounts agree", "金额一致"), "PASS", cases=intents, held=intents),
        ],
        "slo": [{"slo": "delivered_p99 < 10s", "verdict": "FAIL", "observed": 27400.0},
                {"slo": "delivered_share >= 90%", "verdict": "PASS", "observed": 95.0}],
        "strikes": [{"id": STRIKE, "at": "epay.notify", "kind": "duplicate", "share": 0.3, "window_ms": [500.0, 2500.0],
                     "eligible": intents - 1, "struck": len(struck),
                     "keyed_by": {"intent": intents - 1, "order_no": 0}}],
        "load": {"intents": intents, "offered_per_s": 20.0, "achieved_per_s": 19.9,
                 "lateness_p99_ms": 1.8, "lateness_max_ms": 4.2},
        "counts": {"placed": intents, "paid": intents - 1, "delivered": delivered,
                   "refunded": 1, "closed": 1, "open": 1},
        "latency": {"place": {"p50": 10.0, "p90": 38.0, "p95": 40.2, "p99": 44.0},
                    "delivered": {"p50": 25_800.0, "p90": 27_000.0, "p95": 27_300.0, "p99": 27_400.0}},
        "phases": [{"phase": p, "start_ns": T0 + int(s * 1e9), "end_ns": T0 + int(e * 1e9)}
                   for (p, s), e in zip(begun.items(), [*list(begun.values())[1:], begun["check"] + 1], strict=True)],
        "timings": {"prepare_s": 2.0, "load_s": 4.0, "settle_s": 1.9},
    }  # fmt: skip


def write_verdict(run_dir: Path, found: dict) -> None:
    """Write verdict.json; the standard writer lets halves of surrogate pairs through, as a hostile run would."""
    (run_dir / "verdict.json").write_text(json.dumps(found))


def read_verdict(run_dir: Path) -> dict:
    """Read verdict.json to change it."""
    return json.loads((run_dir / "verdict.json").read_text())


def write_environment(run_dir: Path) -> None:
    """Write environment.json."""
    argv = [
        "recharge-chaos",
        "run",
        "scenarios/duplicate_notify.yaml",
        "--defect",
        "read_then_write",
    ]
    found = {
        "argv": argv,
        "python": "3.11.2",
        "versions": {"duckdb": "2.0", "locust": "2.47"},
        "cpus": 2,
    }
    (run_dir / "environment.json").write_text(json.dumps(found))
