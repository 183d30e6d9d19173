"""Stories of the law about a customer's own list of orders; told by test_laws.py."""

from histories import at
from promises import NO_CASE

UNPAID = {
    "without": ("captured", "notify", "submit", "delivered", "status", "done"),
    "change": {"audit": {"state": "closed"}},
}


def listed(times, outcome="ok", **story):
    detail = {"times": times, "reason": "" if outcome == "ok" else "HTTP 500"}
    row = at(51, "platform", "listed", outcome=outcome, order_no="N", detail=detail)
    return {**story, "more": [row]}


LISTS = {
    "listed_once": [
        ("once", True, listed(1)),
        ("twice", False, listed(2)),
        ("paid, and not there", False, listed(0)),
        ("never paid, and not there", NO_CASE, listed(0, **UNPAID)),
        ("never paid, and there", True, listed(1, **UNPAID)),
        ("never paid, and there twice", False, listed(2, **UNPAID)),
        ("could not be read", None, listed(0, "unknown")),
        (
            "a line of a batch, which may be listed as a whole",
            NO_CASE,
            listed(0, change={"place": {"detail": {"batch": "B1"}}}),
        ),
        ("nobody asked", NO_CASE, {}),
    ],
}
