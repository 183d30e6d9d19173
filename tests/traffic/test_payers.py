"""Customers who do not simply pay: who breaks off, is refused, comes too late, or pays twice."""

from test_customer import INTENT, ORDER, Script, live
from test_personas import EXPIRY_MS, LINK, PLACED, World, seen

from harness.traffic.steps import Heard, Pay, PayLink, Together, Wait

assert live  # the fixture
PEOPLE = range(200)
REFUSED = Heard(outcome="fail", reason="balance")
PAYING = Heard(outcome="unknown", reason="paying")
PAID = Heard(outcome="ok", amount_fen=4990)


def test_the_interrupted_break_off_and_then_pay_or_give_up():
    worlds = [World(Pay=[PAYING, PAID]).live("interrupted", intent) for intent in PEOPLE]
    hows = [[pay.how for pay in world.deeds(Pay)] for world in worlds]
    assert {tuple(how) for how in hows} == {("breaks_off",), ("breaks_off", "pays")}
    gave_up = [world for world, how in zip(worlds, hows, strict=True) if len(how) == 1]
    assert 50 < len(gave_up) < 110
    assert all(world.names()[-1] == "Status" for world in worlds)


def test_the_refused_are_refused_for_every_reason_and_most_come_back():
    worlds = [World(Pay=[REFUSED, PAID]).live("refused_first", intent) for intent in PEOPLE]
    firsts = [world.deeds(Pay)[0] for world in worlds]
    assert {first.how for first in firsts} == {"refused"}
    assert {first.refusal for first in firsts} == {"balance", "limit", "frozen", "session_expired"}
    home = [world for world in worlds if len(world.deeds(Pay)) == 1]
    assert 25 < len(home) < 80
    assert all(world.deeds(Pay)[-1].how == "pays" for world in worlds if world not in home)


def test_the_late_pay_after_the_order_has_expired_seconds_to_an_hour():
    late_ms = []
    for intent in PEOPLE:
        world = World().live("late_payer", intent)
        before = world.steps[: world.names().index("Pay")]
        late_ms.append(sum(s.upstream_ms for s in before if isinstance(s, Wait)) - EXPIRY_MS)
    assert min(late_ms) >= 5_000
    assert max(late_ms) <= 3_600_000
    assert any(ms < 30_000 for ms in late_ms)
    assert any(ms > 1_000_000 for ms in late_ms)


def test_the_double_payer_pays_two_links_one_after_the_other():
    world = World(Status=[seen("delivered")]).live("double_payer")
    assert world.deeds(PayLink) == [PayLink("A1", "wechat_pay")]
    assert world.names()[:6] == ["Place", "Wait", "PayLink", "Pay", "Wait", "Pay"]
    assert [(pay.pay_url, pay.gateway) for pay in world.deeds(Pay)] == [
        (PLACED.pay_url, ""),
        (LINK.pay_url, "wechat_pay"),
    ]


def test_with_one_link_the_double_payer_pays_it_twice_at_once():
    alone = World().live("double_payer", pay_link=False)
    refused = World(PayLink=[Heard(outcome="fail")]).live("double_payer")
    for world in (alone, refused):
        assert [pay.how for pay in world.deeds(Pay)] == ["twice"]


def test_with_two_phones_one_pays_while_the_other_asks_for_a_link_and_pays_that_too():
    world = World(Status=[seen("delivered")]).live("two_phones")
    both = next(step for step in world.steps if isinstance(step, Together))
    assert both.steps == (
        PayLink("A1", "wechat_pay"),
        Pay("A1", PLACED.pay_url, PLACED.amount_fen),
    )
    assert [(pay.pay_url, pay.gateway) for pay in world.deeds(Pay)] == [
        (PLACED.pay_url, ""),
        (LINK.pay_url, "wechat_pay"),
    ]


def test_with_one_link_two_phones_pay_it_once_and_again_only_if_nothing_was_taken():
    alone = World().live("two_phones", pay_link=False)
    refused = World(PayLink=[Heard(outcome="fail")]).live("two_phones")
    assert [len(world.deeds(Pay)) for world in (alone, refused)] == [1, 1]
    broke = World(PayLink=[Heard(outcome="fail")], Pay=[REFUSED, PAID]).live("two_phones")
    assert len(broke.deeds(Pay)) == 2


def test_without_an_order_none_of_them_pays():
    nothing = Heard(outcome="fail", http_status=422)
    for name in ("interrupted", "refused_first", "late_payer", "double_payer", "two_phones"):
        assert World(Place=[nothing]).live(name).deeds(Pay) == []


def test_the_bank_app_is_told_how_and_the_ledger_says_what_was_seen(live):
    shown = {"outcome": "fail", "order_no": "G1", "trade_no": "T1", "reason": "frozen"}
    script = Script(pay=[(200, shown)])
    step = Pay(ORDER["order_no"], ORDER["pay_url"], 4990, how="refused", refusal="frozen")
    _, rows, _ = live(script, step)
    (told,) = [body for name, _, body in script.sent if name == "pay"]
    assert told == {
        "pay_url": "pay:A1",
        "intent": INTENT.number,
        "amount_fen": 4990,
        "how": "refused",
        "reason": "frozen",
    }
    (row,) = [row for row in rows if row.kind == "pay"]
    assert (row.outcome, row.detail) == ("fail", {"reason": "frozen"})


def test_the_switcher_pays_the_second_link_alone():
    world = World().live("switcher")
    (paid,) = world.deeds(Pay)
    assert (paid.pay_url, paid.gateway) == ("pay:other", "wechat_pay")
    assert [type(step).__name__ for step in world.steps][-1] in {"Status", "Wait"}


def test_who_cannot_switch_pays_as_ordered():
    alone = World().live("switcher", pay_link=False)
    refused = World(PayLink=[Heard(outcome="fail")]).live("switcher")
    for world in (alone, refused):
        assert [one.pay_url for one in world.deeds(Pay)] == ["pay:A1"]


def test_the_switcher_who_is_refused_there_pays_as_ordered():
    refused = Heard(outcome="fail", reason="limit")
    world = World(Pay=[refused, Heard(outcome="ok", amount_fen=4990)]).live("switcher")
    assert [one.pay_url for one in world.deeds(Pay)] == ["pay:other", "pay:A1"]
