"""The scenarios that ship, on a platform that shares no upstream and few calls with ours: they run, or say why not."""

import re
from pathlib import Path

import pytest

from harness import scenario
from harness.core.errors import MisfitError, UsageError
from harness.search import suite

TARGET = """name: other
base_url: http://127.0.0.1:9999
money: yuan
customers: 40
goods:
  - id: hf50
    kind: phone
    price: "49.90"
    face: "50.00"
    operators: {fulu: {product: "1", cost: "49.00"}, juhe: {product: "50", cost: "49.20"}}
  - {id: qb10, kind: game, price: "9.95", face: "10.00", operators: {fulu: {product: "2", cost: "9.50"}}}
  - {id: vip30, kind: member, price: "19.90", face: "30.00", operators: {fulu: {product: "3", cost: "18.00"}}}
  - {id: card10, kind: cards, price: "9.90", face: "10.00", operators: {fulu: {product: "4", cost: "9.50"}}}
gateways: {alipay: {}}
operators: {fulu: {}, juhe: {}}
session:
  register: {post: /register, json: {phone: "{{customer.phone}}", password: "{{customer.password}}"}}
  login: {post: /login, json: {phone: "{{customer.phone}}", password: "{{customer.password}}"}, take: {token: token}}
  send: {Authorization: "Bearer {{token}}"}
place:
  post: /orders
  json: {goods: "{{goods.id}}", account: "{{intent.account}}"}
  take: {order_no: no, amount: amount, pay_url: url}
pay_link: {post: "/orders/{{order_no}}/pay", take: {pay_url: url}}
status: {get: "/orders/{{order_no}}", take: {state: state, amount: amount, cards: "cards[*]"}}
states: {w: unpaid, p: paid, c: delivering, d: delivered, r: refunded, x: closed}
promises: {settle_within: 30m}
control: {start: ["true"]}
"""
WITHOUT = {
    "i08_workers_killed": "workers",
    "i06_passwords_tried": "throttles",
    "i06_thieves_with_passwords": "announces.device",
    "i15_member_comes_late": "compensation",
    "i16_held_and_told": "announces.held",
    "i28_membership_lapses": "announces.lapse",
    "i29_published_rules": "settle_rules",
    "i31_forbidden_channels": "forbidden",
    "i31_refused_before_payment": "limits",
    "i14_batch_fails_in_part": "batch",
    "i22_complaint_at_the_gateway": "complaints",
    "i17_cancelled_and_paid": "cancel",
    "i30_account_corrected": "resend",
    "i32_tickets": "ticket",
    "i33_balance_in_a_wallet": "wallet",
}
"""Scenarios about what this platform has not at all, or promises nothing of: such a run would be about nothing."""
UNSTRUCK = {"i20_sms_down", "i08_stores_restarted"}
"""All strikes are on the message channel, or on a database and a cache: a run says that it has exercised nothing."""
NAMES = sorted(path.stem for path in scenario.SCENARIOS.glob("*.yaml"))


@pytest.fixture
def other(tmp_path: Path) -> Path:
    path = tmp_path / "other.yaml"
    path.write_text(TARGET, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", NAMES)
def test_a_scenario_fits_a_platform_that_it_does_not_know(name, other):
    path = scenario.SCENARIOS / f"{name}.yaml"
    if name in WITHOUT:
        with pytest.raises(UsageError, match=WITHOUT[name]):
            scenario.stage(path, target=other)
        return
    staged = scenario.stage(path, target=other)
    assert set(staged.gateways) == {"alipay"}
    assert set(staged.operators) == {"fulu", "juhe"}
    assert all(set(strike.upstreams) <= {"alipay", "fulu", "juhe"} for strike in staged.strikes)
    assert staged.hurried == ("juhe",)  # it sends again after 3 s, which no scale of ours leaves it
    struck = [note for note in staged.notes if not note.lacks]
    assert bool(struck) == (bool(staged.notes) and name not in UNSTRUCK)


@pytest.mark.parametrize("operator", ["yile", "shared_shop", "ofpay", "small"])
@pytest.mark.parametrize("name", [name for name in NAMES if name not in WITHOUT])
def test_an_operator_that_calls_nobody_back_is_struck_where_it_can_be(name, operator, other):
    one = re.sub(r", juhe: (\{product[^}]*\}|\{\})", "", other.read_text(encoding="utf-8"))
    other.write_text(one.replace("fulu", operator), encoding="utf-8")
    staged = scenario.stage(scenario.SCENARIOS / f"{name}.yaml", target=other)
    notes = {note.id: note for note in staged.notes}
    silent = operator in {"yile", "shared_shop"}
    called = [note for note in notes.values() if note.at == "operators.notify"]
    if name == "i05_forged_and_foreign":
        forged = [note.lacks for note in called if note.kind == "forge"]
        assert forged == (["operators.notify of accept"] * 4 if operator != "ofpay" else [""] * 4)
    elif called:
        assert all(bool(note.lacks) == silent for note in called)
    for strike in staged.strikes:
        assert operator not in strike.upstreams or not silent or strike.leg != "notify"


def test_a_call_that_nobody_has_anywhere_is_a_mistake(other, tmp_path):
    wrong = tmp_path / "wrong.yaml"
    text = (scenario.SCENARIOS / "i13_callbacks_contradict.yaml").read_text(encoding="utf-8")
    strike = "{id: a, at: operators.notify, of: sumbit, fault: {kind: drop}}"
    wrong.write_text(
        re.sub(r"strikes:\n(  - .*\n)+", f"strikes:\n  - {strike}\n", text), encoding="utf-8"
    )
    with pytest.raises(UsageError, match="'sumbit' has no notify here, did you mean 'submit'"):
        scenario.stage(wrong, target=other)


def selling(other: Path, kind: str) -> Path:
    """The same platform with one kind of goods alone."""
    head, _, rest = other.read_text(encoding="utf-8").partition("goods:\n")
    price = 'price: "9.90", face: "10.00"'
    supply = 'operators: {fulu: {product: "4", cost: "9.50"}}'
    goods = f"  - {{id: one, kind: {kind}, {price}, {supply}}}\n"
    other.write_text(
        f"{head}goods:\n{goods}gateways{rest.partition('gateways')[2]}", encoding="utf-8"
    )
    return other


@pytest.mark.parametrize(
    ("kind", "unfit"),
    [
        ("phone", {"i27_last_own_card"}),
        ("game", {"i27_last_own_card"}),
        ("member", {"i27_last_own_card"}),
        ("cards", set()),
    ],
)
def test_whoever_sells_one_kind_of_goods_meets_every_incident_that_is_not_about_another(
    other, tmp_path, kind, unfit
):
    every = suite.lay_out(suite.load("release"), tmp_path, target=selling(other, kind))
    assert set(every.unfit) == unfit | WITHOUT.keys() | UNSTRUCK
    assert {one.scenario.stem for one in every.errands} == set(NAMES) - every.unfit.keys()
    assert {one.target for one in every.errands} == {other}


def test_a_suite_that_a_target_has_nothing_for_is_refused(other, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("scenarios: [i14_batch_fails_in_part]\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"no scenario of the suite fits .*has no batch"):
        suite.lay_out(suite.load(str(path)), tmp_path, target=other)


def about(tmp_path: Path, laws: str) -> Path:
    path = tmp_path / "about.yaml"
    traffic = "{arrivals: {shape: steady, rate: 20/s, for: 2s}, personas: {stuffer: 1}}"
    path.write_text(
        f"target: other\ntraffic: {traffic}\nexpect: {{about: {laws}}}\n", encoding="utf-8"
    )
    return path


def test_a_scenario_about_a_promise_that_nobody_made_does_not_fit(tmp_path, other):
    with pytest.raises(
        MisfitError, match=r"about.yaml:\d+:\d+ .*'other' has no throttles, which"
    ) as wrong:
        scenario.stage(about(tmp_path, "[stuffing_throttled]"), target=other)
    assert wrong.value.why == "the target 'other' has no throttles, which this scenario is about"


def test_one_of_several_that_it_is_about_is_enough(tmp_path, other):
    staged = scenario.stage(about(tmp_path, "[stuffing_throttled, stranger_refused]"), target=other)
    assert "stranger_refused" in staged.laws


def test_what_a_scenario_is_about_has_a_name(tmp_path, other):
    with pytest.raises(
        UsageError, match="no law 'stranger_refusd', did you mean 'stranger_refused'"
    ):
        scenario.stage(about(tmp_path, "[stranger_refusd]"), target=other)


def test_a_mistake_in_the_target_is_none_of_the_scenarios(other, tmp_path):
    other.write_text(other.read_text(encoding="utf-8").replace("money:", "mony:"), encoding="utf-8")
    with pytest.raises(UsageError, match="mony"):
        suite.lay_out(suite.load("smoke"), tmp_path, target=other)


def struck(tmp_path: Path, at: str, more: str = "") -> Path:
    path = tmp_path / "s.yaml"
    traffic = "{arrivals: {shape: steady, rate: 20/s, for: 2s}, personas: {patient: 1}}"
    fault = "{kind: latency, by: 40ms}" if at.endswith("link") else "{kind: drop}"
    path.write_text(
        f"target: other\n{more}traffic: {traffic}\nstrikes:\n  - {{id: one, at: {at}, fault: {fault}}}\n",
        encoding="utf-8",
    )
    return path


@pytest.mark.parametrize(
    ("at", "who"),
    [
        ("first_operator.request", ("fulu",)),
        ("first_gateway.notify", ("alipay",)),
        ("operators.request", ("fulu", "juhe")),
        ("juhe.request", ("juhe",)),
    ],
)
def test_the_first_of_several_is_the_one_that_the_target_names_first(tmp_path, other, at, who):
    (strike,) = scenario.stage(struck(tmp_path, at), target=other).strikes
    assert strike.upstreams == who


def test_the_line_to_the_first_of_several_is_its_own(tmp_path, other):
    (link,) = scenario.stage(struck(tmp_path, "first_operator.link"), target=other).links
    assert link.links == ("fulu",)


@pytest.mark.parametrize("at", ["kasushou.request", "wechat_pay.link", "channels.request"])
def test_whom_a_target_does_not_use_is_not_struck_and_said_so(tmp_path, other, at):
    staged = scenario.stage(struck(tmp_path, at), target=other)
    assert (staged.strikes, staged.links) == ([], [])
    assert [note.lacks for note in staged.notes] == [at.partition(".")[0]]


def test_a_word_that_is_no_upstream_is_a_mistake_all_the_same(tmp_path, other):
    with pytest.raises(
        UsageError, match=r"no upstream 'first_operater'.*did you mean 'first_operator'"
    ):
        scenario.stage(struck(tmp_path, "first_operater.request"), target=other)


def test_settings_go_to_all_to_the_first_and_to_the_named(tmp_path, other):
    more = "operators: {all: {fails: 0.1}, first: {partly: 0.2}, juhe: {fails: 0.3}, kasushou: {fails: 0.4}}\n"
    staged = scenario.stage(struck(tmp_path, "operators.request", more), target=other)
    assert staged.operators == {"fulu": {"fails": 0.1, "partly": 0.2}, "juhe": {"fails": 0.3}}


def test_settings_for_a_word_that_is_no_dialect_are_a_mistake(tmp_path, other):
    with pytest.raises(UsageError, match="the target has no 'juhee', did you mean 'juhe'"):
        scenario.stage(
            struck(tmp_path, "operators.request", "operators: {juhee: {}}\n"), target=other
        )


@pytest.mark.parametrize(("said", "expiry"), [("", "15m"), ("expiry: 30m\n", "30m")])
def test_customers_pay_late_by_the_platforms_own_expiry(tmp_path, said, expiry):
    path = tmp_path / "other.yaml"
    path.write_text(said + TARGET, encoding="utf-8")
    staged = scenario.stage(scenario.SCENARIOS / "i17_paid_after_closing.yaml", target=path)
    assert staged.scenario.traffic.expiry == expiry
