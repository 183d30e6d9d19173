"""The scenarios that ship: stories in both languages, every fault kind needed by one, and the suites made of them."""

import re

import msgspec
import pytest

from harness import faults, invariants, scenario
from harness.core.chance import chance
from harness.core.delivery import Conduct, Delivery, Leg
from harness.faults import _host, _link
from harness.faults._strike import Strike
from harness.invariants import gates
from harness.search import suite as suites
from mock_upstreams.strikes import Strikes
from tests.parts_target import OF_PARTS
from tests.wallet_target import OF_WALLETS

ORDERS = 300
PATHS = sorted(scenario.SCENARIOS.glob("*.yaml"))
OF_OTHERS = OF_WALLETS | OF_PARTS
STAGED = {path.stem: scenario.stage(path, target=OF_OTHERS.get(path.stem)) for path in PATHS}
KINDS = faults.names()
NEEDS_MORE_OF_THE_TARGET = {"rolling_restart", "disconnect", "run"}
"""Several instances, a container, commands of its people: what no target that ships has."""


@pytest.mark.parametrize("name", STAGED)
def test_a_scenario_tells_its_incident_in_both_languages(name):
    comment = "".join(
        line for line in STAGED[name].text.splitlines(keepends=True) if line.startswith("#")
    )
    assert re.match(r"# I\d+ ", comment)
    assert re.search(r"[\u4e00-\u9fff]{4,}", comment)
    assert re.search(r"([a-z]+ ){4,}", comment)
    if found := re.match(r"i(\d+)_", name):
        assert comment.startswith(f"# I{int(found[1])} ")


@pytest.mark.parametrize("name", STAGED)
def test_a_scenario_is_short_and_asks_for_all_laws(name):
    staged = STAGED[name]
    assert staged.scenario.expect.laws == "all"
    assert staged.scenario.traffic.span_ms <= 15_000
    assert 100 <= staged.scenario.traffic.numbers <= 1_000  # orders: a batch has many


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_kind_that_did_nothing_would_leave_a_scenario_inconclusive(kind, monkeypatch):
    """Without the kind a strike of some scenario never strikes, and a strike that never struck is no PASS."""
    users = [
        (s, strike) for s in STAGED.values() for strike in s.strikes if strike.fault["kind"] == kind
    ]
    assert users, f"no scenario that ships uses {kind}"
    staged, strike = users[0]
    assert not silent(staged, strike)
    monkeypatch.setattr(faults.kinds()[kind], "strike", lambda _self, planned, _roll: (planned,))
    assert silent(staged, strike)


@pytest.mark.parametrize("kind", [*_link.names(), *_host.names()])
def test_a_kind_for_links_or_processes_is_needed_by_a_scenario(kind):
    """That such a strike counts what it met is tested with real connections and processes (tests/nemesis)."""
    used = {note.kind for staged in STAGED.values() for note in staged.notes if not note.lacks}
    assert (kind in used) != (kind in NEEDS_MORE_OF_THE_TARGET)


def silent(staged, strike: Strike):
    """Pass so many orders by a strike, as a mock does, and return why the run would be INCONCLUSIVE."""
    armed = Strikes([strike], staged.seed, [1.0] * ORDERS)
    armed.begin(0)
    if strike.window_ms is not None:
        strike = msgspec.structs.replace(strike, window_ms=(float("-inf"), float("inf")))
        armed = Strikes([strike], staged.seed, [1.0] * ORDERS)
    for intent in range(ORDERS):
        for upstream in strike.upstreams:
            spot = armed.at(upstream, strike.leg, strike.ops[0])
            armed.meet(spot, f"i{intent}", intent, planned(strike, staged.seed, intent))
    counts = armed.snapshot()[strike.id]
    return list(gates.strikes([{"id": strike.id, "at": "there", "lacks": "", **counts}]))


def planned(strike, seed, intent):
    """What an honest upstream is about to do there, for an order with facts of its own."""
    op = strike.ops[0]
    unsaid = strike.leg is Leg.NOTIFY and op == "create"
    state = {"pay": "paid", "refund": "refunded"}.get(op, "delivered")
    fields = {
        "amount_fen": 1000 + int(chance(seed, "fen", intent) * 9000),
        "state": state,
        "units": 1,
    }
    conduct = Conduct.SILENT if unsaid else Conduct.SEND
    return Delivery(leg=strike.leg, op=op, fields=fields, conduct=conduct)


def test_a_strike_that_never_struck_makes_a_pass_inconclusive():
    found = [{"id": "late", "at": "epay.notify", "lacks": "", "struck": 0, "eligible": 30}]
    assert [reason.en for reason in gates.strikes(found)] == [
        "The strike late never struck: all 30 that it could have met were spared."
    ]


@pytest.mark.parametrize("name", suites.names())
def test_a_suite_names_scenarios_that_are_there(name):
    suite = suites.load(name)
    assert set(suites.chosen(suite)) <= set(STAGED)
    assert suite.seeds >= 1


def test_the_smoke_suite_fits_into_two_minutes():
    """A scenario takes its load, and some fifteen seconds to begin, to settle and to be judged."""
    chosen = suites.chosen(suites.load("smoke"))
    assert sum(STAGED[name].scenario.traffic.span_ms / 1000 + 15 for name in chosen) <= 120


def test_the_release_suite_holds_every_scenario():
    assert suites.chosen(suites.load("release")) == sorted(STAGED)


def test_every_law_is_asked_for_by_some_scenario():
    asked = {law for staged in STAGED.values() for law in (*staged.laws, *staged.not_applicable)}
    assert set(invariants.law_names()) - asked == set()


@pytest.mark.parametrize(
    ("struck", "eligible", "alone", "says"),
    [
        (0, 0, False, ""),
        (0, 0, True, "the platform did nothing that one could meet"),
        (0, 1, False, ""),
        (0, 9, False, "all 9 that it could have met were spared"),
        (3, 9, True, ""),
    ],
)
def test_an_optional_strike_is_missed_only_where_something_passed(struck, eligible, alone, says):
    query = {"id": "query", "at": "operators.reply", "lacks": "", "optional": True, "share": 0.6}
    others = {"id": "late", "at": "epay.notify", "lacks": "", "struck": 4, "eligible": 30}
    found = [query | {"struck": struck, "eligible": eligible}]
    reasons = [reason.en for reason in gates.strikes(found if alone else [*found, others])]
    assert len(reasons) == bool(says)
    assert all(says in reason for reason in reasons)
