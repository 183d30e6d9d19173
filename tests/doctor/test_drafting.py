"""What `init` writes is a valid target file, whatever was answered, and speaks of what is there."""

import pytest

from harness import cli, scenario
from harness.core.errors import UsageError
from harness.doctor import drafting
from harness.doctor.drafting import STYLES, Answers
from harness.targets import target as targets
from harness.targets.adapter import Adapter


def answers(**more):
    told = {"name": "ours", "base_url": "http://127.0.0.1:8000/", "gateways": ("epay",)}
    return Answers(**{**told, **more})


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("operators", [(), ("kasushou", "dayuanren")])
@pytest.mark.parametrize("start", ["", "php -S 127.0.0.1:8000"])
def test_every_draft_loads_compiles_and_can_be_staged(tmp_path, style, operators, start):
    path = tmp_path / "ours.yaml"
    drafting.write(answers(style=style, operators=operators, start=start), path)
    target, _ = targets.load(path)
    assert target.base_url == "http://127.0.0.1:8000"
    assert list(target.operators) == list(operators)
    stock = tmp_path / "ours_stock.txt"
    assert stock.exists() == (target.card_stock == stock.name) == (not operators)
    assert (target.control is not None) == bool(start)
    assert Adapter(target, tmp_path).has("login") == (style != "signed")
    text = path.read_text(encoding="utf-8")
    assert "<<" not in text
    assert text.count("#") > 10


def test_a_draft_runs_under_a_scenario_that_ships(tmp_path):
    path = tmp_path / "ours.yaml"
    drafting.write(answers(operators=("kasushou",)), path)
    story = tmp_path / "calm.yaml"
    story.write_text(
        "target: ours.yaml\ntraffic:\n  arrivals: {shape: steady, rate: 1/s, for: 3s}\n", "utf-8"
    )
    assert scenario.stage(story).target.name == "ours"


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"gateways": ("epai",)}, "did you mean 'epay'?"),
        ({"gateways": ()}, "at least one gateway"),
        ({"operators": ("epay",)}, "no operator 'epay'"),
        ({"style": "jsn"}, "did you mean 'json'?"),
    ],
)
def test_what_does_not_exist_is_refused_with_the_nearest_name(more, says):
    with pytest.raises(UsageError, match=says.replace("?", r"\?")):
        drafting.draft(answers(**more))


def test_init_asks_and_never_overwrites(tmp_path, monkeypatch, capsys):
    path = tmp_path / "ours.yaml"
    for expected in (0, 2):
        monkeypatch.setattr("sys.argv", ["recharge-chaos", "init", str(path), "--yes"])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert (ended.value.code or 0) == expected
    assert "is there already" in capsys.readouterr().err


def test_init_takes_its_answers_from_the_terminal(tmp_path):
    from typer.testing import CliRunner  # noqa: PLC0415

    path = tmp_path / "ours.yaml"
    said = "shop\nhttp://127.0.0.1:9000\nepay, wechat_pay\n-\nform\nfen\n\n"
    done = CliRunner().invoke(cli.app, ["init", str(path)], input=said)
    assert done.exit_code == 0, done.output
    target, _ = targets.load(path)
    assert (target.name, target.money, list(target.gateways)) == (
        "shop",
        "fen",
        ["epay", "wechat_pay"],
    )
