"""What the parties are told of each other: URLs over links, settings that name the platform, a platform that ended."""

import asyncio
import sys
from pathlib import Path

import pytest

from harness import wiring
from harness.core.clock import tick_s
from harness.core.errors import InconclusiveError, UsageError
from harness.keeper import _while_it_runs
from harness.nemesis.processes import Child
from harness.scenario import stage
from harness.targets.found import from_json

SCENARIO = """\
target: reference
gateways: {all: {takes_after_close: true}, epay: {duplicate_order_no: reuse}}
traffic: {arrivals: {shape: steady, rate: 1/s, for: 1s}}
"""


def test_settings_of_all_reach_every_gateway_and_its_own_come_on_top(tmp_path):
    (tmp_path / "s.yaml").write_text(SCENARIO, encoding="utf-8")
    gateways = stage(tmp_path / "s.yaml").gateways
    assert len(gateways) > 1
    assert all(one["takes_after_close"] is True for one in gateways.values())
    assert gateways["epay"]["duplicate_order_no"] == "reuse"


def test_a_setting_may_say_where_the_platform_is():
    told = wiring._settings({"notify_url": "{{base_url}}/back", "n": 1}, "x", "http://h:8")
    assert told == {"notify_url": "http://h:8/back", "n": 1}
    with pytest.raises(UsageError, match=r"operators\.fulu"):
        wiring._settings({"notify_url": "{{base}}/back"}, "operators.fulu", "http://h:8")


def test_a_way_to_the_gateway_over_a_struck_link_is_known(tmp_path):
    (tmp_path / "s.yaml").write_text(SCENARIO, encoding="utf-8")
    staged = stage(tmp_path / "s.yaml")
    direct, linked = {"epay": "http://127.0.0.1:1"}, {"epay": "http://127.0.0.1:2"}
    raw = wiring.traffic_target(staged, "http://127.0.0.1:9", direct, linked)
    assert from_json(raw)._gateways == ("http://127.0.0.1:1", "http://127.0.0.1:2")


def test_a_platform_that_ends_is_not_waited_for(tmp_path: Path):
    async def story() -> float:
        log = tmp_path / "target.log"
        with log.open("wb") as out:
            words = [sys.executable, "-c", "raise SystemExit('no such key')"]
            process = await asyncio.create_subprocess_exec(*words, stderr=out)
        child, began_s = Child("target", process, log, may_end=False), tick_s()
        with pytest.raises(InconclusiveError, match=r"the target ended at once \(exit 1\)"):
            await _while_it_runs(child, lambda: asyncio.sleep(20))
        return tick_s() - began_s

    assert asyncio.run(story()) < 5
