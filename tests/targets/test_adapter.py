"""The declarative adapter: what is sent, and what an answer means."""

import msgspec
import pytest

from harness.core.errors import UsageError
from harness.targets.adapter import Adapter
from harness.targets.target import Target, settings

BASE = {
    "name": "ours",
    "base_url": "http://127.0.0.1:1",
    "goods": [{"id": "g", "kind": "phone", "price": "9.90", "face": "10.00"}],
    "gateways": {"epay": {"channel": "e-pay"}},
    "operators": {"kasushou": {}},
    "session": {
        "login": {
            "post": "/login",
            "form": {"u": "{{customer.phone}}"},
            "take": {"token": "data.token"},
        },
        "send": {"Authorization": "Bearer {{token}}"},
    },
    "place": {
        "post": "/orders?v=2",
        "query": {"ch": "{{channel}}"},
        "json": {"goods": "{{goods.id}}", "lines": ["{{intent.account}}"], "n": 1},
        "take": {"order_no": "data.no", "amount": "data.amount", "pay_url": "data.pay.url"},
    },
    "status": {"get": "/orders/{{order_no}}", "take": {"state": "s", "cards": "cards[*].code"}},
    "states": {"1": "paid", "DONE": "delivered"},
}
SCOPE = {
    "customer": {"phone": "138"},
    "goods": {"id": "g"},
    "intent": {"account": "a&b"},
    "channel": "e-pay",
    "token": "t",
    "order_no": "N1",
}


def adapter(**changed):
    return Adapter(msgspec.convert({**BASE, **changed}, Target))


def test_a_quantity_may_be_sent_as_a_number():
    place = {"post": "/orders", "json": {"qty": "{{intent.quantity | number}}"}}
    scope = {**SCOPE, "intent": {**SCOPE["intent"], "quantity": "3"}}
    call = next(adapter(place=place).flow("place", scope))
    assert msgspec.json.decode(call.body) == {"qty": 3}


def test_a_json_request_carries_session_query_and_nested_holes():
    call = adapter().call("place", SCOPE)
    assert (call.method, call.path) == ("POST", "/orders?v=2&ch=e-pay")
    assert call.headers["Authorization"] == "Bearer t"
    assert msgspec.json.decode(call.body) == {"goods": "g", "lines": ["a&b"], "n": 1}


def test_a_form_request_is_encoded_and_login_needs_no_session():
    call = adapter().call("login", SCOPE)
    assert call.body == b"u=138"
    assert "Authorization" not in call.headers


def test_a_hole_without_a_value_is_named():
    with pytest.raises(UsageError, match="order_no"):
        adapter().call("status", {"token": "t"})


def read(name, status, body, **changed):
    return adapter(**changed).read(name, status, {}, body)


def test_an_answer_with_everything_taken_is_ok():
    body = b'{"data": {"no": "N1", "amount": 990, "pay": {"url": "u"}}}'
    answer = read("place", 201, body)
    assert answer.outcome == "ok"
    assert answer.values == {"order_no": "N1", "amount_fen": 990, "pay_url": "u"}


def test_money_in_yuan_becomes_fen():
    body = b'{"data": {"no": "N1", "amount": "9.9", "pay": {"url": "u"}}}'
    assert read("place", 200, body, money="yuan").values["amount_fen"] == 990


def test_states_are_mapped_and_cards_collected():
    answer = read("status", 200, b'{"s": 1, "cards": [{"code": "A"}, {"code": "B"}]}')
    assert answer.values == {"state": "paid", "cards": ["A", "B"]}
    assert read("status", 200, b'{"s": "DONE"}').values == {"state": "delivered", "cards": []}


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (500, b"", "unknown"),
        (503, b"{}", "unknown"),
        (404, b"{}", "fail"),
        (302, b"", "fail"),
        (200, b"<html>busy</html>", "unknown"),
        (200, b'{"data": {"no": "N1"}}', "unknown"),
        (200, b'{"data": null}', "unknown"),
        (200, b"[1]", "unknown"),
        (200, b'{"data": {"no": "N1", "amount": 9.9, "pay": {"url": "u"}}}', "unknown"),
    ],
)
def test_what_an_answer_means(status, body, outcome):
    answer = read("place", status, body)
    assert answer.outcome == outcome
    assert outcome == "ok" or answer.reason


def test_an_unknown_state_is_named():
    answer = read("status", 200, b'{"s": "WEIRD"}')
    assert answer.outcome == "unknown"
    assert "WEIRD" in answer.reason


def test_no_answer_may_have_happened_unless_it_was_never_sent():
    assert adapter().unanswered(sent=True).outcome == "unknown"
    assert adapter().unanswered(sent=False).outcome == "fail"


def test_secrets_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("OURS_KEY", "s3cret")
    entry = {"channel": "x", "pid": "1", "key": {"env": "OURS_KEY"}}
    assert settings(entry, "t") == {"pid": "1", "key": "s3cret"}
    monkeypatch.delenv("OURS_KEY")
    with pytest.raises(UsageError, match="OURS_KEY is not set"):
        settings(entry, "t")


@pytest.mark.parametrize(
    "changed",
    [
        {"place": {"post": "/a", "get": "/b"}},
        {"place": {"json": {}}},
        {"place": {"post": "/a", "json": {}, "form": {}}},
        {"goods": []},
        {"goods": [{"id": "g", "kind": "phone", "price": "free", "face": "1"}]},
        {"customers": 0},
        {"handles_within": "soon"},
        {"states": {"X": "gone"}},
        {"nonsense": 1},
    ],
)
def test_targets_that_make_no_sense_are_refused(changed):
    with pytest.raises(msgspec.ValidationError):
        adapter(**changed)
