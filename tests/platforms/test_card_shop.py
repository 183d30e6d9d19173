"""A platform of HTML forms under test: honest it passes, and a card given for each notification is found."""

import json
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

HERE = Path(__file__).parent
pytestmark = pytest.mark.smoke


def verdict_of(out, *arguments, scenario=HERE / "card_shop" / "duplicates.yaml"):
    command = [sys.executable, "-m", "harness", "run", scenario]
    done = subprocess.run(
        [*map(str, command), "--out", str(out), *arguments],
        cwd=HERE.parents[1],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return json.loads((out / scenario.stem / "latest" / "verdict.json").read_text(encoding="utf-8"))


def test_the_honest_shop_passes_and_operators_are_not_asked_of_it(tmp_path):
    told = verdict_of(tmp_path)
    assert told["verdict"] == "PASS", told["reasons"]
    laws = {law["law"]: law["cases"] for law in told["laws"]}
    assert laws["card_sold_once"] == laws["no_card_before_payment"] == told["counts"]["paid"] > 0
    assert {one["law"] for one in told["not_applicable"]} >= {"right_account", "settles_in_time"}


def test_a_card_for_each_notification_is_a_duplicate_delivery(tmp_path):
    told = verdict_of(tmp_path, "--defect", "card_per_notify")
    assert told["verdict"] == "FAIL"
    assert [law["law"] for law in told["laws"] if law["broken"]] == ["no_duplicate_delivery"]


def test_who_is_not_logged_in_is_a_stranger_too(tmp_path):
    told = verdict_of(tmp_path, "--defect", "guests_see_orders")
    assert told["verdict"] == "FAIL"
    assert [law["law"] for law in told["laws"] if law["broken"]] == ["stranger_refused"]


def test_a_card_in_the_source_of_a_page_is_shown_before_it_is_paid_for(tmp_path):
    told = verdict_of(tmp_path, "--defect", "card_in_the_source")
    assert told["verdict"] == "FAIL"
    assert "no_card_before_payment" in {law["law"] for law in told["laws"] if law["broken"]}


TAMPERING = """
seed: 5
time_scale: 60
target: card_shop.yaml
traffic:
  arrivals: {shape: steady, rate: 8/s, for: 3s}
  personas: {card_buyer: 1, tamperer: 1}
settle: {quiet: 1s, at_most: 30s}
expect: {laws: [amount_honoured, tampered_price_refused, no_lost_delivery], driver_lateness_p99: 500ms}
"""


@pytest.mark.parametrize(("defect", "verdict"), [("", "PASS"), ("price_of_the_form", "FAIL")])
def test_a_price_that_a_customer_wrote_into_the_form_counts_for_nothing(tmp_path, defect, verdict):
    (tmp_path / "tampering.yaml").write_text(TAMPERING, encoding="utf-8")
    shop = ["--target", str(HERE / "card_shop" / "card_shop.yaml")]
    wrong = ["--defect", defect] if defect else []
    told = verdict_of(tmp_path, *shop, *wrong, scenario=tmp_path / "tampering.yaml")
    assert told["verdict"] == verdict, told["reasons"]
    broken = {law["law"] for law in told["laws"] if law["broken"]}
    assert broken == ({"amount_honoured", "tampered_price_refused"} if defect else set())


RETURNS = """
seed: 5
time_scale: 60
target: card_shop.yaml
traffic:
  arrivals: {shape: steady, rate: 8/s, for: 3s}
  personas: {returner: 1, pretender: 1}
settle: {quiet: 1s, at_most: 30s}
expect:
  laws: [forged_notify_changes_nothing, no_duplicate_delivery, no_lost_delivery]
  driver_lateness_p99: 500ms
"""


@pytest.mark.parametrize(("defect", "verdict"), [("", "PASS"), ("return_page_believed", "FAIL")])
def test_a_return_page_is_opened_by_those_who_paid_and_by_one_who_did_not(
    tmp_path, defect, verdict
):
    (tmp_path / "returns.yaml").write_text(RETURNS, encoding="utf-8")
    shop = ["--target", str(HERE / "card_shop" / "card_shop.yaml")]
    wrong = ["--defect", defect] if defect else []
    told = verdict_of(tmp_path, *shop, *wrong, scenario=tmp_path / "returns.yaml")
    assert told["verdict"] == verdict, told["reasons"]
    broken = {law["law"] for law in told["laws"] if law["broken"]}
    assert broken == ({"forged_notify_changes_nothing"} if defect else set())


SUBMITTED = HERE.parents[1] / "scenarios" / "i19_submitted_twice.yaml"


@pytest.mark.parametrize(("defect", "verdict"), [("", "PASS"), ("form_sent_twice", "FAIL")])
def test_a_form_that_is_sent_twice_is_one_order(tmp_path, defect, verdict):
    shop = ["--target", str(HERE / "card_shop" / "card_shop.yaml")]
    wrong = ["--defect", defect] if defect else []
    told = verdict_of(tmp_path, *shop, *wrong, scenario=SUBMITTED)
    assert told["verdict"] == verdict, told["reasons"]
    (law,) = [one for one in told["laws"] if one["law"] == "one_submission_one_order"]
    assert (law["cases"] > 0, law["broken"] > 0) == (True, bool(defect))


ROLLING = """
seed: 11
time_scale: 60
target: two_shops.yaml
traffic:
  arrivals: {shape: steady, rate: 12/s, for: 8s}
  personas: {card_buyer: 1}
  expiry: 2m
strikes:
  - {id: rolling, at: target.process, fault: {kind: rolling_restart}, window: 3s..5s}
settle: {quiet: 1s, at_most: 30s}
expect: {laws: all, driver_lateness_p99: 500ms}
"""


LOST = {"acknowledged_never_forgotten", "no_lost_delivery"}


def two_shops(folder, defect):
    """The same shop as two processes behind one port, each with a health port of its own."""
    text = (HERE / "card_shop" / "card_shop.yaml").read_text(encoding="utf-8")
    head = text.partition("control:")[0].replace("stock.txt", str(HERE / "card_shop" / "stock.txt"))
    port, *own = free_ports(3)
    shop = f"""[{sys.executable}, -m, tests.platforms.card_shop, --port, "{port}",
        --config, "{{{{private}}}}/upstreams.json", --db, "{{{{run}}}}/shop.sqlite",
        --stock, {HERE}/card_shop/stock.txt, --defect, "{defect}\""""
    each = [
        f'    - start: {shop}, --healthz, "{own_port}"]\n'
        f"      healthy_at: http://127.0.0.1:{own_port}/healthz\n"
        for own_port in own
    ]
    control = f"control:\n  health: {{get: /healthz}}\n  instances:\n{''.join(each)}"
    (folder / "two_shops.yaml").write_text(
        head.replace("{{port}}", str(port)) + control, encoding="utf-8"
    )
    (folder / "rolling.yaml").write_text(ROLLING, encoding="utf-8")
    return folder / "rolling.yaml"


def free_ports(count):
    with ExitStack() as taken:
        socks = [taken.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [sock.getsockname()[1] for sock in socks]


@pytest.mark.parametrize(("defect", "verdict"), [("", "PASS"), ("delivers_later", "FAIL")])
def test_a_deployment_goes_through_two_instances(tmp_path, defect, verdict):
    told = verdict_of(tmp_path / "runs", scenario=two_shops(tmp_path, defect))
    assert told["verdict"] == verdict, told["reasons"]
    (rolling,) = told["strikes"]
    assert rolling["struck"] == 2
    broken = {law["law"] for law in told["laws"] if law["broken"]}
    assert broken == (LOST if defect else set())
