"""Calls of several steps, driven without any connection: what is sent next, and what all of it meant."""

import hashlib
from pathlib import Path

import msgspec
import pytest
from test_adapter import BASE, SCOPE

from harness.core.errors import UsageError
from harness.targets import target as targets
from harness.targets.adapter import Adapter
from harness.targets.found import adapter_of, with_accounts
from harness.targets.target import Target
from harness.targets.template import filled

GATEWAY = "http://127.0.0.1:9"
FORM = (
    '<form id="f" method="post" action="/buy"><input type="hidden" name="_token" value="t&amp;1">'
    '<input name="n" value="1"><input type="checkbox" name="c"><select name="w"><option value="ali" selected></select>'
    '<input type="submit" name="go" value="x"></form>'
)
PLACE = [
    {"get": "/goods"},
    {
        "form_of": "#f",
        "form": {"n": "2"},
        "take": {"order_no": {"location": True, "regex": r"/(\w+)$"}},
    },
    {"get": "/pay/{{order_no}}", "follow": "gateway"},
]


class Came(msgspec.Struct):
    status: int = 200
    body: bytes = b""
    headers: dict = {}


def adapter(gateways=(GATEWAY,), **changed):
    return Adapter(msgspec.convert({**BASE, **changed}, Target), gateway_urls=gateways)


def told(one, name, *answers, **scope):
    """Return the calls that were made and the answer, given the platform's own answers."""
    flow = one.flow(name, {**SCOPE, "cookies": {}, **scope})
    calls = [next(flow)]
    for answer in answers:
        try:
            calls.append(flow.send(answer))
        except StopIteration as end:
            return calls, end.value
    raise AssertionError("the flow wants more answers")


def to(place):
    return Came(302, b"", {"location": place})


def test_a_form_is_sent_with_its_hidden_fields_and_the_way_to_the_gateway_is_found():
    auto = f'<form action="{GATEWAY}/submit.php" method="post"><input type="hidden" name="a" value="1"></form>'
    pages = [
        Came(body=FORM.encode(), headers={"set-cookie": "sid=1; path=/\nx=2"}),
        to("/bill/N7"),
        Came(body=b"<script>location.href='/go?x=1';</script>"),
        Came(body=f"{auto}<script>document.forms[0].submit()</script>".encode()),
    ]
    calls, answer = told(adapter(place=PLACE), "place", *pages)
    assert [call.path for call in calls] == ["/goods", "/buy", "/pay/N7", "/go?x=1"]
    assert calls[1].body == b"_token=t%261&n=2&w=ali"
    assert calls[1].headers["Cookie"] == "sid=1; x=2"
    assert answer.outcome == "ok"
    assert answer.values == {"order_no": "N7", "pay_url": f"{GATEWAY}/submit.php?a=1"}


@pytest.mark.parametrize(
    ("pages", "outcome", "why"),
    [
        ([True], "fail", "step 1"),
        ([Came(body=b"<p>sold out</p>")], "fail", "no form"),
        ([Came(body=FORM.encode()), True], "unknown", "step 2"),
        ([Came(body=FORM.encode()), False], "fail", "not sent"),
        ([Came(body=FORM.encode()), to("/bill/N7"), Came(404)], "unknown", "step 3"),
        ([Came(body=FORM.encode()), to("/bill/N7"), Came(body=b"click")], "unknown", "no gateway"),
        (
            [Came(body=FORM.encode()), to("/bill/N7"), to("http://127.0.0.1:8/x")],
            "unknown",
            "no gateway",
        ),
    ],
)
def test_what_a_call_that_stops_half_way_means(pages, outcome, why):
    _, answer = told(adapter(place=PLACE), "place", *pages)
    assert answer.outcome == outcome
    assert why in answer.reason


def test_whoever_taps_twice_or_tries_again_sends_the_same_form():
    kept, intent = {}, {"account": "138", "token": "t"}
    fresh = [FORM.replace("t&amp;1", token) for token in ("one", "two", "three", "four")]

    def place(form, *answers, **over):
        said = {"submitted": kept, "intent": intent, "cookies": {("now", "/"): "1"}} | over
        return told(adapter(place=PLACE[:2]), "place", Came(body=form.encode()), *answers, **said)

    first, _ = place(fresh[0], True)
    again, answer = place(fresh[1], to("/bill/N7"), cookies={("now", "/"): "2"})
    assert first[1].body == again[1].body == b"_token=one&n=2&w=ali"
    assert (again[1].headers["Cookie"], answer.values) == ("now=2", {"order_no": "N7"})
    other, _ = place(fresh[2], to("/bill/N8"), intent={"account": "139", "token": "t"})
    assert b"_token=three" in other[1].body
    place(fresh[2], Came(422))
    after_a_refusal, _ = place(fresh[3], to("/bill/N9"))
    assert b"_token=four" in after_a_refusal[1].body


def test_a_way_without_end_is_left():
    _, answer = told(adapter(place=PLACE[2]), "place", *[to("/again")] * 9, order_no="N")
    assert answer.outcome == "unknown"
    assert "more than" in answer.reason


def test_a_redirect_to_the_login_page_ends_the_session():
    one = adapter(session={"ended_when": {"location": "/login"}})
    _, answer = told(one, "status", to("/login?next=/"))
    assert answer.ended
    assert "/login" in answer.reason


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (b'{"code": 0, "s": 1}', "ok"),
        (b'{"code": 5}', "fail"),
        (b"<html>", "unknown"),
        (b"busy", "fail"),
    ],
)
def test_an_answer_is_judged_by_what_it_says(body, outcome):
    status = {
        "get": "/s",
        "take": {"state": "s"},
        "ok_when": {"json": "code", "equals": 0},
        "fail_when": {"body": "busy"},
    }
    assert told(adapter(status=status), "status", Came(body=body))[1].outcome == outcome


@pytest.mark.parametrize(
    ("body", "outcome", "refused"),
    [
        (b'{"code": 4103}', "fail", "limit"),
        (b'{"code": 4104}', "unknown", ""),
        (b"<html>out of stock", "unknown", ""),
        (b'{"code": 0, "no": "N1", "url": "/pay"}', "ok", ""),
    ],
)
def test_a_refusal_for_the_limit_is_what_the_file_says_even_with_http_200(body, outcome, refused):
    place = {"post": "/order", "take": {"order_no": "no", "pay_url": "url"}}
    one = adapter(place=place, refusals={"limit": {"json": "code", "equals": 4103}})
    _, answer = told(one, "place", Came(200, body, {}))
    assert (answer.outcome, answer.refused) == (outcome, refused)


def test_a_request_is_signed_over_its_sorted_fields():
    sign = {"recipe": "md5", "key": {"value": "K"}, "into": {"field": "sign"}, "upper": True}
    place = {"post": "/o", "form": {"b": "2", "a": "1", "empty": ""}, "sign": sign}
    calls, _ = told(adapter(place=place), "place", Came())
    expected = hashlib.md5(b"a=1&b=2&key=K").hexdigest().upper()
    assert calls[0].body == f"b=2&a=1&empty=&sign={expected}".encode()


def test_moments_and_nonces_are_the_same_in_request_and_signature():
    sign = {
        "recipe": "sha256",
        "text": "{{timestamp}}{{nonce}}{{key}}",
        "key": {"value": "K"},
        "into": {"header": "X"},
    }
    headers = {"T": "{{timestamp}}", "N": "{{nonce}}"}
    call, _ = told(
        adapter(status={"get": "/s", "headers": headers, "sign": sign}), "status", Came()
    )
    said = call[0].headers
    assert said["X"] == hashlib.sha256(f"{said['T']}{said['N']}K".encode()).hexdigest()


def test_what_was_never_loaded_is_no_card(tmp_path):
    (tmp_path / "stock.txt").write_text("A\nB\n", encoding="utf-8")
    one = Adapter(msgspec.convert({**BASE, "card_stock": "stock.txt"}, Target), tmp_path)
    _, answer = told(
        one, "status", Came(body=b'{"s": 1, "cards": [{"code": "A"}, {"code": "sorry"}]}')
    )
    assert answer.values["cards"] == ["A"]


def test_cards_of_an_operator_need_not_be_of_the_loaded_stock(tmp_path):
    (tmp_path / "stock.txt").write_text("A\n", encoding="utf-8")
    supply = {"kasushou": {"product": "1", "cost": "9"}}
    goods = [{"id": name, "kind": "cards", "price": "9.90", "face": "10"} for name in ("g", "h")]
    mixed = {**BASE, "goods": [goods[0], {**goods[1], "operators": supply}]}
    one = Adapter(msgspec.convert({**mixed, "card_stock": "stock.txt"}, Target), tmp_path)
    page = Came(body=b'{"s": 1, "cards": [{"code": "A"}, {"code": "KA-1"}]}')
    for sold, cards in (("g", ["A"]), ("h", ["A", "KA-1"])):
        _, answer = told(one, "status", page, goods={"id": sold})
        assert answer.values["cards"] == cards


def test_cards_of_a_page_of_their_own_are_asked_for_once_delivered():
    one = adapter(
        cards={"get": "/c/{{order_no}}", "take": {"cards": {"regex": r"code=(\w+)", "all": True}}}
    )
    calls, answer = told(one, "status", Came(body=b'{"s": "DONE"}'), Came(body=b"code=A code=B"))
    assert [call.path for call in calls] == ["/orders/N1", "/c/N1"]
    assert answer.values["cards"] == ["A", "B"]


def test_filters_are_applied_in_order():
    assert filled("{{a | yuan}} {{b|md5|upper}}", {"a": 1990, "b": "x"}).startswith("19.90 9DD4")


def test_accounts_come_from_a_list_and_customers_from_addresses(tmp_path):
    (tmp_path / "a.csv").write_text("phone,password,shop\n1,p,s\n2,q,t\n", encoding="utf-8")
    raw = {**BASE, "accounts": {"csv": "a.csv"}, "source_addresses": "127.60.0.0/24"}
    target = with_accounts(msgspec.convert(raw, Target), tmp_path)
    assert target.customers == 2
    person = Adapter(target).person(1, {"phone": "x", "name": "n"})
    assert (person["phone"], person["shop"], person["name"]) == ("2", "t", "n")
    assert person["address"] == "127.60.0.2"


def test_what_yaml_cannot_say_is_a_class_beside_it(tmp_path):
    (tmp_path / "ours.py").write_text(
        "from harness.targets.adapter import Adapter\n\nclass Ours(Adapter):\n    mine = True\n",
        encoding="utf-8",
    )
    assert adapter_of(msgspec.convert({**BASE, "adapter": "ours.py"}, Target), tmp_path).mine


@pytest.mark.parametrize(
    ("line", "where"),
    [
        (
            'status: {get: "/s/{{order_no | upperr}}"}',
            r":9:.* status.get: no filter 'upperr', did you mean 'upper'",
        ),
        ("status: {get: /s, take: {state: 'a[['}}", r":9:.* status.take.state: .* no JMESPath"),
        ("status: {get: /s, take: {state: {regex: '('}}}", r":9:.* no regular expression"),
        ("status: {gett: /s}", r":9:.* unknown key 'gett', did you mean 'get'"),
    ],
)
def test_a_mistake_is_named_by_line_and_column(tmp_path, line, where):
    head = [
        "name: x",
        "base_url: http://127.0.0.1:1",
        "goods:",
        "  - {id: g, kind: cards, price: '1', face: '1'}",
        "gateways: {epay: {}}",
        "states: {a: paid}",
        "place:",
        "  post: /o",
    ]
    path = tmp_path / "t.yaml"
    path.write_text("\n".join([*head, line]), encoding="utf-8")
    with pytest.raises(UsageError, match=where):
        targets.load(path)


def test_cards_of_ones_own_stock_need_a_list(tmp_path):
    shop = Path(__file__).parents[1] / "platforms" / "card_shop" / "card_shop.yaml"
    text = shop.read_text(encoding="utf-8").replace("card_stock: stock.txt\n", "")
    path = tmp_path / "shop.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=r"shop\.yaml:\d+:\d+ goods\[0\].*card_stock"):
        targets.load(path)


def test_a_return_page_is_opened_in_the_session_and_followed_as_far_as_it_leads():
    back = f"{BASE['base_url']}/return?sign=x"
    scope = {"cookies": {("sid", "/"): "1"}, "back": back}
    calls, answer = told(adapter(), "come_back", to("/orders/N1"), Came(404), **scope)
    assert [(call.method, call.path) for call in calls] == [
        ("GET", "/return?sign=x"),
        ("GET", "/orders/N1"),
    ]
    assert all(call.headers["Cookie"] == "sid=1" for call in calls)
    assert (answer.outcome, answer.http_status, answer.values) == ("fail", 404, {})


@pytest.mark.parametrize(("status", "outcome"), [(200, "ok"), (403, "fail"), (502, "unknown")])
def test_what_a_return_page_answers(status, outcome):
    back = f"{BASE['base_url']}/return"
    _, answer = told(adapter(), "come_back", Came(status), back=back)
    assert answer.outcome == outcome


def test_a_return_page_elsewhere_is_not_opened():
    flow = adapter().flow("come_back", {**SCOPE, "cookies": {}, "back": "http://shop.example/r"})
    with pytest.raises(StopIteration) as end:
        next(flow)
    assert end.value.value.outcome == "fail"


@pytest.mark.parametrize(("state", "cards"), [("WAIT", ["CARD-0001"]), ("DONE", [])])
def test_a_card_in_the_source_is_shown_while_the_order_is_unpaid(tmp_path, state, cards):
    (tmp_path / "stock.txt").write_text("CARD-0001\n", encoding="utf-8")
    status = {
        "get": "/o/{{order_no}}",
        "take": {"state": {"css": "b"}, "cards": {"css": "li", "all": True}},
    }
    states = {"WAIT": "unpaid", "DONE": "delivered"}
    changed = {**BASE, "status": status, "states": states, "card_stock": "stock.txt"}
    one = Adapter(msgspec.convert(changed, Target), tmp_path)
    page = Came(body=f"<b>{state}</b><!-- CARD-0001 -->".encode())
    _, answer = told(one, "status", page, order_no="N1")
    assert answer.values.get("cards", []) == cards


def test_a_card_in_the_source_of_a_page_on_the_way_to_an_order_is_shown_as_well(tmp_path):
    (tmp_path / "stock.txt").write_text("CARD-0001\n", encoding="utf-8")
    one = Adapter(
        msgspec.convert({**BASE, "place": PLACE, "card_stock": "stock.txt"}, Target), tmp_path
    )
    pages = [
        Came(body=FORM.encode() + b'<input type="hidden" value="CARD-0001">'),
        to("/bill/N7"),
        to(f"{GATEWAY}/pay"),
    ]
    _, answer = told(one, "place", *pages)
    assert (answer.outcome, answer.values["cards"]) == ("ok", ["CARD-0001"])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{n | number}}", 4990),
        ("{{y | number}}", 49.9),
        ("n={{n | number}}", "n=4990"),
        ("{{n}}", "4990"),
    ],
)
def test_a_number_is_one_where_it_is_all_of_a_text(text, value):
    found = filled(text, {"n": "4990", "y": "49.90"})
    assert (found, type(found)) == (value, type(value))


def test_what_is_no_number_is_said():
    with pytest.raises(UsageError, match="'A1' is no number"):
        filled("{{n | number}}", {"n": "A1"})
