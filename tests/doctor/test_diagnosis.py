"""Each step at which an order's way can break off is named, from facts alone, and said in both languages."""

from pathlib import Path

import msgspec
import pytest

from harness.core.event import Event
from harness.doctor.diagnosis import diagnose, keys_of
from harness.doctor.facts import Chain, Facts, Payment, Told
from harness.doctor.masking import Masker, secrets_in
from harness.doctor.told import text
from harness.doctor.words import STEPS, sentence

GATE, OPS = "http://127.0.0.1:9001", "kasushou"
CHAIN = Chain(
    goods="hf50",
    kind="phone",
    price_fen=4990,
    gateway="epay",
    operators=(OPS,),
    products={OPS: "12"},
    account="13800000001",
)


def gateway(kind, **more):
    return Event(vantage="gateway", kind=kind, channel="epay", order_no="N1", **more)


def operator(kind, **more):
    return Event(vantage="operator", kind=kind, channel=OPS, order_no="N1", **more)


CREATE = gateway("create", outcome="ok", amount_fen=4990)
NOTIFY = gateway("notify", outcome="ok", http_status=200, detail={"op": "pay"})
SUBMIT = operator("submit", outcome="ok", sku="12")
DELIVERED = operator("delivered", account=CHAIN.account)
CALLBACK = operator("notify", outcome="ok", state="delivered", http_status=200)
PLACE = Told(
    name="place",
    outcome="ok",
    status=200,
    values={"order_no": "N1", "amount_fen": 4990, "pay_url": f"{GATE}/pay/1"},
    request="POST /orders",
    reply="HTTP 200",
)
STATUS = Told(name="status", outcome="ok", status=200, values={"state": "delivered"})
WHOLE = Facts(
    chain=CHAIN,
    base_url="http://127.0.0.1:8000",
    calls={"login": Told(name="login", outcome="ok"), "place": PLACE, "status": STATUS},
    pay_url=f"{GATE}/pay/1",
    gateway_urls={"epay": GATE, "wechat_pay": "http://127.0.0.1:9002"},
    payment=Payment(outcome="ok"),
    rows=(CREATE, NOTIFY, SUBMIT, DELIVERED, CALLBACK),
    waited_s=9.0,
)
with_ = msgspec.structs.replace


PROMISING = with_(WHOLE, chain=with_(CHAIN, channels=("sms",)))
SENT = Event(vantage="message", kind="sent", channel="sms", order_no="N1")


def said(name, reason, status=200, outcome="unknown", **more):
    told = Told(name=name, outcome=outcome, status=status, reason=reason, **more)
    return with_(WHOLE, calls={**WHOLE.calls, name: told})


def values(name, **more):
    told = WHOLE.calls[name]
    return with_(WHOLE, calls={**WHOLE.calls, name: with_(told, values={**told.values, **more})})


def rows(*kept, **more):
    return with_(WHOLE, rows=kept, **more)


def silent(row, status=0, **detail):
    return with_(row, outcome="unknown", http_status=status, detail={"op": "pay", **detail})


CARDS = with_(WHOLE, chain=with_(CHAIN, kind="cards"))
HANDED = with_(DELIVERED, detail={"cards": ["KA1"], "card_passwords": ["PW-1"]})


def showing(*cards, passwords=True):
    """A card order that the operator handed a number and a password out for, and what its customer is shown."""
    chain = with_(CHAIN, kind="cards", passwords=passwords)
    status = with_(
        WHOLE.calls["status"], values={**WHOLE.calls["status"].values, "cards": list(cards)}
    )
    ledger = tuple(HANDED if row is DELIVERED else row for row in WHOLE.rows)
    return with_(WHOLE, chain=chain, calls={**WHOLE.calls, "status": status}, rows=ledger)


def listing(*order_nos):
    told = Told(name="order_list", outcome="ok", status=200, values={"order_nos": [*order_nos]})
    return with_(WHOLE, calls={**WHOLE.calls, "order_list": told})


NOT_OK = "ok_when does not hold: code should be 0 and is 40003; the answer: '{\"code\":40003}'"
UNREAD = "the answer cannot be read: "
BROKEN = {
    "unhealthy": with_(WHOLE, unhealthy="no answer within 20 s"),
    "platform_ended": with_(said("place", "ReadTimeout", 0), ended="No module named 'queue'"),
    "no_connection": said("login", "refused", 0, "fail", sent=False),
    "no_answer": said("place", "ReadTimeout", 0),
    "server_error": said("place", "HTTP 502", 502),
    "login_refused": said("login", "HTTP 403", 403, "fail"),
    "session_over": said("place", "HTTP 401: session ended", 401, "fail", ended=True),
    "template_hole": said("place", "{{pay_no}} has no value here (known: goods)", 0, "fail"),
    "not_json": said("login", f"{UNREAD}JSON was expected and HTML came: '<html>'"),
    "no_form": said("place", "step 2 of 4: the page has no form 'form#buy'"),
    "refused": said("place", "HTTP 422", 422, "fail"),
    "not_ok": said("place", f"HTTP 200: {NOT_OK}", 200, "fail"),
    "key_unreadable": said("place", "the key cannot be read: Incorrect padding", 0, "fail"),
    "take_nothing": said("place", f"{UNREAD}order_no is missing", body='{"d": {"no": "1"}}'),
    "amount_unreadable": said("place", f"{UNREAD}an amount in whole fen, not 9.9"),
    "amount_unit": values("place", amount_fen=499_000),
    "price_differs": values("place", amount_fen=4_980),
    "no_pay_url": with_(WHOLE, pay_url="", payment=None, rows=()),
    "way_elsewhere": said("place", "http://a leads to http://127.0.0.1:5, no gateway of this run"),
    "way_lost": said("place", "http://127.0.0.1/pay leads to no gateway: '<html>'"),
    "pay_url_elsewhere": with_(WHOLE, pay_url="https://pay.example/1", rows=()),
    "other_gateway": with_(WHOLE, pay_url="http://127.0.0.1:9002/x", rows=()),
    "gateway_not_asked": rows(),
    "gateway_signature": rows(unreadable={"epay": "签名错误"}),
    "gateway_refused": rows(with_(CREATE, outcome="fail", detail={"reason": "duplicate"})),
    "gateway_amount_unit": rows(with_(CREATE, amount_fen=499_000)),
    "gateway_amount": rows(with_(CREATE, amount_fen=4_991)),
    "not_payable": rows(CREATE, payment=Payment(outcome="fail", reason="closed")),
    "notify_never_sent": rows(CREATE),
    "notify_unreachable": rows(CREATE, silent(NOTIFY, reason="cannot connect", url="http://x/n")),
    "notify_not_acked": rows(CREATE, silent(NOTIFY, 200, said="fail", url="http://x/n")),
    "operator_not_asked": rows(CREATE, NOTIFY),
    "operator_signature": rows(CREATE, NOTIFY, unreadable={OPS: "sign error"}),
    "product_unknown": rows(
        CREATE, NOTIFY, with_(SUBMIT, outcome="fail", sku="77", detail={"reason": "no_product"})
    ),
    "balance_low": rows(
        CREATE, NOTIFY, with_(SUBMIT, outcome="fail", detail={"reason": "low_balance"})
    ),
    "operator_refused": rows(
        CREATE, NOTIFY, with_(SUBMIT, outcome="fail", detail={"reason": "maintenance"})
    ),
    "operator_failed": rows(CREATE, NOTIFY, SUBMIT, operator("failed")),
    "operator_slow": rows(CREATE, NOTIFY, SUBMIT),
    "wrong_account": rows(CREATE, NOTIFY, SUBMIT, with_(DELIVERED, account="13900000009")),
    "callback_unreachable": rows(CREATE, NOTIFY, SUBMIT, DELIVERED, silent(CALLBACK)),
    "callback_not_acked": rows(CREATE, NOTIFY, SUBMIT, DELIVERED, silent(CALLBACK, 200)),
    "status_unread": with_(WHOLE, calls={"place": PLACE}),
    "state_unknown": said("status", f"{UNREAD}the state 'SHIPPED' is not in the target's states"),
    "ended_otherwise": values("status", state="refunded"),
    "never_final": values("status", state="delivering"),
    "no_cards": CARDS,
    "no_passwords": showing("KA1"),
    "channel_not_asked": PROMISING,
    "order_unlisted": listing("7", "8"),
    "channel_signature": with_(PROMISING, unreadable={"sms": "密钥错误"}),
}


def test_a_chain_whose_customer_was_told_has_nothing_broken():
    assert diagnose(with_(PROMISING, rows=(*WHOLE.rows, SENT))) is None


def test_a_whole_chain_has_nothing_broken():
    assert diagnose(WHOLE) is None
    with_cards = with_(CARDS, calls=values("status", cards=["A-1"]).calls)
    assert diagnose(with_cards) is None
    assert diagnose(with_(WHOLE, pay_url="https://qr.alipay.com/bax0")) is None
    assert diagnose(listing("7", "N1")) is None


@pytest.mark.parametrize("step", BROKEN)
def test_each_step_is_named_and_said_in_both_languages(step):
    broken = diagnose(BROKEN[step])
    assert broken is not None
    assert broken.step == step
    for lang in ("en", "zh"):
        assert "{" not in sentence(step, broken.says, lang) or step == "template_hole"


def test_the_documentation_has_every_step():
    page = (Path(__file__).parents[2] / "docs" / "targets.md").read_text(encoding="utf-8")
    assert [step for step in STEPS if f"| `{step}` |" not in page] == []


def test_the_sentence_carries_what_a_person_needs():
    def says(step):
        return sentence(step, diagnose(BROKEN[step]).says, "en")

    assert "d.no" in says("take_nothing")
    assert "499000 fen" in says("amount_unit")
    assert "https://pay.example/1" in says("pay_url_elsewhere")
    assert "签名错误" in says("gateway_signature")
    assert "http://x/n" in says("notify_not_acked")
    assert "SHIPPED" in says("state_unknown")
    assert "77" in says("product_unknown")
    assert says("not_ok").endswith("(HTTP 200): code should be 0, and the answer has 40003.")


@pytest.mark.parametrize(
    ("status", "reason", "told"),
    [
        (404, "HTTP 404", "refused place: HTTP 404. Look"),
        (404, "step 2 of 3: HTTP 404", "refused place: step 2 of 3: HTTP 404. Look"),
        (200, "HTTP 200: fail_when holds", "refused place: HTTP 200: fail_when holds. Look"),
    ],
)
def test_the_status_of_a_refusal_is_said_once(status, reason, told):
    broken = diagnose(said("place", reason, status, "fail"))
    assert told in sentence("refused", broken.says, "en")


def test_a_login_that_is_not_as_ok_when_says_is_told_what_was_expected():
    broken = diagnose(said("login", f"HTTP 200: {NOT_OK}", 200, "fail"))
    told = sentence("login_refused", broken.says, "en")
    assert "refused: HTTP 200, ok_when: code should be 0 and is 40003. Look" in told


def test_only_the_first_of_several_equal_mistakes_shows_its_exchange():
    told, whole = text([BROKEN["price_differs"], BROKEN["price_differs"], WHOLE])
    assert not whole
    assert told.count("POST /orders") == 1
    assert told.count("[price_differs]") == 2
    assert "1 of 3 chains are whole" in told
    assert text([WHOLE], "zh")[1]


def test_what_first_went_wrong_hides_what_follows_from_it():
    both = with_(BROKEN["amount_unit"], rows=(), payment=None)
    assert diagnose(both).step == "amount_unit"


def test_the_keys_of_an_answer_are_told_and_html_is_quoted():
    assert keys_of('{"a": {"b": [{"c": 1}]}, "d": 2}') == "a.b[0].c, d"
    assert keys_of("<html>\n login") == "<html> login"
    assert keys_of("") == "-"


@pytest.mark.parametrize(
    "shown",
    [
        "Authorization: Bearer abc.def",
        '{"password": "hunter2x", "x": 1}',
        "a=1&user_password=hunter2x&b=2",
        "sign over k3y-value here",
        "set-cookie: PHPSESSID=deadbeef; path=/",
    ],
)
def test_secrets_are_masked_wherever_they_stand(shown):
    masked = Masker(["k3y-value"]).masked(shown)
    assert "***" in masked
    assert not any(word in masked for word in ("abc.def", "hunter2x", "k3y-value", "deadbeef"))


def test_secrets_are_found_by_the_names_of_their_keys():
    settings = {"pid": "1001", "key": "s1", "more": {"apikey": "s2", "port": 3}}
    assert secrets_in(settings) == ["s1", "s2"]


@pytest.mark.parametrize(
    "facts",
    [showing("KA1 PW1"), showing("KA1", "pass: PW-1"), showing("KA1", passwords=False)],
    ids=["in one text", "in two", "customers get them in another way"],
)
def test_cards_are_whole_with_their_passwords(facts):
    assert diagnose(facts) is None
