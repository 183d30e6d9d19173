"""Published rules of lateness: which are in force on the platform's day, and which a target file may not name."""

from datetime import UTC, datetime

import pytest

from harness import offers, scenario
from harness.core.errors import UsageError
from harness.targets import target as targets
from harness.targets._rules import SettleRule, day_at

PROMISES = scenario.SCENARIOS / "targets" / "reference_promises.yaml"
LINE = '    - {goods: [hf100], days: ["2026-10-01..2026-10-07"], within: 24m}'


def noon(day):
    return int(datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=UTC).timestamp()) * 10**9


@pytest.mark.parametrize(
    ("days", "day", "there"),
    [
        (["2026-10-01..2026-10-07"], "2026-10-07", True),
        (["2026-10-01..2026-10-07"], "2026-10-08", False),
        (["2026-10-01"], "2026-10-01", True),
        (["sat", "sun"], "2026-11-22", True),
        (["sat", "sun"], "2026-11-23", False),
        ([], "2026-11-23", True),
    ],
)
def test_a_rule_is_in_force_on_its_days(days, day, there):
    rule = SettleRule(within="1h", goods=["a"], days=days)
    assert bool([*rule.ruled(0, "+00:00", day, 0)]) is there


def test_without_being_told_a_day_the_wall_clock_counts_to_the_second():
    rule = SettleRule(within="1h", days=["2026-11-24"])
    (found,) = rule.ruled(3, "+08:00", "", noon("2026-11-23"))
    begins = int(datetime(2026, 11, 23, 16, tzinfo=UTC).timestamp()) * 10**9
    assert (found.rank, found.from_ns, found.until_ns) == (3, begins, begins + 86_400 * 10**9)
    assert [*rule.ruled(3, "+08:00", "", noon("2026-10-01"))] == []


def test_the_day_is_the_platforms_own():
    late = int(datetime(2026, 11, 23, 20, tzinfo=UTC).timestamp()) * 10**9
    assert (day_at(late, "+08:00"), day_at(late, "-03:00")) == ("2026-11-24", "2026-11-23")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("{goods: [hf10], within: 24m}", r"settle_rules\[0\].goods\[0\].*hf100"),
        ("{gateways: [wechat], within: 24m}", r"settle_rules\[0\].gateways\[0\].*wechat_pay"),
        ("{days: [satday], within: 24m}", "a day such as sat"),
        ('{days: ["2026-10-07..2026-10-01"], within: 24m}', "ends before it begins"),
        ("{within: 24m}", "for all orders there is settle_within"),
        ("{goods: [hf100], within: a while}", "settle_rules"),
    ],
)
def test_a_rule_that_cannot_be_judged_is_refused_where_it_stands(tmp_path, rule, said):
    text = PROMISES.read_text(encoding="utf-8")
    assert LINE in text
    (tmp_path / "ours.yaml").write_text(text.replace(LINE, f"    - {rule}"), encoding="utf-8")
    with pytest.raises(UsageError, match=said) as found:
        targets.load(tmp_path / "ours.yaml")
    assert "ours.yaml:" in str(found.value)


def test_a_platform_that_is_told_the_day_has_that_days_rules():
    platform = targets.load(PROMISES)[0]
    assert offers.calendar(platform, "2026-10-01")[0] == "2026-10-01"
    assert len(offers.calendar(platform, "2026-10-01")[1]) == 1
    assert offers.calendar(platform, "2026-11-23")[1] == ()


def test_a_day_that_is_none_is_refused(tmp_path):
    text = (scenario.SCENARIOS / "i29_published_rules.yaml").read_text(encoding="utf-8")
    path = tmp_path / "s.yaml"
    path.write_text(text.replace("2026-10-01", "2026-13-01"), encoding="utf-8")
    with pytest.raises(UsageError, match=r"date|month"):
        scenario.stage(path)
