"""Settings of upstreams that a mock would refuse are refused before anything starts, at their line and column."""

import pytest
from test_on_any_target import TARGET

from harness import scenario
from harness.core.errors import UsageError

PLAIN = scenario.SCENARIOS / "i03_notified_again_and_again.yaml"
WRONG = [
    ("fulu: {}", "fulu: {service: {median: 60s}}", "operators.fulu.service: invalid value 'median', did you mean"),
    ("fulu: {}", "fulu: {servce: {}}", "operators.fulu.servce: no such setting, did you mean 'service'"),
    ("fulu: {}", "fulu: {fails: 2}", "operators.fulu.fails: shares of failures, of partial and of cancelled orders"),
    ("fulu: {}", "fulu: {dialect: dayuanren, apikei: x}", "operators.fulu.apikei: no such setting, did you mean"),
    ("alipay: {}", "alipay: {port: a}", "gateways.alipay.port: expected `int`, got `str`"),
    ("alipay: {}", "alipay: {clearing: {median_ms: 5}}", "gateways.alipay.clearing: a lognormal delay needs p95"),
]  # fmt: skip

ROLE_OF = {"fulu: {}": "operators: ", "alipay: {}": "gateways: "}


@pytest.mark.parametrize(("good", "bad", "says"), WRONG)
def test_a_setting_of_the_targets_upstream_is_refused_at_its_place(tmp_path, good, bad, says):
    path = tmp_path / "other.yaml"
    path.write_text(TARGET.replace(good, bad), encoding="utf-8")
    lines = TARGET.splitlines()
    line = next(n for n, text in enumerate(lines, 1) if text.startswith(ROLE_OF[good]))
    with pytest.raises(UsageError) as refused:
        scenario.stage(PLAIN, target=path)
    assert str(refused.value).startswith(f"{path}:{line}:")
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("operators: {all: {service: {medan_ms: 60000}}}", "operators.all.service: invalid value 'medan_ms'"),
        ("operators: {first: {rate_limit: often}}", "operators.first.rate_limit: "),
        ("gateways: {epay: {expires: 5}}", "gateways.epay.expires: no such setting, did you mean 'expires_ms'"),
    ],
)  # fmt: skip
def test_a_setting_that_a_scenario_adds_is_refused_at_its_place(tmp_path, written, says):
    path = tmp_path / "mine.yaml"
    path.write_text(f"{PLAIN.read_text(encoding='utf-8')}\n{written}\n", encoding="utf-8")
    line = len(path.read_text(encoding="utf-8").splitlines())
    with pytest.raises(UsageError) as refused:
        scenario.stage(path)
    assert f"{path}:{line}:" in str(refused.value)
    assert says in str(refused.value)


def test_what_can_only_be_known_in_a_run_is_left_to_it(tmp_path):
    path = tmp_path / "other.yaml"
    later = 'alipay: {port: "{{port}}", app_id: {env: NOBODY_SET_THIS}, channel: zfb}'
    path.write_text(TARGET.replace("alipay: {}", later), encoding="utf-8")
    assert scenario.stage(PLAIN, target=path).gateways == {"alipay": {}}
