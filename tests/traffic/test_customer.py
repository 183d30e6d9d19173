"""Customers carried out over a scripted transport: what the ledger says of every outcome."""

import re
from unittest.mock import ANY

import msgspec
import pytest

from harness.core import journal as journals
from harness.core.clock import now_ns, tick_s
from harness.core.journal import Journal
from harness.targets.found import from_json
from harness.traffic.bank import Bank
from harness.traffic.counter import Counter
from harness.traffic.customer import Customer
from harness.traffic.intents import Goods, Intent
from harness.traffic.job import Payer
from harness.traffic.personas import Persona
from harness.traffic.seams import NoAnswerError, NotSentError, Reply
from harness.traffic.sessions import Sessions
from harness.traffic.slips import dearer_of
from harness.traffic.steps import (
    Borrow,
    Guess,
    Intrude,
    Meddle,
    Pay,
    PayLink,
    Place,
    Status,
    Swap,
    Together,
    Trespass,
    Wait,
)
from harness.traffic.surroundings import Surroundings
from tests.traffic.support import target

SHOP, PAYER = "http://shop", "http://payer/payer/pay"
ORDER = {"order_no": "A1", "amount_fen": 4990, "pay_url": "pay:A1"}
INTENT = Intent(
    number=3,
    persona="scripted",
    customer=0,
    goods=Goods(id="hf50", kind="phone", price="49.90"),
    quantity=2,
    gateway="wechat_pay",
    account="13800000003",
    token="tok3",
    start_ms=0.0,
)

DEARER = {"hf50": Goods(id="hf100", kind="phone", price="99.60")}


class Script:
    """A transport that answers by path: a (status, data) pair, bytes, or an error to raise; then the next one."""

    def __init__(self, **answers):
        logins = [(200, {"token": "t1"}), (200, {"token": "t2"})]
        self.answers = {
            "login": logins,
            "place": [(200, ORDER)],
            "status": [],
            "pay": [],
            "link": [],
            **answers,
        }
        self.sent = []
        self.slept_s = []

    def send(self, url, method, path, headers, body):
        name = "pay" if url == PAYER else self.name(method, path)
        self.sent.append((name, headers, msgspec.json.decode(body) if body else None))
        answer = self.answers[name].pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, data = answer
        return Reply(status, {}, data if isinstance(data, bytes) else msgspec.json.encode(data))

    def name(self, method, path):
        if path == "/api/login":
            return "login"
        if path.endswith("/pay"):
            return "link"
        if path.endswith(("/cards", "/resend")):
            return path.rpartition("/")[2]
        return "place" if method == "POST" else "status"

    def sleep(self, seconds):
        self.slept_s.append(seconds)

    def together(self, deeds):
        return [deed() for deed in deeds]


class Scripted(Persona):
    def __init__(self, *steps):
        self.steps = steps
        self.heard = []

    def live(self):
        for step in self.steps:
            self.heard.append((yield step))


@pytest.fixture
def live(tmp_path):
    def run(script, *steps, late_s=0.0, dearer=DEARER, **more):
        persona = Scripted(*steps)
        heard = []
        link = {
            "post": "/api/orders/{{order_no}}/pay",
            "json": {"channel": "{{channel}}"},
            "take": {"pay_url": "pay_url"},
        }
        counter = Counter(
            SHOP,
            from_json({**target(SHOP), "pay_link": link, **more}),
            script,
            lambda name, _ms, _size, wrong: heard.append((name, wrong)),
        )
        with Journal(tmp_path / "t.ndjson", run="r", recorder="t", vantage="customer") as journal:
            sessions = Sessions(7, counter, journal)
            sessions.open([0])
            around = Surroundings(
                counter=counter,
                bank=Bank(Payer(url=PAYER, token="secret"), script, counter.hear),
                sessions=sessions,
                journal=journal,
                channels={"epay": "epay", "wechat_pay": "wechat"},
                time_scale=60.0,
                dearer=dearer,
            )
            due_ns, due_s = now_ns() - int(late_s * 1e9), tick_s() - late_s
            Customer(around, INTENT, due_ns, due_s).live(persona)
        rows = journals.read(tmp_path / "t.ndjson")
        assert [row.seq for row in rows] == list(range(len(rows)))
        return persona, [row for row in rows if row.kind not in ("open", "close", "login")], heard

    return run


CARDS = {"get": "/api/orders/{{order_no}}/cards", "take": {"cards": "cards"}}


@pytest.mark.parametrize(
    ("status", "cards", "told"),
    [
        ((403, {}), (403, {}), ["fail", "fail"]),
        ((403, {}), (200, {"cards": ["c1"]}), ["fail", "ok"]),
        ((403, {}), (200, {"cards": []}), ["fail", "fail"]),
        ((200, {"state": "WAIT_PAY"}), None, ["ok"]),
    ],
)
def test_a_stranger_who_is_refused_the_order_asks_for_its_cards(live, status, cards, told):
    script = Script(status=[status], cards=[cards])
    _, rows, _ = live(script, Place(), Trespass("A1"), cards=CARDS)
    assert [row.outcome for row in rows if row.kind == "trespass"] == told


RESEND = {"post": "/api/orders/{{order_no}}/resend", "json": {"account": "{{intent.account}}"}}


@pytest.mark.parametrize(("status", "told"), [(404, "fail"), (200, "ok")])
def test_a_stranger_asks_for_the_goods_in_his_own_session(live, status, told):
    script = Script(resend=[(status, {})])
    _, rows, _ = live(script, Place(), Meddle("A1"), resend=RESEND)
    (row,) = [row for row in rows if row.kind == "meddle"]
    assert (row.outcome, row.order_no, row.account) == (told, "A1", f"w{INTENT.account}")
    assert script.sent[-1] == ("resend", ANY, {"account": row.account})


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ((200, {**ORDER, "order_no": "A2"}), "fail"),
        ((409, {}), "fail"),
        ((200, ORDER), "ok"),
        ((500, {}), "unknown"),
    ],
)
def test_somebody_else_orders_under_the_customers_number(live, answer, told):
    script = Script(place=[(200, ORDER), answer])
    _, rows, _ = live(script, Place(), Borrow("A1"))
    (row,) = [row for row in rows if row.kind == "trespass"]
    assert (row.outcome, row.order_no, row.ref) == (told, "A1", INTENT.token)
    (own, his) = [sent for sent in script.sent if sent[0] == "place"]
    assert own[2]["client_no"] == his[2]["client_no"]
    assert own[1]["Authorization"] != his[1]["Authorization"]


def test_where_all_customers_are_one_nobody_else_orders(live):
    anonymous = {"session": {}, "place": {**target(SHOP)["place"]}}
    script = Script()
    _, rows, _ = live(script, Place(), Borrow("A1"), **anonymous)
    assert [row.kind for row in rows if row.kind == "trespass"] == []
    assert [sent[0] for sent in script.sent] == ["place"]


def test_where_the_client_numbers_orders_the_same_number_says_nothing(live):
    mine = {**ORDER, "order_no": INTENT.token}
    script = Script(place=[(200, mine), (200, mine)])
    _, rows, _ = live(script, Place(), Borrow(INTENT.token))
    assert [row.outcome for row in rows if row.kind == "trespass"] == ["fail"]


def test_dearer_goods_under_the_same_number_are_no_order_of_the_intents(live):
    other = {**ORDER, "order_no": "A2", "amount_fen": 9960}
    script = Script(place=[(200, ORDER), (200, other)])
    _, rows, _ = live(script, Place(), Swap("A1"))
    assert [(row.kind, row.order_no, row.ref) for row in rows if row.kind in ("place", "swap")] == [
        ("place", "A1", INTENT.token),
        ("swap", "A2", "hf100"),
    ]
    (own, swapped) = [sent[2] for sent in script.sent if sent[0] == "place"]
    assert swapped == {**own, "goods": "hf100"}
    assert rows[-1].order_no == "A1"


SAID = {"goods": "{{goods.id}}", "count": "{{intent.quantity}}", "amount": "{{intent.amount}}"}


@pytest.mark.parametrize(
    ("dearer", "sent"),
    [
        (Goods(id="hf100", kind="phone", price="99.60"), [("hf100", "1", "99.60")]),
        (Goods(id="km", kind="cards", price="99.60", most=9), [("km", "2", "199.20")]),
        (Goods(id="hf50", kind="phone", price="49.90", most=5), [("hf50", "5", "249.50")]),
        (Goods(id="hf50", kind="phone", price="49.90", most=2), []),
    ],
)
def test_what_is_dearer_is_named_with_the_amount_that_a_page_would_send(live, dearer, sent):
    place = {**target(SHOP)["place"], "json": {**SAID, "token": "{{intent.token}}"}}
    script = Script(place=[(200, ORDER), (409, {})])
    live(script, Place(), Swap("A1"), place=place, dearer={"hf50": dearer})
    bodies = [one[2] for one in script.sent if one[0] == "place"]
    assert [(one["goods"], one["count"], one["amount"]) for one in bodies[1:]] == sent
    assert {one["token"] for one in bodies} == {INTENT.token}


@pytest.mark.parametrize(("kind", "form"), [("phone", r"1\d{10}"), ("member", r"\w+_\d{8}")])
def test_what_is_of_another_kind_goes_to_an_account_of_that_kind(kind, form):
    there = {"phone": f"ann_{INTENT.account[-8:]}", "member": INTENT.account}
    own = {"phone": "member", "member": "phone"}
    goods = Goods(id="own", kind=own[kind], price="1.00")
    mine = msgspec.structs.replace(INTENT, goods=goods, account=there[kind])
    named = dearer_of(mine, {"own": Goods(id="other", kind=kind, price="9.00")})
    assert re.fullmatch(form, named.account)
    assert named.account[-8:] == INTENT.account[-8:]


def test_what_is_wanted_is_so_many_units(live):
    _, rows, _ = live(Script(), Place())
    assert (rows[0].detail["units"], rows[0].amount_fen) == (INTENT.quantity, 2 * 4990)


def test_an_ordinary_life_leaves_an_ordinary_ledger(live):
    script = Script(
        pay=[
            (
                200,
                {
                    "outcome": "ok",
                    "order_no": "P9",
                    "trade_no": "T1",
                    "amount_fen": 4990,
                    "reason": "",
                },
            )
        ],
        status=[(200, {"state": "DONE", "cards": ["c1"]})],
    )
    persona, rows, heard = live(
        script, Place(), Wait(60_000), Pay("A1", "pay:A1", 4990), Status("A1")
    )
    assert [(row.kind, row.outcome) for row in rows] == [
        ("intent", ""),
        ("place", "ok"),
        ("pay", "ok"),
        ("status", "ok"),
        ("done", "ok"),
    ]
    intent, place, pay, status, done = rows
    assert (intent.account, intent.sku, intent.channel, intent.amount_fen) == (
        "13800000003",
        "hf50",
        "wechat_pay",
        2 * 4990,
    )
    assert intent.detail["persona"] == "scripted"
    assert (place.order_no, place.ref, place.amount_fen, place.attempt) == ("A1", "tok3", 4990, 1)
    assert (pay.order_no, pay.ref, pay.amount_fen, pay.channel) == ("A1", "T1", 4990, "wechat_pay")
    assert (status.state, status.detail["cards"]) == ("delivered", ["c1"])
    assert (done.state, done.order_no) == ("delivered", "A1")
    assert {row.intent for row in rows} == {3}
    assert script.slept_s == [1.0]
    assert persona.heard[0][0].pay_url == "pay:A1"
    assert heard[1:] == [("place", ""), ("pay", ""), ("status", "")]


def test_the_customer_says_who_it_is_and_what_it_wants(live):
    script = Script(pay=[(200, {"outcome": "ok"})])
    live(script, Place(), Pay("A1", "pay:A1", 4990))
    (_, _, login), (_, headers, place), (_, payer_headers, payment) = script.sent
    assert login["phone"].startswith("1")
    assert headers["Authorization"] == "Bearer t1"
    assert place == {
        "goods": "hf50",
        "account": "13800000003",
        "client_no": "tok3",
        "channel": "wechat",
    }
    assert payer_headers["Authorization"] == "Bearer secret"
    assert payment == {"pay_url": "pay:A1", "intent": 3, "amount_fen": 4990}


@pytest.mark.parametrize(
    ("answer", "outcome", "done"),
    [
        (NotSentError(), "fail", "fail"),
        (NoAnswerError(), "unknown", "unknown"),
        ((503, {}), "unknown", "unknown"),
        ((422, {}), "fail", "fail"),
        ((200, b"<html>"), "unknown", "unknown"),
        ((200, ORDER), "ok", "unknown"),
    ],
)
def test_a_placing_is_ok_surely_not_or_may_have_happened(live, answer, outcome, done):
    _, rows, heard = live(Script(place=[answer]), Place())
    assert [(row.kind, row.outcome) for row in rows[1:]] == [("place", outcome), ("done", done)]
    assert bool(heard[-1][1]) == (outcome != "ok")


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (NotSentError(), "fail"),
        (NoAnswerError(), "unknown"),
        ((500, {}), "unknown"),
        ((401, {}), "fail"),
        ((200, b"oops"), "unknown"),
        ((200, {"outcome": "unknown"}), "unknown"),
        ((200, {"outcome": "fail", "reason": "expired"}), "fail"),
    ],
)
def test_a_payment_is_what_the_bank_app_knows(live, answer, outcome):
    persona, rows, _ = live(Script(pay=[answer]), Place(), Pay("A1", "pay:A1", 4990))
    assert rows[2].outcome == outcome == persona.heard[1][0].outcome
    assert rows[2].detail.get("reason", "") == persona.heard[1][0].reason


def test_a_lapsed_session_is_renewed_once(live):
    script = Script(place=[(401, {}), (200, ORDER)])
    _, rows, _ = live(script, Place())
    assert rows[1].outcome == "ok"
    assert [
        headers.get("Authorization") for name, headers, _ in script.sent if name == "place"
    ] == [
        "Bearer t1",
        "Bearer t2",
    ]


def test_a_session_that_lapses_at_once_again_is_not_renewed_for_ever(live):
    _, rows, _ = live(Script(place=[(401, {}), (401, {})]), Place())
    assert [(row.kind, row.outcome) for row in rows[1:]] == [("place", "fail"), ("done", "fail")]


def test_who_cannot_log_in_surely_placed_nothing(live):
    script = Script(login=[(500, {})] * 6)
    _, rows, _ = live(script, Place())
    assert [name for name, _, _ in script.sent] == ["login"] * 6
    assert [(row.kind, row.outcome) for row in rows[1:]] == [("place", "fail"), ("done", "fail")]


YES, NO, LATER = (200, {"token": "t"}), (401, {}), (429, {})


@pytest.mark.parametrize(
    ("logins", "outcome"),
    [
        ([YES, NO, NO, LATER], "fail"),
        ([YES, NO, NO, YES], "ok"),
        ([YES, NO, YES], "ok"),
        ([YES, NO, NO, NoAnswerError()], "unknown"),
        ([LATER], "unknown"),
    ],
)
def test_guessing_ends_with_what_the_right_password_is_answered(live, logins, outcome):
    script = Script(login=[YES, *logins])
    _, rows, _ = live(script, Guess(2, 60_000.0))
    assert [(row.kind, row.outcome, row.attempt) for row in rows[1:-1]] == [("guess", outcome, 2)]
    assert len(script.slept_s) == (len(logins) == 4)


def test_what_was_mistyped_is_written_down(live):
    script = Script(place=[(200, ORDER)] * 2)
    _, rows, _ = live(script, Place(slip=True), Place())
    slipped, right = (row for row in rows if row.kind == "place")
    first, second = (said["account"] for name, _, said in script.sent if name == "place")
    assert slipped.detail == {"slip": first} == {"slip": f"q{second}"}
    assert "slip" not in right.detail


@pytest.mark.parametrize(
    ("login", "outcome", "token"), [((200, {"token": "his"}), "ok", "his"), (NO, "fail", "t")]
)
def test_whoever_gets_in_acts_in_the_customers_name_from_then_on(live, login, outcome, token):
    script = Script(login=[YES, login])
    _, rows, _ = live(script, Intrude(), Place())
    assert [(row.kind, row.outcome) for row in rows[1:3]] == [("intrude", outcome), ("place", "ok")]
    assert rows[1].account == script.sent[0][2]["phone"]
    assert script.sent[-1][1]["Authorization"] == f"Bearer {token}"


@pytest.mark.parametrize("address", ["", "127.60.0.9"])
def test_a_crowd_shares_one_address_where_customers_have_any(live, monkeypatch, address):
    said_of = Sessions.said_of

    def said(sessions, number):
        where = {"address": address if number >= 20_000_000 else f"127.60.1.{number}"}
        return {**said_of(sessions, number), **(where if address else {})}

    monkeypatch.setattr(Sessions, "said_of", said)
    monkeypatch.setattr(Scripted, "shares_address", True)
    _, rows, _ = live(Script(), Place())
    assert rows[0].detail.get("address", "") == address


def test_only_the_first_placing_is_measured_from_the_intended_start(live):
    script = Script(place=[NoAnswerError(), (200, ORDER), (200, ORDER)])
    _, rows, _ = live(script, Place(1), Together((Place(2), Place(3))), late_s=2.0)
    first, second, third = rows[1:4]
    assert rows[0].detail["late_us"] >= 2_000_000
    assert first.took_us >= 2_000_000 > max(second.took_us, third.took_us)
    assert first.time_ns == rows[0].time_ns


def test_a_second_link_is_asked_for_by_the_platforms_name_of_the_channel(live):
    script = Script(link=[(200, {"pay_url": "pay:other"})], pay=[(200, {"outcome": "ok"})])
    persona, rows, _ = live(
        script, Place(), PayLink("A1", "epay"), Pay("A1", "pay:other", None, gateway="epay")
    )
    assert script.sent[2][2] == {"channel": "epay"}
    assert persona.heard[1][0].pay_url == "pay:other"
    assert [(row.kind, row.channel) for row in rows[2:4]] == [("pay_link", "epay"), ("pay", "epay")]


def test_a_life_that_breaks_off_is_still_closed_in_the_ledger(live, tmp_path):
    with pytest.raises(IndexError):
        live(Script(place=[]), Place())
    rows = journals.read(tmp_path / "t.ndjson")
    assert [row.kind for row in rows][-2:] == ["done", "close"]
