"""A platform with a wallet under test: honest it passes, each mistake with a balance breaks the law that it must."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from test_card_shop import HERE, verdict_of

pytestmark = pytest.mark.smoke
FOLDER = HERE / "purse"
SCENARIO = FOLDER / "short.yaml"
AT_ONCE = 2
"""Most of such a run is waiting for what never comes."""


def tried(folder, defect=""):
    """The verdict of a run, the laws that were broken in it, and how many cases each had."""
    more = ["--defect", defect] if defect else []
    told = verdict_of(folder, *more, scenario=SCENARIO)
    laws = {law["law"]: law for law in told["laws"]}
    return told, {name for name, law in laws.items() if law["broken"]}, laws


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """What was found of each mistake: the verdict, and the laws that were broken."""
    folders = [tmp_path_factory.mktemp(defect) for defect in MUST_BREAK]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(MUST_BREAK, pool.map(tried, folders, MUST_BREAK), strict=True))


def test_the_honest_platform_passes_and_its_wallets_are_looked_at(tmp_path):
    told, _, laws = tried(tmp_path)
    assert told["verdict"] == "PASS", told["reasons"]
    customers = laws["wallet_adds_up"]["cases"]
    assert customers == laws["wallet_never_overdrawn"]["cases"] > 10
    # Whatever a customer paid, at the gateway or from the balance, is a charge; what is credited is a delivery.
    assert laws["charged_once"]["cases"] == told["counts"]["paid"] > 100
    assert laws["right_account"]["cases"] > laws["right_goods"]["cases"] > 30
    assert laws["forged_notify_changes_nothing"]["cases"] > 5
    assert told["counts"]["refunded"] > 10
    assert told["load"]["arrivals"] < told["load"]["intents"]


OTHERWISE = """
wallet:
  read:
    get: /wallet
    query: {token: "{{token}}", page: "{{page}}"}
    take: {balance: balance, lines: records}
  lines: {order_no: text, order_no_in: "订单([A-Z0-9]+)", amount: change}
  channel: balance
  pay:
    post: /order/{{order_no}}/pay
    query: {token: "{{token}}"}
    ok_when: {json: code, equals: 0}
"""
"""A wallet with money in it from the start; its lines come in pages, name their orders in words, and tell no kinds."""


@pytest.mark.parametrize("defect", ["", "balance_read_then_written"])
def test_orders_that_are_paid_by_a_call_of_their_own_and_wallets_with_money_in_them(
    tmp_path, defect
):
    text = (FOLDER / "purse.yaml").read_text(encoding="utf-8")
    head, rest = text.split("\nwallet:\n")
    _, tail = rest.split("\npromises:")
    command = '"{{run}}/purse.sqlite", --apart, --opening, "4321"]'
    tail = tail.replace('"{{run}}/purse.sqlite"]', command)
    tail = tail.replace("folder: defects", f'folder: "{FOLDER / "defects"}"')
    target = tmp_path / "apart.yaml"
    target.write_text(f"{head}{OTHERWISE}\npromises:{tail}", encoding="utf-8")
    more = ["--target", str(target), *(["--defect", defect] if defect else [])]
    told = verdict_of(tmp_path / "runs", *more, scenario=SCENARIO)
    broken = {law["law"] for law in told["laws"] if law["broken"]}
    assert broken == ({"wallet_never_overdrawn"} if defect else set())
    assert told["verdict"] == ("FAIL" if defect else "PASS"), told["reasons"]
    assert told["counts"]["delivered"] > 60


MUST_BREAK = {
    "amount_unchecked": {"amount_honoured"},
    "balance_in_whole_yuan": {"wallet_adds_up"},
    "balance_read_then_written": {"wallet_never_overdrawn"},
    "credited_per_notice": {"no_duplicate_delivery"},
    "credited_to_another": {"right_account", "wallet_line_has_a_cause", "no_lost_delivery"},
    "face_is_taken": {"charged_once", "amount_honoured"},
    "last_write_wins": {"wallet_adds_up"},
    "refund_forgotten": {"no_lost_delivery", "shown_as_it_is"},
    "refund_without_line": {"wallet_adds_up", "no_lost_delivery"},
    "refunded_both_ways": {"refunds_within_charge", "charged_once"},
    "refunded_twice": {"refunds_within_charge", "charged_once"},
    "refused_and_debited": {"wallet_line_has_a_cause"},
    "signature_unchecked": {"no_unpaid_delivery", "forged_notify_changes_nothing"},
    "topup_forgotten": {"no_lost_delivery", "shown_as_it_is"},
    "unknown_is_failed": {"no_unpaid_delivery", "never_refunded_and_delivered"},
}
ALONE = {"balance_in_whole_yuan", "balance_read_then_written", "last_write_wins"}
"""Mistakes with the balance itself, which break no law of orders."""


def test_every_mistake_is_tried():
    folder = FOLDER / "defects"
    assert {path.stem for path in folder.glob("*.py")} == set(MUST_BREAK)


@pytest.mark.parametrize("defect", MUST_BREAK)
def test_a_mistake_with_a_balance_is_found_by_the_law_that_it_breaks(found, defect):
    told, broken, _ = found[defect]
    assert told["verdict"] == "FAIL", told["reasons"]
    assert broken >= MUST_BREAK[defect]
    if defect in ALONE:
        assert broken == MUST_BREAK[defect]
