"""Stories of the law about what is owed for goods that came late; told by test_laws.py.

In a good order the payment is acknowledged at 1.1 s and the goods are out at 2 s. What is not there `LATE_S` after the
acknowledgement is late, and made good `WITHIN_S` later.
"""

from histories import SETTLED_S, at, ns

from harness.core.plan import Compensated

NO_CASE = "no case"
LATE_S, WITHIN_S, OWED = 5, 10, 200
SCALE = 60
COMPENSATED = (
    Compensated(
        goods="hf50",
        late_after_ms=LATE_S * SCALE * 1000,
        within_ms=WITHIN_S * SCALE * 1000,
        least_fen=OWED,
        most_fen=OWED,
    ),
)
DUE_S = 1.1 + LATE_S + WITHIN_S


def look(second, given, state="delivering"):
    detail = {} if given is None else {"compensation": given}
    return at(second, "customer", "status", outcome="ok", state=state, took_us=1000, detail=detail)


def booked(amount, second=None):
    timed = {} if second is None else {"time_ns": ns(second), "state": "timed"}
    row = at(SETTLED_S + 1, "platform", "book_compensation", amount_fen=amount)
    for name, value in timed.items():
        setattr(row, name, value)
    return row


def late(*rows, given=None, goods_s=9.0, **more):
    """An order whose goods come at a second, and what its final read shows to have been given."""
    said = {} if given is None else {"detail": {"compensation": given}}
    shown = {"time_ns": ns(goods_s + 1)}
    change = {"delivered": {"time_ns": ns(goods_s)}, "status": shown, "done": shown, "audit": said}
    return {"change": change, "more": list(rows), **more}


COMPENSATIONS = {
    "compensated_once_and_in_time": [
        ("given when it was late", True, late(look(7, OWED), given=OWED)),
        ("given after the goods, in time", True, late(look(12, 0), look(14, OWED), given=OWED)),
        ("never given", False, late(look(7, 0), given=0)),
        ("never given, and the books have no line", False, late()),
        ("given twice", False, late(look(7, OWED), given=2 * OWED)),
        ("less than is owed", False, late(look(7, 1), given=1)),
        ("given too late", False, late(look(DUE_S + 2, 0), look(DUE_S + 4, OWED), given=OWED)),
        ("given at a time that nobody saw", None, late(look(DUE_S - 2, 0), given=OWED)),
        ("booked in time", True, late(booked(OWED, 7))),
        ("booked too late", False, late(booked(OWED, DUE_S + 3))),
        ("booked twice", False, late(booked(OWED, 7), booked(OWED, 8))),
        ("booked, and the books do not say when", None, late(booked(OWED))),
        ("still has time", None, late(given=0, goods_s=SETTLED_S - 1, begin=SETTLED_S - 12)),
        ("never delivered, never given", False,
         late(given=0, without=("delivered", "status")) | {"change": {"audit": {"state": "delivering"}}}),
        ("in time", NO_CASE, {}),
        ("late by less than clocks may differ", NO_CASE, late(goods_s=1.1 + LATE_S + 0.9)),
        ("given up instead", NO_CASE,
         {"without": ("submit", "delivered", "status"), "more": [at(9, "gateway", "refunded", amount_fen=4990)],
          "change": {"audit": {"state": "refunded"}}}),
        ("never paid", NO_CASE, {"without": ("captured", "notify", "submit", "delivered", "status")}),
    ],
}  # fmt: skip
