"""Customers who pay from a balance: which intents they are, what they press for, and what their ledger says."""

import msgspec
import pytest

from harness.core.identity import intent_of
from harness.core.journal import Journal, read
from harness.targets.found import from_json
from harness.traffic import personas
from harness.traffic.bank import Bank
from harness.traffic.counter import Counter
from harness.traffic.intents import Goods, Intents
from harness.traffic.job import Market, Payer, Traffic
from harness.traffic.personas import Circumstances
from harness.traffic.sessions import Sessions
from harness.traffic.spender import Spender
from harness.traffic.steps import (
    Heard,
    Line,
    Pay,
    Place,
    ReadWallet,
    Status,
    Together,
    Trespass,
    Wait,
    WalletPay,
)
from harness.traffic.surroundings import Surroundings
from tests.traffic.support import target
from tests.traffic.test_customer import INTENT, ORDER, PAYER, SHOP, Script, Scripted
from tests.traffic.test_intents import GOODS, SEED, STEADY
from tests.traffic.test_personas import PLACED, World, seen

TOPUP = Goods(id="cz100", kind="topup", price="100.00", face="100.00")
SPENDERS = {"balance_buyer": 1.0, "double_spender": 1.0, "patient": 1.0}
APART = 5


def intents(weights=SPENDERS, goods=(*GOODS, TOPUP)):
    return Intents(
        seed=SEED,
        curve=STEADY.curve(),
        personas=personas.kinds(),
        weights=weights,
        goods=list(goods),
        gateways=["epay"],
        customers=50,
    )


def of_persona(made, name, most=40):
    found = (made.intent(n) for n in range(made.count))
    return [one for one in found if one.persona == name][:most]


@pytest.mark.parametrize(("name", "orders"), [("balance_buyer", 3), ("double_spender", 5)])
def test_a_spender_tops_up_and_then_pays_from_the_balance_under_numbers_of_his_own(name, orders):
    made = intents()
    numbers = []
    for first in of_persona(made, name):
        own = made.spent(first, APART)
        assert own[0] == first
        assert [one.gateway for one in own] == ["epay", *["wallet"] * (orders - 1)]
        assert [one.goods.kind == "topup" for one in own] == [True, *[False] * (orders - 1)]
        assert {one.customer for one in own} == {first.customer}
        assert [intent_of(SEED, made.count * APART, one.account) for one in own] == [
            one.number for one in own
        ]
        numbers += [one.number for one in own[1:]]
    assert len(set(numbers)) == len(numbers)
    assert min(numbers) >= made.count


def test_a_double_spender_finds_goods_that_the_top_up_pays_once_and_not_four_times():
    for first in of_persona(intents(), "double_spender"):
        price_fen = intents().spent(first, APART)[-1].goods.price_fen
        assert price_fen <= first.goods.face_fen < 4 * price_fen


def test_where_no_top_up_is_sold_all_is_paid_from_what_is_there():
    made = intents(goods=GOODS)
    first = of_persona(made, "balance_buyer")[0]
    own = made.spent(first, APART)
    assert [one.gateway for one in own] == ["wallet", "wallet"]
    assert "topup" not in {one.goods.kind for one in own}


def test_a_top_up_that_pays_for_nothing_is_no_place_for_a_spender():
    small = Goods(id="cz1", kind="topup", price="1.00", face="1.00")
    for name, says in (("balance_buyer", "once$"), ("double_spender", "and more than 3 times$")):
        with pytest.raises(ValueError, match=f"{name}: no top-up pays for any .*{says}"):
            intents({name: 1.0}, [*GOODS, small])


def test_who_would_top_up_buys_something_else_where_that_is_not_sold():
    assert {one.goods.kind for one in of_persona(intents({"topper_up": 1.0}), "topper_up")} == {
        "topup"
    }
    without = of_persona(intents({"topper_up": 1.0}, GOODS), "topper_up")
    assert {one.goods.kind for one in without} == {"phone", "game", "cards"}


def test_others_never_buy_a_top_up():
    assert {one.goods.kind for one in of_persona(intents(), "patient", 900)} == {"phone", "game"}


def test_every_arrival_leaves_room_for_the_longest_life():
    def per_arrival(**weights):
        arrivals = {"shape": "steady", "rate": "1/s", "for": "4s"}
        said = {"arrivals": arrivals, "personas": weights, "lines": 7}
        traffic = msgspec.convert(said, Traffic)
        assert traffic.numbers == 4 * traffic.per_arrival
        assert len(traffic.line_starts_ms([0.0, 1.0, 2.0, 3.0])) == traffic.numbers
        return traffic.per_arrival

    assert per_arrival(patient=1) == 1
    assert per_arrival(patient=1, balance_buyer=1) == 3
    assert per_arrival(double_spender=1, balance_buyer=1) == 5
    assert per_arrival(double_spender=1, merchant=1) == 7
    assert per_arrival(double_spender=0, patient=1) == 1


# What they do


class Rich(World):
    """A world in which a top-up is there and orders are paid from it."""

    def live(self, name, *, tops_up=True, price_fen=4990, by_call=False):
        its = Circumstances(
            seed=7,
            intent=1,
            gateway="epay",
            gateways=("epay",),
            offers_pay_link=True,
            tops_up=tops_up,
            price_fen=price_fen,
            pays_by_call=by_call,
            think_ms=1_000.0,
            patience_ms=600_000.0,
            expiry_ms=600_000.0,
        )
        life, heard = personas.kinds()[name](its).live(), None
        try:
            while True:
                step = next(life) if heard is None else life.send(heard)
                heard = self.take(step)
        except StopIteration:
            return self

    def did(self):
        """Return what was done, by line; at once as lists, waiting left out."""
        return [_said(step) for step in self.steps if not isinstance(step, Wait)]


def _said(step):
    if isinstance(step, Together):
        return [_said(one) for one in step.steps]
    return (step.at, type(step.deed)) if isinstance(step, Line) else type(step)


BALANCE = {"ReadWallet": [Heard(outcome="ok", balance_fen=10_000)]}
FILLED = [(0, Place), (0, Pay), (0, Status)]


def test_a_balance_buyer_fills_his_wallet_and_buys_twice():
    bought = [(1, Place), (1, Status), (2, Place), (2, Status)]
    assert Rich(**BALANCE).live("balance_buyer").did() == [*FILLED, *bought, ReadWallet]
    without = Rich(**BALANCE).live("balance_buyer", tops_up=False).did()
    assert without == [(0, Place), (0, Status), (1, Place), (1, Status), ReadWallet]


def test_where_paying_is_a_call_of_its_own_it_is_made_until_it_is_clear():
    lost = {"WalletPay": [Heard(outcome="unknown"), Heard(outcome="ok")]}
    shown = {"Status": [seen("delivered"), seen("unpaid"), seen("delivered")]}
    did = Rich(**BALANCE, **lost, **shown).live("balance_buyer", by_call=True).did()
    assert did[3:8] == [(1, Place), (1, WalletPay), (1, Status), (1, WalletPay), (1, Status)]


@pytest.mark.parametrize(
    ("price_fen", "presses"), [(4990, 3), (9990, 2), (10_000, 2), (2_600, 4), (10, 4)]
)
def test_a_double_spender_presses_once_more_than_there_is_money_for(price_fen, presses):
    did = Rich(**BALANCE).live("double_spender", price_fen=price_fen).did()
    pressed = [(at, Place) for at in range(1, presses + 1)]
    assert did[3:5] == [(1, ReadWallet), pressed]
    assert did[-1] is ReadWallet


def test_what_was_taken_of_a_double_spenders_orders_is_paid_at_once_too():
    refused = Heard(outcome="fail", http_status=200)
    placed = [Heard(outcome="ok", order_no=f"A{n}", pay_url=f"pay:A{n}") for n in range(3)]
    answers = {"Place": [placed[0], placed[1], refused, placed[2]]}
    did = Rich(**BALANCE, **answers).live("double_spender", by_call=True).did()
    assert did[5] == [(1, WalletPay), (3, WalletPay)]
    assert did[6:] == [(1, Status), (3, Status), ReadWallet]
    answers = {"Place": [placed[0], placed[1], refused, placed[2]]}
    answers["WalletPay"] = [refused, Heard(outcome="ok")]
    did = Rich(**BALANCE, **answers).live("double_spender", by_call=True).did()
    assert did[6:] == [(3, Status), ReadWallet]


def test_for_what_is_paid_from_the_balance_nobody_asks_for_a_link():
    placed = [PLACED, msgspec.structs.replace(PLACED, pay_url="")]
    world = Rich(**BALANCE, Place=placed).live("balance_buyer")
    assert world.did() == [*FILLED, (1, Place), (1, Status), (2, Place), (2, Status), ReadWallet]


def test_whoever_could_not_fill_his_wallet_buys_nothing():
    refused = Heard(outcome="fail", reason="closed")
    did = Rich(**BALANCE, Pay=[refused]).live("balance_buyer").did()
    assert {step[0] for step in did if isinstance(step, tuple)} == {0}


# What is written down


WALLET = {
    "read": {"get": "/api/wallet", "take": {"balance": "fen", "lines": "rows"}},
    "lines": {"order_no": "no", "amount": "fen"},
    "channel": "balance",
}
HAS = (200, {"fen": 4990, "rows": [{"no": "A1", "fen": 10}]})


class Purse(Script):
    def name(self, method, path):
        return "wallet" if path == "/api/wallet" else super().name(method, path)


@pytest.fixture
def live(tmp_path):
    def run(script, *steps):
        shop = from_json({**target(SHOP), "wallet": WALLET})
        counter = Counter(SHOP, shop, script, lambda *_: None)
        with Journal(tmp_path / "t.ndjson", run="r", recorder="t", vantage="customer") as journal:
            sessions = Sessions(7, counter, journal)
            sessions.open([0])
            around = Surroundings(
                counter=counter,
                bank=Bank(Payer(url=PAYER, token="secret"), script, counter.hear),
                sessions=sessions,
                journal=journal,
                channels={"epay": "epay", "wechat_pay": "wechat", "wallet": "balance"},
                time_scale=60.0,
            )
            later = [
                msgspec.structs.replace(INTENT, number=n, gateway="wallet", token=f"tok{n}")
                for n in (8, 9)
            ]
            Spender(around, [INTENT, *later], 1, 0.0).live(Scripted(*steps))
        return [r for r in read(tmp_path / "t.ndjson") if r.kind not in ("open", "close", "login")]

    return run


def test_what_is_in_a_wallet_is_written_down_before_anything_is_bought(live):
    rows = live(Purse(wallet=[(500, {}), HAS, HAS]), ReadWallet())
    wallets = [(r.state, r.outcome, r.amount_fen, r.intent) for r in rows if r.kind == "wallet"]
    assert wallets == [
        ("opening", "unknown", None, None),
        ("opening", "ok", 4990, None),
        ("", "ok", 4990, None),
    ]
    assert rows[1].detail == {"customer": 0, "lines": ["10 any A1"]}


def test_nobody_opens_the_wallet_of_one_who_only_asks_for_the_orders_of_others(live):
    script = Purse(wallet=[HAS], status=[(403, {})])
    rows = live(script, Trespass("A1"))
    assert [r.detail["customer"] for r in rows if r.kind == "wallet"] == [0]
    assert [r.outcome for r in rows if r.kind == "trespass"] == ["fail"]


def test_an_order_that_comes_later_is_wanted_then_and_says_with_whom_it_came(live):
    script = Purse(wallet=[HAS], place=[(200, ORDER), (200, {**ORDER, "order_no": "A2"})])
    rows = live(script, Line(0, Place()), Line(2, Place()))
    wanted = {r.intent: r for r in rows if r.kind == "intent"}
    assert set(wanted) == {3, 9}
    assert "first" not in wanted[3].detail
    assert wanted[9].detail["first"] == 3
    assert wanted[9].time_ns > wanted[3].time_ns
    placed = [(r.intent, r.order_no, r.channel) for r in rows if r.kind == "place"]
    assert placed == [(3, "A1", "wechat_pay"), (9, "A2", "wallet")]
    assert [(r.intent, r.order_no) for r in rows if r.kind == "done"] == [(3, "A1"), (9, "A2")]
    channels = [body["channel"] for name, _, body in script.sent if name == "place"]
    assert channels == ["wechat", "balance"]


def test_the_wallet_is_a_channel_where_there_is_one():
    raw = {**target(SHOP), "wallet": WALLET}
    assert msgspec.convert(raw, Market).channels_by_name()["wallet"] == "balance"
    assert "wallet" not in msgspec.convert(target(SHOP), Market).channels_by_name()
