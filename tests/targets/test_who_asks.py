"""Whether a platform can tell a stranger: by a session, or by what a request says or is signed with."""

import asyncio
import hashlib
import json
import threading
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from test_adapter import BASE
from test_audit import Platform

from harness.targets import audit
from harness.targets._mending import keeps_strangers_out
from harness.targets._strangers import is_signed, knows_customers
from harness.targets.adapter import Adapter
from harness.targets.audit import Auditor, Known
from harness.targets.target import Target

READ = {"get": "/orders/{{order_no}}", "take": {"state": "state"}}
LOGIN = {"login": {"post": "/login", "json": {}, "take": {"token": "token"}}}
SIGN = {
    "recipe": "md5",
    "text": "{{fields}}{{customer.app_id}}",
    "key": {"value": "k"},
    "into": {"field": "sign"},
}


@pytest.mark.parametrize(
    ("status", "session", "knows"),
    [
        (READ, {}, False),
        (READ, LOGIN, True),
        ({**READ, "query": {"app": "{{customer.app_id}}"}}, {}, True),
        ({**READ, "headers": {"X-Phone": "{{ customer.phone | md5 }}"}}, {}, True),
        ({**READ, "query": {}, "sign": SIGN}, {}, True),
        (
            {
                **READ,
                "query": {},
                "sign": {**SIGN, "text": "{{fields}}", "key": {"value": "{{customer.key}}"}},
            },
            {},
            True,
        ),
        ({**READ, "query": {}, "sign": {**SIGN, "text": "{{fields}}"}}, {}, False),
        ({**READ, "headers": {"X-From": "{{customer.address}}"}}, {}, False),
        ([{**READ}, {**READ, "query": {"app": "{{customer.app_id}}"}}], {}, True),
    ],
    ids=[
        "nobody asks",
        "a session",
        "by name",
        "by a header",
        "by signature",
        "by whose key",
        "by one key for all",
        "from where",
        "in a later step",
    ],
)
def test_who_asks_is_known_by_a_session_or_by_the_request(status, session, knows):
    target = msgspec.convert({**BASE, "status": status, "session": session}, Target)
    assert knows_customers(target) is knows


@pytest.mark.parametrize(
    ("account", "session", "keeps"),
    [
        ("{{intent.account}}", {}, False),
        ("{{intent.account}}", LOGIN, True),
        ("{{intent.account}} of {{customer.phone}}", {}, True),
        ("13800138000", LOGIN, False),
    ],
    ids=["nobody asks", "in a session", "by name", "nothing can be mended"],
)
def test_strangers_can_be_kept_from_mending_where_who_asks_is_known(account, session, keeps):
    resend = {"post": "/api/orders/{{order_no}}/resend", "json": {"account": account}}
    target = msgspec.convert({**BASE, "status": READ, "session": session, "resend": resend}, Target)
    assert keeps_strangers_out(target) is keeps


def test_customers_are_told_apart_by_how_they_place_orders():
    place = {"post": "/orders", "json": {"no": "{{intent.token}}"}, "take": {"order_no": "no"}}
    own = {**place, "sign": {**SIGN, "text": "{{fields}}", "key": {"value": "{{customer.key}}"}}}
    for session, said, apart in (({}, place, False), (LOGIN, place, True), ({}, own, True)):
        base = {**BASE, "session": session, "place": said, "status": READ}
        assert Adapter(msgspec.convert(base, Target)).has("customers") is apart


def test_where_requests_are_signed_and_there_is_no_session_a_made_up_signature_is_tried(
    monkeypatch,
):
    monkeypatch.setattr(audit, "PAUSE_S", 0.0)
    sign = {**SIGN, "text": "{{fields}}"}
    asks = {**READ, "query": {"no": "{{order_no}}"}, "sign": sign}
    target = msgspec.convert({**BASE, "status": asks, "session": {}}, Target)
    rows = []
    with Platform() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        server.answers = [(200, json.dumps({"state": "DONE"}).encode())]
        auditor = Auditor(Adapter(target), server.url, lambda n: {"phone": f"p{n}"}, rows.append)
        asyncio.run(auditor.read_all([Known(0, 0, "N0"), Known(1, 1, "N1")]))
        server.shutdown()
        thread.join()
    said = [parse_qs(urlsplit(path).query) for path, _ in server.asked]
    right = {
        no: hashlib.md5(f"no={no}".encode(), usedforsecurity=False).hexdigest()
        for no in ("N0", "N1")
    }
    tried = [(one["no"][0], one["sign"][0] == right[one["no"][0]]) for one in said]
    assert sorted(tried[:2]) == [("N0", True), ("N1", True)]
    assert sorted(tried[2:]) == [("N0", False), ("N1", False)], (
        "no other customer asks: all sign with one key"
    )
    assert sorted(row.intent for row in rows if row.kind == "trespass") == [0, 1]
    assert is_signed(target)
    assert not is_signed(msgspec.convert({**BASE, "status": asks, "session": LOGIN}, Target))


def test_somebody_who_never_logged_in_asks_as_well(monkeypatch):
    monkeypatch.setattr(audit, "PAUSE_S", 0.0)
    target = msgspec.convert(BASE, Target)
    rows = []
    with Platform() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        auditor = Auditor(Adapter(target), server.url, lambda n: {"phone": f"p{n}"}, rows.append)
        asyncio.run(auditor.read_all([Known(0, 0, "N0"), Known(1, 1, "N1")]))
        server.shutdown()
        thread.join()
    for order_no in ("N0", "N1"):
        asked = [said for path, said in server.asked if path == f"/orders/{order_no}"]
        assert sorted(one or "" for one in asked) == ["", "Bearer ", "Bearer t9", "Bearer t9"]
    shown = [row.intent for row in rows if row.kind == "trespass" and row.outcome == "ok"]
    assert sorted(shown) == [0, 0, 0, 1, 1, 1], "this platform refuses nobody"
