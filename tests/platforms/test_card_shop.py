"""A platform of HTML forms under test: honest it passes, and a card given for each notification is found."""

import json
import subprocess
import sys
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


SUBMITTED = HERE.parents[1] / "scenarios" / "i19_submitted_twice.yaml"


@pytest.mark.parametrize(("defect", "verdict"), [("", "PASS"), ("form_sent_twice", "FAIL")])
def test_a_form_that_is_sent_twice_is_one_order(tmp_path, defect, verdict):
    shop = ["--target", str(HERE / "card_shop" / "card_shop.yaml")]
    wrong = ["--defect", defect] if defect else []
    told = verdict_of(tmp_path, *shop, *wrong, scenario=SUBMITTED)
    assert told["verdict"] == verdict, told["reasons"]
    (law,) = [one for one in told["laws"] if one["law"] == "one_submission_one_order"]
    assert (law["cases"] > 0, law["broken"] > 0) == (True, bool(defect))
