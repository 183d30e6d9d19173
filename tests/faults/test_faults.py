"""One contract for every fault: pure, keyed, and only on the legs where it makes sense."""

import itertools

import msgspec
import pytest

from harness import faults
from harness.core.chance import chance
from harness.core.delivery import Conduct, Delivery, Gate, Leg, Signature, Spoil
from harness.faults._strike import Armed, Moment, Strike, apply

EXAMPLES = {
    "drop": {},
    "duplicate": {"copies": 3, "apart": "2s"},
    "delay": {"by": "30s"},
    "reorder": {"within": "10s"},
    "lose_reply": {},
    "hang": {},
    "reset": {},
    "status": {"code": "busy"},
    "outage": {"answer": "maintenance"},
    "rewrite": {"amount": "0.01"},
    "forge": {},
    "probe": {},
    "drip": {"bytes": 3, "every": "1s"},
    "truncate": {},
    "malform": {"body": "noise", "signed": False},
    "wrong_type": {},
    "stale": {"lag": "30s"},
    "flip": {},
    "early": {},
    "late_after": {"again": True},
    "contradict": {},
    "replay": {"times": 2, "later": "1m"},
    "foreign": {},
    "progress": {},
    "burst": {"size": 3},
    "partial": {"part": "50%"},
    "reject_then_succeed": {},
    "rotate": {"announced": "1h"},
}


def build(kind, **fields):
    return msgspec.convert({"kind": kind, **fields}, faults.any_fault())


def roll(name):
    return chance("test", name)


def planned(leg=Leg.NOTIFY, **fields):
    facts = {"amount_fen": 990, "state": "paid"}
    return Delivery(**{"leg": leg, "op": "pay", "fields": facts, **fields})


def test_every_kind_in_the_folder_has_an_example_here():
    assert set(EXAMPLES) == set(faults.kinds()) == set(faults.names())


@pytest.mark.parametrize("kind", EXAMPLES)
def test_a_fault_is_pure_and_stays_on_its_leg(kind):
    fault = build(kind, **EXAMPLES[kind])
    for leg in fault.legs:
        first, again = (fault.strike(planned(leg), roll) for _ in range(2))
        assert first == again
        assert all(d.leg is leg and d.op == "pay" and d.attempt == 1 for d in first)
        assert all(d.after_ms >= 0 for d in first)
        assert first != (planned(leg),)


@pytest.mark.parametrize("kind", EXAMPLES)
def test_unknown_fields_are_refused(kind):
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        build(kind, **EXAMPLES[kind], nonsense=1)


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("duplicate", {"copies": 1}),
        ("duplicate", {"apart": "soon"}),
        ("delay", {"by": "3"}),
        ("delay", {"by": "3m", "shape": "lognormal"}),
        ("delay", {"by": "3m", "shape": "lognormal", "p95": "2m"}),
        ("reorder", {"within": "0"}),
        ("rewrite", {}),
        ("rewrite", {"amount": "free"}),
        ("outage", {"answer": "maybe"}),
        ("drip", {"bytes": 0}),
        ("drip", {"every": "often"}),
        ("truncate", {"keep": 1}),
        ("malform", {"body": "odd"}),
        ("wrong_type", {"says": "html"}),
        ("wrong_type", {"says": "text/html\r\nX: y"}),
        ("stale", {"lag": "0"}),
        ("early", {"at_most": "soon"}),
        ("late_after", {"at_most": "soon"}),
        ("contradict", {"apart": "soon"}),
        ("replay", {"later": "0"}),
        ("replay", {"times": 0}),
        ("foreign", {"other": "town"}),
        ("progress", {"apart": "soon"}),
        ("burst", {"size": 1}),
        ("burst", {"at_most": "soon"}),
        ("partial", {"part": "100%"}),
    ],
)
def test_values_that_make_no_sense_are_refused(kind, fields):
    with pytest.raises(msgspec.ValidationError):
        build(kind, **fields)


@pytest.mark.parametrize("leg", Leg)
def test_only_a_notification_can_be_lost_for_good(leg):
    assert build("drop", for_good=True).concerns(planned(leg)) == (leg is Leg.NOTIFY)
    assert build("drop").concerns(planned(leg))


def test_what_each_fault_does():
    one = planned()
    assert build("drop").strike(one, roll) == ()
    (taken,) = build("drop", for_good=True).strike(one, roll)
    assert (taken.conduct, taken.steals) == (Conduct.SILENT, True)
    copies = build("duplicate", copies=3, apart="2s").strike(one, roll)
    assert [(d.copy, d.after_ms) for d in copies] == [(0, 0), (1, 2000), (2, 4000)]
    assert build("delay", by="30s").strike(one, roll)[0].after_ms == 30_000
    assert build("lose_reply").strike(one, roll)[0].conduct is Conduct.LOSE
    assert build("hang").strike(one, roll)[0].conduct is Conduct.HANG
    assert build("reset").strike(one, roll)[0].conduct is Conduct.RESET
    assert build("status", code="SYSTEM_ERROR").strike(one, roll)[0].code == "SYSTEM_ERROR"
    assert build("outage").strike(one, roll)[0].conduct is Conduct.RESET
    assert build("outage", answer="rate_limited").strike(one, roll)[0].code == "rate_limited"
    assert build("outage", answer="maintenance").strike(one, roll)[0].code == "maintenance"
    assert build("rewrite", amount="0.01").strike(one, roll)[0].fields["amount_fen"] == 1
    assert build("rewrite", amount_off="-0.01").strike(one, roll)[0].fields["amount_fen"] == 989
    assert build("rewrite", amount_off="0.10").strike(one, roll)[0].fields["amount_fen"] == 1000
    assert build("rewrite", amount_times=0.5).strike(one, roll)[0].fields["amount_fen"] == 495
    assert (
        build("rewrite", set={"state": "failed"}).strike(one, roll)[0].fields["state"] == "failed"
    )
    forged, real = build("forge").strike(one, roll)
    assert forged.signature is Signature.FORGED
    assert real.signature is Signature.VALID
    assert real.fields == one.fields


def test_what_each_spoiling_fault_does():
    def spoil(kind, **fields):
        (one,) = build(kind, **fields).strike(planned(Leg.REPLY), roll)
        return one.spoil

    assert spoil("drip", bytes=2, every="3s") == Spoil(drip_bytes=2, drip_gap_ms=3_000)
    assert spoil("truncate", keep=0.25) == Spoil(cut=0.25)
    assert spoil("malform", body="empty") == Spoil(body="empty")
    assert spoil("malform", signed=False) == Spoil(body="half", sealed=False)
    assert spoil("wrong_type") == Spoil(content_type="text/html; charset=utf-8")
    (dripped,) = build("drip").strike(planned(Leg.REPLY), roll)
    (both,) = build("truncate").strike(dripped, roll)
    assert (both.spoil.drip_bytes, both.spoil.cut) == (1, 0.5)


def test_what_each_fault_of_order_and_meaning_does():
    one = planned()
    before, after = build("contradict", apart="2s").strike(one, roll)
    assert (before, after.fields["state"], after.after_ms) == (one, "closed", 2_000)
    assert after.contrary
    assert not after.stops
    lie, truth = build("contradict", first=True).strike(planned(fields={"state": "failed"}), roll)
    assert (lie.fields["state"], truth.fields["state"]) == ("delivered", "failed")
    told = {s: build("contradict").strike(planned(fields={"state": s}), roll)[1] for s in _ENDS}
    assert {s: d.fields["state"] for s, d in told.items()} == _ENDS
    copies = build("replay", times=2, later="1m").strike(one, roll)
    assert [(d.after_ms, d.echo, d.stops) for d in copies] == [
        (0, False, True),
        (60_000, True, False),
        (120_000, True, False),
    ]
    assert not build("replay", fresh=True).strike(one, roll)[1].echo
    stranger, mine = build("foreign").strike(one, roll)
    assert (stranger.signature, mine.signature) == (Signature.FOREIGN, Signature.VALID)
    unknown, _ = build("foreign", other="order").strike(one, roll)
    assert unknown.signature is Signature.VALID
    assert unknown.fields["order_no"] != one.fields.get("order_no")
    under_way, final = build("progress", apart="2s").strike(one, roll)
    assert (under_way.fields["state"], under_way.stops) == ("delivering", False)
    assert (final.fields, final.after_ms) == (one.fields, 2_000)
    assert build("progress", steals=True).strike(one, roll)[0].steals
    halved = build("partial").strike(planned(Leg.EFFECT, fields={"units": 5}), roll)
    assert halved[0].fields["units"] == 2
    assert build("reject_then_succeed").strike(one, roll)[0].code == "refused"
    assert build("stale", lag="30s").strike(one, roll)[0].shows_ms == 30_000
    assert build("flip").strike(one, roll)[0].shows == "flip"
    assert build("early", at_most="3s").strike(one, roll)[0].gate == Gate(
        on="told", at_most_ms=3_000
    )
    now, later = build("late_after", again=True).strike(one, roll)
    assert (now.gate, later.gate.on) == (None, "undone")


_ENDS = {"paid": "closed", "closed": "paid", "finished": "closed", "refunded": "failed"}


def test_a_burst_gathers_by_its_strike():
    armed = strike(id="peak", fault={"kind": "burst", "size": 5})
    (held,) = apply([armed], planned(), moment(1)).deliveries
    assert held.gate == Gate(on="crowd", size=5, at_most_ms=30_000, id="peak")


def test_delay_shapes_have_their_medians_and_ends():
    def spans(**fields):
        fault = build("delay", **fields)
        rolls = [lambda name, k=k: chance(k, name) for k in range(4000)]
        return sorted(fault.strike(planned(), r)[0].after_ms for r in rolls)

    uniform = spans(by="10s", shape="uniform", at_least="2s")
    assert 2_000 <= uniform[0] < 2_100
    assert 9_900 < uniform[-1] <= 10_000
    lognormal = spans(by="30s", shape="lognormal", p95="3m", at_most="10m")
    assert 27_000 < lognormal[2000] < 33_000
    assert 160_000 < lognormal[3800] < 200_000
    assert lognormal[-1] <= 600_000


def test_forging_what_would_not_be_sent_keeps_the_silence_behind_it():
    forged, silent = build("forge").strike(planned(op="create", conduct=Conduct.SILENT), roll)
    assert forged.conduct is Conduct.SEND
    assert silent.conduct is Conduct.SILENT


def strike(**fields):
    base = {
        "id": "s",
        "upstreams": ("epay",),
        "leg": Leg.NOTIFY,
        "ops": ("pay",),
        "fault": {"kind": "drop"},
    }
    return Armed(Strike(**{**base, **fields}), seed=7)


def moment(intent, **fields):
    base = {"upstream": "epay", "key": f"i{intent}", "clock_ms": 0.0, "arrival_ms": float(intent)}
    return Moment(**{**base, **fields})


def struck(armed, moments, **fields):
    return {m.key for m in moments if apply([armed], planned(**fields), m).struck}


def test_a_share_chooses_orders_whatever_the_order_of_asking():
    moments = [moment(k) for k in range(5000)]
    armed = strike(share=0.3)
    first = struck(armed, moments)
    assert first == struck(armed, list(reversed(moments)))
    assert first >= struck(armed, moments[::3])
    assert abs(len(first) / 5000 - 0.3) < 0.025


def test_attempts_bound_which_deliveries_of_a_chosen_order_are_struck():
    armed = strike(share=0.3, attempts=2)
    moments = [moment(k) for k in range(200)]
    by_attempt = [struck(armed, moments, attempt=n) for n in (1, 2, 3)]
    assert by_attempt[0] == by_attempt[1]
    assert by_attempt[0]
    assert not by_attempt[2]


def test_windows_go_by_arrival_and_by_the_clock_where_the_intent_is_unknown():
    armed = strike(window_ms=(2000.0, 3000.0))
    assert struck(armed, [moment(2500, clock_ms=9000.0)])
    assert not struck(armed, [moment(1999, clock_ms=2500.0)])
    assert struck(armed, [moment(0, clock_ms=2500.0, arrival_ms=None)])
    clocked = strike(window_ms=(2000.0, 3000.0), by="clock")
    assert not struck(clocked, [moment(2500, clock_ms=9000.0)])


@pytest.mark.parametrize(
    "fields",
    [{"leg": Leg.REPLY}, {"op": "refund"}],
)
def test_other_legs_and_operations_are_neither_struck_nor_spared(fields):
    outcome = apply([strike()], planned(**fields), moment(1))
    assert outcome.deliveries == (planned(**fields),)
    assert outcome.struck == outcome.spared == []


def test_who_is_spared_is_said():
    outcomes = [apply([strike(share=0.5)], planned(), moment(k)) for k in range(100)]
    assert all(bool(o.struck) != bool(o.spared) for o in outcomes)


def test_any_two_faults_compose():
    for one, other in itertools.product(EXAMPLES, repeat=2):
        pair = [
            strike(id="a", fault={"kind": one, **EXAMPLES[one]}),
            strike(id="b", fault={"kind": other, **EXAMPLES[other]}),
        ]
        outcome = apply(pair, planned(), moment(1))
        assert outcome.struck[0] == "a"
        assert [*outcome.struck, *outcome.spared] == ["a", "b"]
        assert all(isinstance(d, Delivery) for d in outcome.deliveries)


def test_a_strike_that_finds_nothing_left_to_change_has_not_struck():
    drop = {"kind": "drop"}
    outcome = apply([strike(id="a", fault=drop), strike(id="b", fault=drop)], planned(), moment(1))
    assert (outcome.struck, outcome.spared) == (["a"], ["b"])
