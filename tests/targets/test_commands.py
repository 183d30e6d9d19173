"""A hole in a platform's command or environment that nothing can fill is named by line, before anything is started."""

import pytest

from harness.core.errors import UsageError
from harness.targets import target as targets
from tests.parts_target import QUEUE


def changed(tmp_path, old, new):
    text = QUEUE.read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "ours.yaml").write_text(text.replace(old, new), encoding="utf-8")
    return targets.load(tmp_path / "ours.yaml")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('PUBLIC_URL: "{{base_url}}"', 'PUBLIC_URL: "{{baseurl}}"', "did you mean 'base_url'"),
        ("upstreams.fulu.url", "upstreams.ofpay.url", "upstreams.ofpay.url"),
        ("dependencies.broker.host", "dependencies.redis.host", "dependencies.redis.host"),
        ("dependencies.db.port", "dependencies.db.prot", "did you mean 'dependencies.db.port'"),
        ("{{upstreams.alipay.url}}", "{{upstreams.alipay.url | nothing}}", "no filter 'nothing'"),
        ("{{upstreams.fulu.app_secret}}", "{{doors.ca}}", "doors.ca"),
    ],
)
def test_what_nothing_can_fill_is_refused_with_its_line(tmp_path, old, new, said):
    with pytest.raises(UsageError, match=said) as caught:
        changed(tmp_path, old, new)
    line = QUEUE.read_text(encoding="utf-8").replace(old, new).split("\n")
    wrong = next(at for at, text in enumerate(line, 1) if new in text)
    assert f"ours.yaml:{wrong}:" in str(caught.value)


def test_every_kind_of_name_that_a_run_fills_is_taken(tmp_path):
    all_of_them = '"{{python}} {{private}} {{run}} {{folder}} {{time_scale}} {{date}} {{port}}"'
    changed(tmp_path, '"20"', all_of_them)
    doors = "doors: {ca: recharge-chaos-ca}\nname: queue\n"
    text = QUEUE.read_text(encoding="utf-8").replace("name: queue\n", doors, 1)
    (tmp_path / "doors.yaml").write_text(
        text.replace('"20"', '"{{doors.proxy}}{{doors.ca}}"'), encoding="utf-8"
    )
    assert targets.load(tmp_path / "doors.yaml")[0].control is not None
