"""What the parties are told of each other: URLs over links, settings that name the platform, a platform that ended."""

import asyncio
import itertools
import socket
import sys
from pathlib import Path

import msgspec
import pytest

from harness import wiring
from harness.core.clock import tick_s
from harness.core.errors import HarnessError, InconclusiveError, UsageError
from harness.handles import Handled
from harness.keeper import Keeper
from harness.nemesis.processes import Processes
from harness.scenario import stage
from harness.targets._goods import Goods
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


def test_an_operators_product_is_one_unit_of_the_goods():
    supplies = {"kasushou": {"product": "401", "cost": "9.50"}}
    said = {"id": "c3", "kind": "cards", "price": "29.00", "face": "30.00", "units": 3}
    goods = msgspec.convert({**said, "operators": supplies}, Goods)
    product = wiring._product(goods, "kasushou")
    assert (product["cost_fen"], product["face_fen"]) == (950, 1000)


def test_a_way_to_the_gateway_over_a_struck_link_is_known(tmp_path):
    (tmp_path / "s.yaml").write_text(SCENARIO, encoding="utf-8")
    staged = stage(tmp_path / "s.yaml")
    direct, linked = {"epay": "http://127.0.0.1:1"}, {"epay": "http://127.0.0.1:2"}
    raw = wiring.traffic_target(staged, "http://127.0.0.1:9", direct, linked)
    assert from_json(raw)._gateways == ("http://127.0.0.1:1", "http://127.0.0.1:2")


def test_a_platform_that_ends_is_not_waited_for(tmp_path: Path):
    async def story() -> float:
        private = tmp_path / "private"
        private.mkdir()
        command = Handled(start=[sys.executable, "-c", "raise SystemExit('no such key')"])
        where = f"http://127.0.0.1:{wiring.free_port()}/"
        began_s = tick_s()
        async with Processes(private) as processes:
            keeper = Keeper(processes, tmp_path, tmp_path, {})
            with pytest.raises(InconclusiveError, match=r"ended at once \(exit 1\)\nno such key"):
                await keeper.hold("target", [command], {}, health=where, within_s=20)
        return tick_s() - began_s

    assert asyncio.run(story()) < 10


def test_a_port_of_ours_is_none_that_the_kernel_gives_away_nor_one_that_is_taken(monkeypatch):
    monkeypatch.setattr(wiring, "_asked", itertools.count())
    first = wiring.free_port()
    with socket.create_server(("127.0.0.1", first)):
        monkeypatch.setattr(wiring, "_asked", itertools.count())
        second = wiring.free_port()
    assert {first, second} < set(wiring._OURS)
    assert second != first


def test_where_every_port_is_taken_it_is_said(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(wiring, "_OURS", range(port, port + 1))
        with pytest.raises(HarnessError, match=f"no port from {port} to {port + 1} is free"):
            wiring.free_port()
