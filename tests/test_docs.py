"""The documentation against the code: inventories, commands, scenarios, links."""

import json
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness import inventory, scenario
from harness.cli import app
from tests import readme, upstreams
from tests.parts_target import OF_PARTS
from tests.wallet_target import OF_WALLETS

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / name for name in ("README.md", "README.zh.md", "CONTRIBUTING.md", *readme.HEADS)]
PAGES += sorted((ROOT / "docs").glob("*.md"))


@pytest.mark.parametrize("file", readme.HEADS)
def test_the_readme_lists_what_the_folders_hold(file):
    assert readme.written(file) == (ROOT / file).read_text(encoding="utf-8"), (
        "python -m tests.readme"
    )


def test_the_upstreams_page_says_what_the_code_does():
    assert upstreams.written() == upstreams.PAGE.read_text(encoding="utf-8"), "make generate"


@pytest.mark.parametrize("page", sorted(set(PAGES)), ids=lambda p: p.name)
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))
    missing = [k for k in links if not k.startswith("http") and not (page.parent / k).exists()]
    assert missing == []


@pytest.mark.parametrize("file", readme.HEADS)
def test_commands_in_the_readme_exist(file):
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    commands = [shlex.split(line, comments=True) for line in lines if "bin/recharge-chaos" in line]
    assert len(commands) >= 5
    for _, name, *_ in commands:
        assert CliRunner().invoke(app, [name, "--help"]).exit_code == 0


@pytest.mark.parametrize("path", sorted(scenario.SCENARIOS.glob("*.yaml")), ids=lambda p: p.stem)
def test_every_scenario_is_good_and_says_its_incident(path):
    staged = scenario.stage(path, target=OF_WALLETS.get(path.stem) or OF_PARTS.get(path.stem))
    assert staged.starts_ms
    assert re.match(r"# I\d+", staged.text)


@pytest.mark.parametrize("kind", inventory.KINDS)
def test_every_kind_has_members_with_a_summary(kind):
    rows = inventory.listed(kind, "reference")
    assert rows
    for row in rows:
        assert row["name"]
        assert row.get("summary", row.get("title")), row


def test_the_scenario_example_in_the_docs_is_good(tmp_path):
    text = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")
    example = re.search(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert example
    path = tmp_path / "example.yaml"
    path.write_text(example[1], encoding="utf-8")
    staged = scenario.stage(path)
    assert [s.id for s in staged.strikes] == ["three-at-once"]


def test_the_schema_for_editors_is_the_codes_own():
    kept = json.loads((ROOT / "docs" / "scenario.schema.json").read_text(encoding="utf-8"))
    assert kept == json.loads(json.dumps(scenario.schema())), "make generate"


def test_the_laws_page_names_every_law():
    page = (ROOT / "docs" / "laws.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\w+) \| \w+ \|", page, re.MULTILINE)
    assert sorted(rows[1:]) == [row["name"] for row in inventory.listed("laws", "reference")]
