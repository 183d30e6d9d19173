"""The platform's wallet: its lines in the words of journals, which requests a top-up is made by, and who reads it."""

import asyncio
import json
import threading

import msgspec
import pytest
from test_adapter import BASE, SCOPE, adapter
from test_audit import Platform
from test_checking import OURS, _load

from harness.core.errors import UsageError
from harness.core.event import Event
from harness.core.journal import Journal
from harness.targets import asking, wallets
from harness.targets.adapter import Adapter
from harness.targets.asking import Asker
from harness.targets.connecting import Reply
from harness.targets.target import Target
from harness.targets.wallets import Purses

NAMED = {"order_no": "no", "amount": "fen"}
KINDS = {"kind": "kind", "kinds": {"in": "topup", "out": "paid", "back": "refunded"}}
READ = {"get": "/wallet", "take": {"balance": "balance", "lines": "rows"}}
TOPUP = {"id": "cz", "kind": "topup", "price": "100", "face": "100"}


def wallet(lines=NAMED, read=READ, **more):
    return {"read": read, "lines": lines, **more}


def shown(body, lines=NAMED, read=READ, **changed):
    speaks = adapter(wallet=wallet(lines, read), **changed)
    return speaks.read(
        "wallet", 200, {}, body if isinstance(body, bytes) else json.dumps(body).encode()
    )


def test_signs_alone_say_what_a_line_is_where_no_kinds_are_named():
    rows = [{"no": "N1", "fen": -990}, {"no": "N2", "fen": 5}, {"no": None, "fen": 1}]
    answer = shown({"balance": 700, "rows": rows})
    assert answer.values["balance_fen"] == 700
    assert answer.values["lines"] == ["-990 any N1", "5 any N2", "1 any "]


def test_a_kind_says_the_sign_and_what_has_no_name_of_ours_belongs_to_no_order():
    kinds = ["in", "out", "back", "fee"]
    rows = [{"no": "N1", "fen": 990, "kind": f" {kind}"} for kind in kinds]
    rows.append({"fen": -7, "kind": "cash"})
    answer = shown({"balance": 0, "rows": rows}, {**NAMED, **KINDS})
    texts = ["990 topup N1", "-990 paid N1", "990 refunded N1", "990 other ", "-7 other "]
    assert answer.values["lines"] == texts


def test_a_number_within_a_text_and_another_unit():
    lines = {"order_no": "2", "order_no_in": "订单(\\w+)", "amount": "1", "money": "yuan"}
    read = {
        "get": "/w",
        "take": {"balance": {"css": "b"}, "lines": {"css": "tr", "cells": "td", "all": True}},
    }
    page = "<b>¥1,007.05</b><table><tr><td>-9.90<td>购买 订单N1 话费</tr><tr><td>+3<td>赠送</tr></table>"
    answer = shown(page.encode(), lines, read)
    assert answer.values["balance_fen"] == 100_705
    assert answer.values["lines"] == ["-990 any N1", "300 any "]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"balance": "x", "rows": []}, "whole fen"),
        ({"balance": 1, "rows": [{"no": "N1"}]}, "has no 'fen'"),
        ({"balance": 1, "rows": "0"}, None),
        ({"balance": 1}, "lines is missing"),
    ],
)
def test_what_cannot_be_read_is_unknown(body, said):
    answer = shown(body)
    if said is None:
        assert answer.values["lines"] == []
        return
    assert answer.outcome == "unknown"
    assert said in answer.reason


def test_lines_of_a_wallet_and_of_a_bill_are_two_things():
    bill = {"get": "/bill", "take": {"lines": "@"}}
    said = {"order_no": "no", "amount": "fen", "kind": "k", "kinds": {"p": "paid"}}
    speaks = adapter(wallet=wallet(), bill=bill, bill_lines=said)
    row = {"no": "N1", "fen": 9, "k": "p"}
    read = speaks.read("wallet", 200, {}, json.dumps({"balance": 1, "rows": [row]}).encode())
    assert read.values["lines"] == ["9 any N1"]
    billed = speaks.read("bill", 200, {}, json.dumps([row]).encode())
    assert billed.values["lines"][0].order_no == "N1"


def test_a_top_up_is_placed_and_looked_at_by_requests_of_its_own_if_there_are_any():
    topup = {"post": "/recharge", "form": {"n": "{{goods.price}}"}, "take": {"order_no": "no"}}
    status = {"get": "/recharge/{{order_no}}", "take": {"state": "s"}}
    goods = [*BASE["goods"], TOPUP]
    both = adapter(goods=goods, wallet=wallet(topup=topup, topup_status=status))
    of_topup = {**SCOPE, "goods": {"id": "cz"}}
    paths = [
        next(one.flow(name, scope)).path
        for one in (both, adapter(goods=goods, wallet=wallet()))
        for scope in (SCOPE, of_topup)
        for name in ("place", "status")
    ]
    order = ["/orders?v=2&ch=e-pay", "/orders/N1"]
    assert paths == [*order, "/recharge", "/recharge/N1", *order, *order]


def page(*numbers, balance=5):
    return 200, json.dumps(
        {"balance": balance, "rows": [{"no": n, "fen": 1} for n in numbers]}
    ).encode()


def turned(*pages):
    """What a wallet in pages is read as, and which pages were asked for; pages come in this order."""
    read = {"get": "/wallet", "query": {"p": "{{page}}"}, "take": READ["take"]}
    flow = adapter(wallet=wallet(read=read)).flow("wallet", SCOPE)
    asked, call = [], next(flow)
    for status, came in pages:
        asked.append(call.path.partition("p=")[2])
        try:
            call = flow.send(Reply(status, {}, came))
        except StopIteration as end:
            return end.value, asked
    return None, asked


@pytest.mark.parametrize(
    ("pages", "lines", "asked"),
    [
        ([page("a", "b"), page("c"), page(), page("a", "b")], ["a", "b", "c"], "1231"),
        ([page("a"), page("a"), page("a")], ["a"], "121"),
        ([page(), page()], [], "11"),
        ([page("b"), page("b", balance=4), page("c", balance=4), page("c"), page(), page("c")], ["c"], "121121"),
    ],
    ids=["until one is empty", "a shop that shows its last page for ever", "nothing in it", "a line came meanwhile"],
)  # fmt: skip
def test_a_wallet_in_pages_is_read_to_its_end(pages, lines, asked):
    answer, pages_asked = turned(*pages)
    assert answer.outcome == "ok"
    assert answer.values["lines"] == [f"1 any {number}" for number in lines]
    assert "".join(pages_asked) == asked


def test_pages_that_never_rest_or_break_off_are_unknown():
    answer, asked = turned(
        page("a"), page(), page("b"), page("b"), page(), page("c"), page("c"), page(), page("d")
    )
    assert (answer.outcome, answer.reason) == ("unknown", "it changed while its pages were read")
    assert "".join(asked) == "121121121"
    answer, _ = turned(page("a"), (500, b""))
    assert answer.outcome == "unknown"


def test_only_a_wallet_has_pages(tmp_path):
    text = SELLS + QUOTED.replace("/wallet,", "'/wallet?p={{page}}',")
    assert _load(tmp_path, text).wallet is not None
    with pytest.raises(UsageError, match=r"nothing is called \{\{page\}\}"):
        _load(tmp_path, OURS.replace("get: /health", "get: '/health?p={{page}}'"))


WALLET = """
wallet:
  read: {get: /wallet, take: {balance: balance, lines: rows}}
  lines: {order_no: no, amount: fen}
  channel: balance
"""
SUPPLIED = 'face: "100", operators: {yile: {product: "1", cost: "1"}}}'
SELLS = OURS.replace("gateways:", '  - {id: cz, kind: topup, price: "100", face: "100"}\ngateways:')
QUOTED = WALLET.replace("order_no: no,", 'order_no: "no",')


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        (SELLS, "goods[1]", "a top-up needs a `wallet`"),
        (SELLS.replace('face: "100"}', SUPPLIED) + QUOTED, "goods[1]", "no operator delivers a top-up"),
        (OURS + QUOTED.replace("lines: rows}", "ls: rows}"), "wallet.read", "`balance` and `lines`"),
        (OURS + QUOTED.replace("/wallet,", "'/wallet/{{order}}',"), "wallet.read.get", "order_no"),
        (OURS + QUOTED + "  topup: {post: /r}\n", "wallet.topup", "no goods of kind topup"),
        (OURS + QUOTED.replace("  channel: balance\n", "  pay: {post: /p}\n"), "wallet", "`pay` needs `channel`"),
        (OURS + QUOTED + '  credit: "-1"\n', "wallet", "credit"),
        (OURS + QUOTED.replace("amount: fen", "amount: fen, kind: k"), "wallet.lines", "both or neither"),
        (OURS + QUOTED.replace("amount: fen", "amount: fen, order_no_in: '('"), "wallet.lines", "order_no_in"),
        (OURS.replace("{epay: {}}", "{wallet: {dialect: epay}}") + QUOTED, "gateways.wallet", "from the balance"),
    ],
)  # fmt: skip
def test_a_mistake_about_the_wallet_is_named_with_its_place(tmp_path, text, place, said):
    with pytest.raises(UsageError) as wrong:
        _load(tmp_path, text)
    assert place in str(wrong.value)
    assert said in str(wrong.value)


def test_a_wallet_is_a_way_to_pay_and_top_ups_are_known_by_what_they_bring(tmp_path):
    ours = _load(tmp_path, SELLS + QUOTED + '  credit: "5.00"\n')
    assert (ours.channel("wallet"), ours.channel("epay")) == ("balance", "epay")
    assert ours.topups() == (("cz", 10_000, 10_000),)
    assert ours.further()["wallet_credit"] == 500
    assert ours.own_stock() == []


# Who reads them


@pytest.fixture
def platform(monkeypatch):
    monkeypatch.setattr(asking, "PAUSE_S", 0.0)
    monkeypatch.setattr(wallets, "PAUSE_S", 0.0)
    with Platform() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def body(balance, *rows):
    lines = [{"no": no, "fen": fen} for no, fen in rows]
    return 200, json.dumps({"balance": balance, "rows": lines}).encode()


def row(kind, intent, **more):
    return Event(vantage="customer", kind=kind, intent=intent, time_ns=5, **more)


def wants(intent, sku="g", channel="wallet", price=990, customer=3):
    detail = {"customer": customer, "units": 1}
    return row("intent", intent, sku=sku, channel=channel, amount_fen=price, detail=detail)


OPENING = Event(
    vantage="customer", kind="wallet", outcome="ok", state="opening", detail={"customer": 3}
)


def purses(platform, folder, *rows):
    written = []
    path = folder / "traffic-0.ndjson"
    with Journal(path, run="r", recorder="traffic-0", vantage="customer") as journal:
        for one in (OPENING, *rows):
            journal.write(one)
    base = {**BASE, "goods": [*BASE["goods"], TOPUP], "wallet": wallet()}
    speaks = Adapter(msgspec.convert(base, Target))
    asker = Asker(speaks, platform.url, lambda number: {"phone": f"p{number}"})
    return Purses(asker, written.append, [path], ["cz"]), written


def still(purse, open_ns=(), units=(), supplied=True):
    return asyncio.run(purse.still_open(dict(open_ns), dict(units), supplied=supplied))


@pytest.mark.parametrize(
    ("rows", "units", "left"),
    [
        ([("N1", -990)], {}, {1: 5}),
        ([("N1", -990)], {1: 1.0}, {}),
        ([("N1", -990), ("N1", 990)], {}, {}),
        ([("N1", -990)], {1: 0.5}, {1: 5}),
        ([("N1", -990), ("N1", 495)], {1: 0.5}, {}),
        ([], {}, {}),
    ],
    ids=["debited", "delivered", "given back", "half of it came", "and the other half went back", "never debited"],
)  # fmt: skip
def test_what_is_paid_from_a_balance_is_open_until_it_is_there_or_back(
    platform, tmp_path, rows, units, left
):
    platform.answers = [body(0, *rows)]
    placed = row("place", 1, outcome="ok", order_no="N1")
    purse, written = purses(platform, tmp_path, wants(1), placed)
    assert still(purse, units=units) == left
    assert purse.paid() == {1: 5}
    assert [(one.kind, one.state, one.amount_fen) for one in written] == [("wallet", "", 0)]


def test_top_ups_and_refunds_of_what_a_gateway_took_are_over_when_the_wallet_has_them(
    platform, tmp_path
):
    orders = [
        (wants(1, "cz", "epay"), row("place", 1, outcome="ok", order_no="T1")),
        (wants(2, "cz", "epay"), row("place", 2, outcome="ok", order_no="T2")),
        (wants(3, "g", "epay"), row("place", 3, outcome="ok", order_no="N3")),
    ]
    platform.answers = [body(0, ("T1", 10_000), ("N3", 990))]
    purse, _ = purses(platform, tmp_path, *(one for pair in orders for one in pair))
    assert still(purse, {1: 7, 2: 8, 3: 9}) == {2: 8}
    assert still(purse, {1: 7, 2: 8, 3: 9}, supplied=False) == {2: 8}
    assert len([path for path, _ in platform.asked if path == "/wallet"]) == 1


def test_without_operators_only_top_ups_are_known_to_be_open(platform, tmp_path):
    platform.answers = [body(0)]
    pairs = [
        wants(1, "cz", "epay"),
        row("place", 1, outcome="ok", order_no="T1"),
        wants(2, "g", "epay"),
    ]
    purse, _ = purses(platform, tmp_path, *pairs, row("place", 2, outcome="ok", order_no="N2"))
    assert still(purse, {1: 7, 2: 8}, supplied=False) == {1: 7}


def test_the_final_read_is_of_a_wallet_at_rest(platform, tmp_path):
    platform.answers = [body(1), body(2), body(2)]
    purse, written = purses(platform, tmp_path)
    asyncio.run(purse.read_all())
    assert [(one.state, one.outcome, one.amount_fen) for one in written] == [("final", "ok", 2)]
    assert written[0].detail == {"customer": 3, "lines": []}


def test_a_wallet_that_never_rests_or_cannot_be_read_is_unknown(platform, tmp_path):
    purse, written = purses(platform, tmp_path)
    platform.answers = [body(n) for n in range(9)]
    asyncio.run(purse.read_all())
    platform.answers = [(500, b"")]
    asyncio.run(purse.read_all())
    assert [(one.outcome, one.amount_fen) for one in written] == [("unknown", None)] * 2
    assert "something else at each look" in written[0].detail["reason"]
