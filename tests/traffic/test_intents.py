from collections import Counter

import msgspec
import pytest

from harness.core.identity import intent_of
from harness.traffic import personas
from harness.traffic.arrivals import Arrivals, starts_ms
from harness.traffic.intents import Goods, Intents, dearer_than
from harness.traffic.people import customer_of
from harness.traffic.slips import said_of, wrong
from harness.traffic.steps import Place

SEED = 20261111
STEADY = msgspec.convert({"shape": "steady", "rate": "500/s", "for": "4s"}, Arrivals)
GOODS = [
    Goods(id="hf50", kind="phone", price="49.90"),
    Goods(id="game60", kind="game", price="58.80"),
    Goods(id="card10", kind="cards", price="9.90"),
]


def intents(seed=SEED, weights=None, goods=GOODS, **more):
    return Intents(
        seed=seed,
        curve=STEADY.curve(),
        personas=personas.kinds(),
        weights=weights or {"patient": 6, "card_buyer": 2, "impatient": 0},
        goods=goods,
        gateways=["wechat_pay", "epay"],
        customers=50,
        **more,
    )


def test_an_intent_does_not_depend_on_which_others_were_made_before_it():
    forward = [intents().intent(n) for n in range(40)]
    backward = [intents().intent(n) for n in reversed(range(40))]
    assert forward == backward[::-1]
    assert forward != [intents(seed=1).intent(n) for n in range(40)]


def test_every_intent_has_an_account_and_a_token_of_its_own_that_lead_back_to_it():
    made = intents()
    everyone = [made.intent(n) for n in range(made.count)]
    assert len({one.account for one in everyone}) == len({one.token for one in everyone}) == 2000
    assert [intent_of(SEED, 2000, one.account) for one in everyone] == list(range(2000))
    assert [one.start_ms for one in everyone] == starts_ms(STEADY, SEED)


def test_personas_gateways_and_goods_come_in_their_shares():
    made = intents()
    everyone = [made.intent(n) for n in range(made.count)]
    shares = Counter(one.persona for one in everyone)
    assert set(shares) == {"patient", "card_buyer"}
    assert 400 < shares["card_buyer"] < 600
    assert {one.goods.kind for one in everyone if one.persona == "card_buyer"} == {"cards"}
    assert {one.goods.kind for one in everyone if one.persona == "patient"} == {"phone", "game"}
    assert min(Counter(one.gateway for one in everyone).values()) > 900
    assert {one.customer for one in everyone} == set(range(50))


def test_of_what_may_be_ordered_in_numbers_half_order_one_and_the_others_up_to_the_most():
    several = [Goods(id="card10", kind="cards", price="9.90", most=4)]
    made = intents(weights={"card_buyer": 1}, goods=several)
    everyone = [made.intent(n) for n in range(made.count)]
    shares = Counter(one.quantity for one in everyone)
    assert set(shares) == {1, 2, 3, 4}
    assert 900 < shares[1] < 1_100
    assert min(shares.values()) > 250
    assert all(one.price_fen == 990 * one.quantity for one in everyone)
    one = next(one for one in everyone if one.quantity == 3)
    assert (one.said()["quantity"], one.said()["amount"]) == ("3", "29.70")
    assert one.said("other")["account"] == "other"


@pytest.mark.parametrize(("said", "most"), [(False, 1), (True, 4)])
def test_lines_of_a_batch_are_of_one_each_unless_they_say_how_many(said, most):
    several = [Goods(id="vip30", kind="member", price="19.90", most=4)]
    made = intents(weights={"merchant": 1}, goods=several, lines_say_quantity=said)
    lines = made.lines(made.intent(7), 50)
    assert max(line.quantity for line in lines) == most


def test_accounts_look_like_what_they_are():
    made = intents()
    for one in (made.intent(n) for n in range(200)):
        assert one.account.isascii()
        phone = len(one.account) == 11 and one.account.isdecimal() and one.account.startswith("1")
        assert phone == (one.goods.kind != "game")


def test_a_customers_own_phone_is_no_intents_account():
    people = [customer_of(SEED, n) for n in range(500)]
    assert {intent_of(SEED, 1_000_000, one.phone) for one in people} == {None}
    assert len({one.phone for one in people}) == 500
    assert people[3] == customer_of(SEED, 3)
    assert people[3].name
    assert customer_of(SEED + 1, 3) != people[3]


def test_dearer_goods_are_the_dearest_of_their_kind():
    hf20, hf100 = (Goods(id=f"hf{n}", kind="phone", price=f"{n}.00") for n in (20, 100))
    shelf = [one for one in GOODS if one.kind == "phone"]
    assert dearer_than([*shelf, hf100, hf20]) == {"hf20": hf100, "hf50": hf100}
    same = [Goods(id=name, kind="cards", price="9.90") for name in ("a", "b")]
    assert dearer_than(same) == {}


def test_where_each_kind_is_one_thing_more_of_it_is_dearer_and_else_the_dearest_of_all():
    phone = Goods(id="hf50", kind="phone", price="49.90")
    member = Goods(id="vip", kind="member", price="19.90")
    cards = Goods(id="km", kind="cards", price="9.90", most=5)
    topup = Goods(id="cz", kind="topup", price="100.00")
    shelf = [phone, member, cards, topup]
    assert dearer_than(shelf) == {"vip": phone, "km": phone}
    assert dearer_than(shelf, counted=True) == {"vip": phone, "km": cards}


def test_a_persona_that_finds_nothing_to_buy_is_refused():
    with pytest.raises(ValueError, match="svip_member buys member"):
        intents(goods=[one for one in GOODS if one.kind != "member"], weights={"svip_member": 1.0})


def test_a_persona_that_finds_nothing_of_what_it_is_after_buys_what_there_is():
    cards = [one for one in GOODS if one.kind == "cards"]
    others = [one for one in GOODS if one.kind != "cards"]
    for name, sold in (("patient", cards), ("card_buyer", others)):
        made = intents(goods=sold, weights={name: 1.0})
        assert {made.intent(n).goods.kind for n in range(50)} == {one.kind for one in sold}


@pytest.mark.parametrize(
    ("count", "quantity", "amount"),
    [("-1", "-1", "-9.90"), ("0", "0", "0.00"), ("0.5", "0.5", "4.95")],
)
def test_a_count_that_nobody_sells_is_said_with_what_the_page_makes_of_it(count, quantity, amount):
    dozen = msgspec.structs.replace(GOODS[2], most=12)
    one = intents(weights={"miscounter": 1}, goods=[dozen]).intent(3)
    changed = wrong(Place(count=count), one)["intent"]
    assert (changed["quantity"], changed["amount"]) == (quantity, amount)
    assert said_of(Place(count=count), one) == {"tampered": 1, "counted": quantity}
    assert one.quantity == 1


def test_so_many_that_their_price_no_longer_fits_cost_less_than_one_in_32_bits():
    one = intents(weights={"miscounter": 1}, goods=[GOODS[2]]).intent(3)
    price = int(wrong(Place(count="wraps"), one)["intent"]["quantity"]) * one.goods.price_fen
    assert price >= 2**32
    assert price % 2**32 < one.goods.price_fen
