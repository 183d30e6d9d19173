"""Channels that orders must not go through: which a target file may name."""

import pytest

from harness import scenario
from harness.core.errors import UsageError
from harness.targets import target as targets

LIMITS = scenario.SCENARIOS / "targets" / "reference_limits.yaml"
LINE = "    - {operator: dayuanren, goods: [hf100]}"


def test_a_ban_is_read_as_the_law_wants_it():
    bans = [one.banned() for one in targets.load(LIMITS)[0].promises.forbidden]
    assert [(b.side, b.channel, b.goods, b.accounts) for b in bans] == [
        ("operator", "dayuanren", ("hf100",), ""),
        ("operator", "dayuanren", ("hf50",), "^13[0-4]"),
        ("gateway", "wechat_pay", ("game60",), ""),
    ]


@pytest.mark.parametrize(
    ("ban", "said"),
    [
        ("{operator: dayuaren, goods: [hf100]}", r"forbidden\[0\].operator.*dayuanren"),
        ("{gateway: wechat, goods: [hf100]}", r"forbidden\[0\].gateway.*wechat_pay"),
        ("{operator: dayuanren, goods: [hf10]}", r"forbidden\[0\].goods\[0\].*hf100"),
        ("{goods: [hf100]}", "either an operator or a gateway"),
        ("{operator: dayuanren, gateway: epay}", "either an operator or a gateway"),
        ('{operator: dayuanren, accounts: "["}', "regular expression"),
    ],
)
def test_a_ban_that_cannot_be_judged_is_refused_where_it_stands(tmp_path, ban, said):
    text = LIMITS.read_text(encoding="utf-8")
    assert LINE in text
    (tmp_path / "ours.yaml").write_text(text.replace(LINE, f"    - {ban}"), encoding="utf-8")
    with pytest.raises(UsageError, match=said) as found:
        targets.load(tmp_path / "ours.yaml")
    assert "ours.yaml:" in str(found.value)
