"""Personas that ask for more than goods: redelivery, a word at the gateway, somebody else's order."""

import pytest

from harness.traffic import personas
from harness.traffic.steps import (
    MISCOUNTS,
    ComeBack,
    Complain,
    Guess,
    Heard,
    Intrude,
    Meddle,
    Pay,
    Place,
    Resend,
    Status,
    Ticket,
    TicketState,
    Together,
    Trespass,
)
from tests.traffic.test_personas import LOST, PLACED, World, seen

TICKETS = {"ticket_opener": {"ticket", "ticket_state"}}


@pytest.mark.parametrize("intent", range(12))
def test_the_corrector_slips_once_and_mends_before_or_after_paying(intent):
    world = World().live("corrector", intent)
    assert world.deeds(Place) == [Place(1, slip=True)]
    assert len(world.deeds(Resend)) == 1
    kinds = [type(deed) for deed in world.deeds((Resend, Pay))]
    assert kinds in ([Resend, Pay], [Pay, Resend])


def test_who_tampers_does_so_whenever_he_orders():
    busy = Heard(outcome="fail", http_status=503)
    world = World(Place=[busy, busy, PLACED]).live("tamperer")
    assert world.deeds(Place) == [Place(n, tampers=True) for n in (1, 2, 3)]
    assert len(world.deeds(Pay)) == 1


def test_who_miscounts_names_the_same_count_each_time_and_never_pays():
    busy = Heard(outcome="fail", http_status=503)
    worlds = [World(Place=[busy, PLACED]).live("miscounter", n, most=5) for n in range(24)]
    named = [[deed.count for deed in world.deeds(Place)] for world in worlds]
    assert all(first == second for first, second in named)
    assert {first for first, _ in named} == set(MISCOUNTS)
    assert not any(world.deeds(Pay) for world in worlds)


def test_who_can_order_one_only_names_a_price_instead():
    world = World().live("miscounter")
    assert world.deeds(Place) == [Place(1, tampers=True)]
    assert len(world.deeds(Pay)) == 1


@pytest.mark.parametrize("intent", range(12))
def test_on_a_flaky_line_the_same_order_is_placed_until_it_gets_through(intent):
    world = World(Place=[LOST, LOST, PLACED]).live("flaky", intent)
    placed = [deed.breaks for deed in world.deeds(Place)]
    assert placed in (["half", "whole", ""], ["whole", "", ""])
    assert [deed.attempt for deed in world.deeds(Place)] == [1, 2, 3]


@pytest.mark.parametrize("intent", range(12))
def test_somebody_wants_the_goods_before_or_after_they_are_paid(intent):
    world = World().live("meddled", intent)
    assert world.deeds(Place) == [Place(1)]
    kinds = [type(deed) for deed in world.deeds((Meddle, Pay))]
    assert kinds in ([Meddle, Pay], [Pay, Meddle])


def test_somebody_uses_the_number_of_an_order_before_it_is_paid():
    assert World().live("namesake").names()[:4] == ["Place", "Borrow", "Wait", "Pay"]


def test_the_swapper_pays_what_he_ordered_first_whatever_became_of_the_second():
    for second in (Heard(outcome="fail"), Heard(outcome="ok", order_no="A2", pay_url="pay:A2")):
        world = World(Swap=[second]).live("swapper")
        assert world.names()[:4] == ["Place", "Swap", "Wait", "Pay"]
        assert world.deeds(Pay) == [Pay("A1", "pay:A1", 4990)]


def test_some_correctors_mend_at_the_instant_at_which_they_pay():
    worlds = [World().live("corrector", intent) for intent in range(24)]
    at_once = [w for w in worlds if any(isinstance(step, Together) for step in w.steps)]
    assert 2 < len(at_once) < 10
    others = [world for world in worlds if world not in at_once]
    assert {type(world.deeds((Resend, Pay))[0]) for world in others} == {Resend, Pay}


def test_who_mends_while_paying_pays_again_if_nothing_was_taken():
    refused, took = Heard(outcome="fail", reason="balance"), Heard(outcome="ok")
    worlds = [World(Pay=[refused, took]).live("corrector", intent) for intent in range(24)]
    at_once = [w for w in worlds if any(isinstance(step, Together) for step in w.steps)]
    assert {len(world.deeds(Pay)) for world in at_once} == {2}


def test_the_complainer_complains_of_what_is_not_there_only():
    late = World(Status=[seen("delivering"), seen("delivered")]).live("complainer")
    assert late.deeds(Complain) == [Complain("A1", "pay:A1")]
    assert not World(Status=[seen("delivered")]).live("complainer").deeds(Complain)


def test_a_ticket_is_opened_for_what_is_not_there_and_read_until_it_is_closed():
    read = [seen("open"), seen("answered"), seen("closed")]
    late = World(Status=[seen("delivering"), seen("delivered")], TicketState=read)
    assert late.live("ticket_opener").deeds((Ticket, TicketState)) == [
        Ticket("A1"),
        *[TicketState("A1")] * 3,
    ]
    assert not World(Status=[seen("delivered")]).live("ticket_opener").deeds(Ticket)


def test_the_overlooked_customer_is_spied_on_before_and_after():
    world = World().live("overlooked")
    assert world.deeds(Trespass) == [Trespass("A1")] * 2


def test_the_thief_gets_in_first_and_goes_away_where_he_cannot():
    world = World().live("session_thief")
    assert world.deeds((Intrude, Place)) == [Intrude(), Place(1)]
    refused = World(Intrude=[Heard(outcome="fail", http_status=401)]).live("session_thief")
    assert refused.deeds((Intrude, Place)) == [Intrude()]


def test_the_refresher_looks_again_when_it_is_done():
    world = World(Status=[seen("delivered")]).live("refresher")
    assert len(world.deeds(Status)) == 7


@pytest.mark.parametrize("name", ["card_buyer", "late_card_buyer"])
def test_some_who_buy_cards_look_before_they_pay(name):
    worlds = [World(Status=[seen("delivered")]).live(name, intent) for intent in range(12)]
    first = {type(world.deeds((Status, Pay))[0]) for world in worlds}
    assert first == ({Status, Pay} if name == "card_buyer" else {Status})


def test_some_who_try_passwords_come_back_with_the_right_one_later():
    rests = {World().live("stuffer", intent).deeds(Guess)[0].rest_ms for intent in range(12)}
    assert rests == {0.0, 120_000.0}


def test_the_refresher_looks_more_often_than_the_patient():
    paid = {"Status": [seen("paid")]}
    looks = {n: len(World(**paid).live(n).deeds(Status)) for n in ("refresher", "patient")}
    assert looks["refresher"] > 3 * looks["patient"]


@pytest.mark.parametrize("end", ["delivered", "refunded"])
def test_the_insistent_ask_for_the_goods_once_more_when_the_order_has_ended(end):
    world = World(Status=[seen("delivering"), seen(end)]).live("insistent")
    names = [name for name in world.names() if name != "Wait"]
    assert names == ["Place", "Pay", "Status", "Status", *["Resend"] * 3, "Status"]


def test_what_a_persona_needs_is_a_call_of_a_target_or_a_gateway_with_complaints():
    needs = {name: kind.needs for name, kind in personas.kinds().items() if kind.needs}
    assert needs == {
        "balance_buyer": {"wallet", "balance"},
        "double_spender": {"wallet", "balance"},
        "topper_up": {"wallet"},
        "complainer": {"complaints"},
        "canceller": {"cancel"},
        "corrector": {"resend"},
        "insistent": {"resend"},
        "merchant": {"batch", "batch_status", "pay_link"},
        "overlooked": {"login"},
        "meddled": {"resend"},
        "session_thief": {"login"},
        "stuffer": {"login", "register"},
        **TICKETS,
    }


def test_the_returner_comes_back_where_the_gateway_leads_him_and_then_waits():
    paid = Heard(outcome="ok", amount_fen=4990, back="http://shop/return?sign=x")
    world = World(Pay=[paid]).live("returner")
    assert world.deeds(Pay) == [Pay("A1", "pay:A1", 4990, returns=True)]
    assert world.deeds(ComeBack) == [ComeBack("A1", "http://shop/return?sign=x")]
    assert world.deeds(Status)


def test_the_returner_of_a_gateway_without_a_page_only_waits():
    world = World().live("returner")
    assert not world.deeds(ComeBack)
    assert world.deeds(Status)


def test_pretenders_never_pay_and_forge_in_every_way():
    made_up = Heard(outcome="fail", reason="pretended", back="http://shop/return")
    worlds = [World(Pay=[made_up]).live("pretender", intent) for intent in range(12)]
    for world in worlds:
        (pay,) = world.deeds(Pay)
        assert pay.how == "pretends"
        assert world.deeds(ComeBack) == [ComeBack("A1", "http://shop/return", made_up=True)]
    assert {world.deeds(Pay)[0].forgery for world in worlds} == {"wrong", "empty", "absent"}
