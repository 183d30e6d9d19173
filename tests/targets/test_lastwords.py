"""Orders that are settled in the ledgers are looked at until the platform shows an end of them, or time is up."""

import asyncio

import pytest

from harness.core.clock import now_ns
from harness.core.event import Event
from harness.core.journal import Journal
from harness.targets import lastwords
from harness.targets.audit import Known


class Shown:
    """An auditor who is shown the next of `states` at each look, the last one for ever."""

    def __init__(self, *states):
        self.states = list(states)
        self.looks = []

    async def look(self, orders):
        self.looks.append([one.order_no for one in orders])
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        return {one.order_no: state.get(one.order_no, "delivered") for one in orders}


@pytest.fixture(autouse=True)
def hurried(monkeypatch):
    monkeypatch.setattr(lastwords, "_FIRST_PAUSE_S", 0.001)
    monkeypatch.setattr(lastwords, "_LONGEST_PAUSE_S", 0.001)


def heard(auditor, *order_nos, within_s=5.0):
    orders = [Known(k, k, no) for k, no in enumerate(order_nos)]
    until_ns = now_ns() + int(within_s * 1e9)
    return [one.order_no for one in asyncio.run(lastwords.heard_out(auditor, orders, until_ns))]


def test_whoever_says_so_a_little_later_is_waited_for():
    auditor = Shown({"A": "refunding", "B": "refunded"}, {"A": "refunding"}, {"A": "refunded"})
    assert heard(auditor, "A", "B") == []
    assert auditor.looks == [["A", "B"], ["A"], ["A"]]


def test_whoever_never_says_so_is_waited_for_as_long_as_was_promised():
    auditor = Shown({"A": "delivering"})
    assert heard(auditor, "A", within_s=0.05) == ["A"]
    assert len(auditor.looks) > 2


@pytest.mark.parametrize("state", ["delivered", "refunded", "closed", "unpaid", ""])
def test_an_end_and_what_cannot_be_read_is_not_waited_for(state):
    auditor = Shown({"A": state})
    assert heard(auditor, "A") == []
    assert len(auditor.looks) == 1


def test_nobody_is_asked_about_nothing():
    auditor = Shown({})
    assert heard(auditor) == []
    assert auditor.looks == []


def test_what_customers_saw_end_and_what_was_never_paid_is_not_looked_at(tmp_path):
    path = tmp_path / "traffic-0.ndjson"
    with Journal(path, run="r", recorder="t", vantage="customer") as journal:
        for no, state, outcome in (
            ("A", "delivered", "ok"),
            ("B", "refunding", "ok"),
            ("C", "refunded", "unknown"),
            ("D", "delivering", "ok"),
        ):
            journal.write(
                Event(vantage="customer", kind="status", order_no=no, state=state, outcome=outcome)
            )
    orders = [Known(k, k, no) for k, no in enumerate("ABCDE")]
    left = lastwords.unfinished([path], orders, {0, 1, 2, 4})
    assert [one.order_no for one in left] == ["B", "C", "E"]
