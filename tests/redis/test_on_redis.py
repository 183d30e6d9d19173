"""The honest platform with a real Redis as its cache, which dies, stands still and loses its lines: every law holds."""

import json
from pathlib import Path

import pytest

from harness.scenario import SCENARIOS
from tests.smoke.harness_run import HERE, only_run, recharge_chaos, verdict

pytestmark = pytest.mark.smoke
CACHE = "redis://127.0.0.1:{{dependencies.cache.port}}/0"


def target_with(server, folder, cache=CACHE):
    """Write the reference target with a cache, as something that strikes can meet."""
    text = (SCENARIOS / "targets" / "reference.yaml").read_text(encoding="utf-8")
    database = '"{{run}}/target.sqlite"'
    assert database in text
    text = text.replace(database, f'{database}, --cache, "{cache}"')
    text = text.replace("../../harness/", f"{SCENARIOS.parent}/harness/")
    control = json.dumps({"pid_file": server.handle()})
    text += "dependencies:\n  cache:\n"
    text += f'    address: "127.0.0.1:{server.port}"\n    role: cache\n    control: {control}\n'
    path = folder / "on_redis.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("scenario", ["stalls", "dies"])
def test_it_survives_whatever_becomes_of_its_cache(server, tmp_path, scenario):
    target, out = target_with(server, tmp_path), tmp_path / "out"
    path = Path(__file__).parent / f"{scenario}.yaml"
    done = recharge_chaos("run", path, "--target", target, "--out", out)
    told = verdict(only_run(out))
    assert told["verdict"] == "PASS", (told["reasons"], done.stderr)
    assert all(strike["struck"] for strike in told["strikes"])
    assert server.runs(), "it is left as it was found"
    assert server.hits() > 0, "customers were answered from it"


def test_it_survives_its_own_death_with_a_cache(server, tmp_path):
    target, out = target_with(server, tmp_path, server.url), tmp_path / "out"
    done = recharge_chaos("run", HERE / "rough.yaml", "--target", target, "--out", out)
    told = verdict(only_run(out))
    assert told["verdict"] == "PASS", (told["reasons"], done.stderr)
    assert server.hits() > 0, "customers were answered from it"


@pytest.mark.parametrize(
    ("defects", "outcome", "broken"),
    [((), "PASS", []), (("cache_trusted_too_long",), "FAIL", ["status_moves_forward"])],
)
def test_a_cache_that_is_away_for_a_moment(server, tmp_path, defects, outcome, broken):
    target, out = target_with(server, tmp_path), tmp_path / "out"
    more = ("--target", target, "--out", out, *(f"--defect={name}" for name in defects))
    done = recharge_chaos("run", Path(__file__).parent / "away.yaml", *more)
    told = verdict(only_run(out))
    assert told["verdict"] == outcome, (told["reasons"], done.stderr)
    assert [law["law"] for law in told["laws"] if law["verdict"] == "FAIL"] == broken
    assert all(strike["struck"] for strike in told["strikes"])
