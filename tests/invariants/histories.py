"""Hand-written histories: a run of a few orders, each a handful of rows, as if recorded.

    run = Run(plan(time_scale=60))
    run.order(0)                                  # a good one, all eleven rows
    run.order(1, without=("delivered",))          # a lost one
    run.order(2, more=[at(5, "gateway", "captured", amount_fen=PRICE)])
    run.write(folder); judge(folder)

Times are real seconds since the load began. Heal is at 10 s, the audit at `SETTLED_S`, and a paid order has
`PROMISE_S` real seconds to settle.
"""

import functools
from pathlib import Path

import msgspec

from harness.core import plan as plans
from harness.core.event import Event
from harness.core.plan import Plan, StrikeNote
from harness.invariants.law import laws

T0_NS = 1_800_000_000_000_000_000
PRICE = 4990
HEAL_S, SETTLED_S, END_S = 10.0, 50.0, 52.0
PROMISE_S = 30.0
RECORDERS = ("supervisor", "gateways", "operators", "traffic-0")
RECORDER_OF = {
    "customer": "traffic-0",
    "gateway": "gateways",
    "operator": "operators",
    "platform": "supervisor",
    "nemesis": "supervisor",
    "message": "channels",
}


def ns(second):
    return T0_NS + round(second * 1e9)


def at(second, vantage, kind, **fields):
    """A row at a second of the run."""
    return Event(vantage=vantage, kind=kind, time_ns=ns(second), **fields)


def number(intent):
    return f"R20261122{intent:06d}"


def account(intent):
    return f"138{intent:08d}"


def good(intent, begin=0.0, strikes=()):
    """All rows of an order that goes as it should, by a name of their own."""
    order_no, ref = number(intent), f"4200{intent:06d}"
    who = {"account": account(intent), "sku": "hf50", "channel": "epay", "amount_fen": PRICE}
    detail = {"persona": "patient", "customer": 1, "units": 1, "late_us": 100}
    trade = {"order_no": order_no, "ref": ref, "channel": "epay", "amount_fen": PRICE}
    supply = {"order_no": order_no, "ref": f"S{intent}", "channel": "dayuanren"}
    supply |= {"account": account(intent), "sku": "12", "amount_fen": 4960}
    shown = {"order_no": order_no, "outcome": "ok", "took_us": 1000}
    rows = {
        "intent": at(0, "customer", "intent", detail=detail, **who),
        "place": at(0, "customer", "place", attempt=1, amount_fen=PRICE, **shown),
        "create": at(0.001, "gateway", "create", outcome="ok", **trade),
        "unpaid": at(0.5, "customer", "status", state="unpaid", **shown),
        "captured": at(1, "gateway", "captured", **trade),
        "notify": at(1.1, "gateway", "notify", state="paid", outcome="ok", **trade),
        "submit": at(1.2, "operator", "submit", outcome="ok", **supply),
        "delivered": at(2, "operator", "delivered", detail={"units": 1}, **supply),
        "status": at(3, "customer", "status", state="delivered", **shown),
        "done": at(3, "customer", "done", **{**shown, "state": "delivered", "took_us": 3_000_000}),
        "audit": at(
            SETTLED_S + 1, "platform", "audit", state="delivered", **{**shown, "took_us": 0}
        ),
    }
    rows["notify"].strikes = list(strikes)
    for name, row in rows.items():
        row.intent = intent
        row.time_ns += 0 if name == "audit" else round(begin * 1e9)
    return rows


class Run:
    """Rows of a run, and the directory that they are written into."""

    def __init__(self, plan=None, phases=("prepare", "load", "heal", "settle", "audit", "check")):
        begins = {"prepare": -1, "load": 0, "heal": HEAL_S, "settle": HEAL_S}
        begins |= {"audit": SETTLED_S, "check": END_S}
        self.plan = plan
        self.events = [at(begins[p], "nemesis", "phase", state=p) for p in phases]
        self.intents = 0

    def order(self, intent, *, without=(), more=(), begin=0.0, strikes=(), change=None):
        """Add an order: a good one, without some rows, with others, with some fields changed."""
        rows = good(intent, begin, strikes)
        for name, fields in (change or {}).items():
            rows[name] = msgspec.structs.replace(rows[name], **fields)
        more = [
            msgspec.structs.replace(
                row,
                intent=intent if row.intent is None else row.intent,
                time_ns=row.time_ns + round(begin * 1e9),
            )
            for row in more
        ]
        kept = [row for name, row in rows.items() if name not in without]
        self.events += [*kept, *more]
        self.intents += 1
        return self

    def add(self, *rows):
        """Add rows that belong to no order, or to one that nobody knows."""
        self.events += rows
        return self

    def write(self, folder: Path):
        """Write plan.json and the journals."""
        plan = self.plan or make_plan()
        plans.write(msgspec.structs.replace(plan, intents=plan.intents or self.intents), folder)
        (folder / "journals").mkdir(exist_ok=True)
        for recorder in plan.recorders:
            rows = [row for row in self.events if RECORDER_OF[row.vantage] == recorder]
            write_journal(folder / "journals" / f"{recorder}.ndjson", rows, recorder)
        return folder


def write_journal(path, rows, recorder):
    """Write rows as a journal that was opened and closed."""
    first, last = at(-2, "nemesis", "open"), at(END_S + 1, "nemesis", "close")
    lines = []
    for seq, row in enumerate([first, *rows, last]):
        numbered = msgspec.structs.replace(row, recorder=recorder, run="r", seq=seq)
        lines.append(msgspec.json.encode(numbered) + b"\n")
    path.write_bytes(b"".join(lines))


@functools.cache
def without_forgery():
    return tuple(
        law.name for law in laws() if not law.exercised_by and law.needs in ("", "operators")
    )


def make_plan(**changes) -> Plan:
    """A plan that the histories fulfil: no strikes, all laws but those that need a strike."""
    fields = {
        "run": "r",
        "scenario": "s",
        "target": "t",
        "seed": 7,
        "time_scale": 60.0,
        "workers": 1,
        "intents": 0,
        "load_ms": 10_000.0,
        "recorders": RECORDERS,
        "laws": without_forgery(),
        "products": (("dayuanren", "12", "hf50"), ("dayuanren", "13", "hf100")),
        "faces": {"hf50": 5000, "hf100": 10000},
        "settle_within_ms": PROMISE_S * 60 * 1000,
    }
    return Plan(**{**fields, **changes})


def note(name, where="epay.notify", kind="duplicate"):
    return StrikeNote(id=name, at=where, kind=kind, share=1.0)


def a_run(*stories, plan=None, **options):
    run = Run(plan, **options)
    for intent, story in enumerate(stories or [{}] * 3):
        run.order(intent, **story)
    return run


LOST = {"without": ("submit", "delivered", "status")}
TWICE = {"more": [at(4, "operator", "delivered", channel="kasushou", ref="again")]}
