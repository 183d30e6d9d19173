"""Strikes on links through a Toxiproxy: each does what our own proxy does, to whom chance chose, and is taken off."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from harness.core.clock import now_ns, tick_s
from harness.faults import _link
from harness.faults.links.latency import Latency
from harness.nemesis.network.lanes import Lanes
from harness.nemesis.network.link import Link
from harness.nemesis.network.weather import Weather
from tests.nemesis.test_network import Echo, says, strike, until

DATA = bytes(range(200))


@asynccontextmanager
async def town(toxiproxy, *strikes, begin=True):
    """A server, and a link to it whose weather a Toxiproxy makes; `failed` is what it could not."""
    rows, ends, failed = [], [], []
    weather = Weather(strikes, 7, toxiproxy.handle(), failed.append)
    link = Link("db", weather, 7, rows.append)
    weather.watch(link.weathered)
    server = await asyncio.get_running_loop().create_server(lambda: Echo(ends), "127.0.0.1", 0)
    await link.open("127.0.0.1")
    link.lead(*server.sockets[0].getsockname())
    if begin:
        weather.begin(now_ns())
        await until(lambda: len(weather._on) == len(strikes), "all strikes are on")
    try:
        yield link, weather, rows, failed
    finally:
        await link.close()
        server.close()
        await asyncio.sleep(0)


def struck(rows):
    return [row.strikes for row in rows]


def toxics(toxiproxy):
    return [toxic for proxy in toxiproxy.proxies().values() for toxic in proxy["toxics"]]


@pytest.mark.parametrize(
    ("kind", "fields", "toxic"),
    [
        ("latency", {"by": "40ms", "jitter": "20ms"}, {"latency": 50, "jitter": 10}),
        ("latency", {"by": "40ms"}, {"latency": 40, "jitter": 0}),
        ("latency", {"by": "40ms", "jitter": "5ms"}, None),
        ("bandwidth", {"bytes_per_s": 3000}, {"rate": 3}),
        ("bandwidth", {"bytes_per_s": 1500}, None),
        ("trickle", {"bytes": 3}, {"average_size": 2, "size_variation": 1, "delay": 20000}),
        ("trickle", {"bytes": 2}, None),
        ("link_reset", {"after": "30ms"}, {"timeout": 30}),
        ("blackhole", {}, {"timeout": 0}),
        ("data_limit", {"bytes": 9}, {"bytes": 9}),
        ("half_open", {}, None),
    ],
)
def test_what_a_fault_is_to_a_toxiproxy(kind, fields, toxic):
    found = _link.kinds()[kind](**fields).toxic()
    assert (found and found.attributes) == toxic


def test_latency_delays_both_ways_and_the_connection_counts_as_struck(toxiproxy):
    async def go():
        async with town(toxiproxy, strike("latency", by="40ms")) as (link, _, rows, failed):
            began_s = tick_s()
            heard = await says(link, DATA)
            took_s = tick_s() - began_s
            await until(lambda: rows, "a row")
            return heard, took_s, rows, failed, toxics(toxiproxy)

    heard, took_s, rows, failed, there = asyncio.run(go())
    assert heard == DATA
    assert took_s >= 0.08
    assert struck(rows) == [["s"]]
    assert not failed
    assert sorted(one["stream"] for one in there) == ["downstream", "upstream"]


def test_a_narrow_network_and_small_pieces_keep_the_bytes(toxiproxy):
    async def go():
        strikes = [
            strike("bandwidth", name="narrow", bytes_per_s=4000, direction="up"),
            strike("trickle", name="pieces", bytes=50, gap="20ms", direction="down"),
        ]
        async with town(toxiproxy, *strikes) as (link, _, rows, _failed):
            began_s = tick_s()
            heard = await says(link, DATA)
            took_s = tick_s() - began_s
            await until(lambda: rows, "a row")
            return heard, took_s, struck(rows)

    heard, took_s, met = asyncio.run(go())
    assert heard == DATA
    assert took_s >= 0.05 + 3 * 0.02
    assert met == [["narrow", "pieces"]]


@pytest.mark.parametrize(
    ("kind", "fields", "heard"),
    [
        ("blackhole", {}, TimeoutError),
        ("blackhole", {"direction": "down"}, TimeoutError),
        ("link_reset", {}, ConnectionResetError),
        ("link_reset", {"after": "30ms"}, ConnectionResetError),
        ("data_limit", {"bytes": 9}, asyncio.IncompleteReadError),
    ],
)
def test_what_is_lost_is_lost(toxiproxy, kind, fields, heard):
    async def go():
        async with town(toxiproxy, strike(kind, **fields)) as (link, _, rows, _failed):
            heard = await says(link, DATA)
            await until(lambda: rows, "a row")
            return heard, struck(rows), len(toxics(toxiproxy))

    found, met, there = asyncio.run(go())
    assert found is heard
    assert met == [["s"]]
    assert there == (1 if "direction" in fields else 2)


def test_an_open_connection_is_met_and_let_go_again(toxiproxy):
    async def go():
        window = strike("latency", by="400ms", window_ms=(300.0, 1_200.0))
        async with town(toxiproxy, window, begin=False) as (link, weather, rows, _failed):
            weather.begin(now_ns())
            reader, writer = await asyncio.open_connection("127.0.0.1", link.port)
            took_s = []
            for on in (False, True, False):
                await until(lambda on=on: bool(weather._on) is on, "the weather changes")
                began_s = tick_s()
                writer.write(DATA)
                assert await reader.readexactly(len(DATA)) == DATA
                took_s.append(tick_s() - began_s)
            writer.close()
            await until(lambda: rows, "a row")
            return took_s, struck(rows), toxics(toxiproxy)

    (before_s, under_s, after_s), met, there = asyncio.run(go())
    # Twice 400 ms, there and back; a machine that is busy itself is not as slow as that.
    assert under_s >= 0.8
    assert max(before_s, after_s) < 0.8
    assert met == [["s"]]
    assert there == []


def test_whom_chance_spared_does_not_go_through_the_toxiproxy(toxiproxy):
    async def go():
        some = strike("latency", by="30ms", share=0.5)
        async with town(toxiproxy, some) as (link, _, rows, _failed):
            took_s = []
            for number in range(1, 13):
                began_s = tick_s()
                await says(link, DATA)
                took_s.append(tick_s() - began_s)
                await until(lambda number=number: len(rows) == number, "a row")
            return took_s, rows, toxiproxy.proxies()

    took_s, rows, proxies = asyncio.run(go())
    assert 0 < sum(bool(row.strikes) for row in rows) < 12
    for one_s, row in zip(took_s, rows, strict=True):
        assert one_s >= 0.06 if row.strikes else row.spared == ["s"]
    assert len(proxies) == 1


def test_the_same_connections_are_met_with_and_without_a_toxiproxy(toxiproxy):
    some = strike("latency", by="1ms", share=0.3)
    ours, theirs = Weather([some], 7), Weather([some], 7, toxiproxy.handle())
    for weather in (ours, theirs):
        weather._on = list(weather._all)
    for number in range(1, 60):
        assert ours.bearing("db", number).struck == theirs.bearing("db", number).struck


def test_what_it_cannot_do_our_own_proxy_does(toxiproxy):
    async def go():
        odd = strike("bandwidth", bytes_per_s=1500, direction="up")
        async with town(toxiproxy, odd) as (link, _, rows, _failed):
            began_s = tick_s()
            await says(link, DATA)
            took_s = tick_s() - began_s
            await until(lambda: rows, "a row")
            return took_s, struck(rows), toxiproxy.proxies()

    took_s, met, proxies = asyncio.run(go())
    assert took_s >= 200 / 1500
    assert met == [["s"]]
    assert proxies == {}


def test_names_of_links_and_strikes_may_be_any(toxiproxy):
    async def go():
        lanes = Lanes(toxiproxy.handle(), {"慢/a": Latency(by="5ms"), "慢/b": Latency(by="5ms")})
        await lanes.lane("库/1", ("慢/a", "慢/b"), "127.0.0.1:9")
        for name in ("慢/a", "慢/b"):
            await lanes.turn(name, on=True)
        (proxy,) = toxiproxy.proxies().values()
        await lanes.turn("慢/a", on=False)
        return proxy, toxics(toxiproxy)

    proxy, left = asyncio.run(go())
    assert proxy["name"].isascii()
    assert "/" not in proxy["name"]
    assert len(proxy["toxics"]) == 4
    assert len(left) == 2


def test_a_lane_that_is_made_under_a_strike_has_its_toxics_at_once(toxiproxy):
    async def go():
        lanes = Lanes(toxiproxy.handle(), {"slow": Latency(by="5ms")})
        await lanes.turn("slow", on=True)
        first = await lanes.lane("db", ("slow",), "127.0.0.1:9")
        again = await lanes.lane("db", ("slow",), "127.0.0.1:9")
        return first == again, toxics(toxiproxy)

    same, there = asyncio.run(go())
    assert same
    assert len(there) == 2


def test_heal_leaves_no_toxic(toxiproxy):
    async def go():
        async with town(toxiproxy, strike("blackhole")) as (link, weather, _rows, _failed):
            assert await says(link, DATA) is TimeoutError
            before = len(toxics(toxiproxy))
            await weather.mend()
            return before, toxics(toxiproxy), await says(link, DATA)

    assert asyncio.run(go()) == (2, [], DATA)


def test_a_toxiproxy_that_is_gone_is_no_good_weather(toxiproxy):
    async def go():
        async with town(toxiproxy, strike("latency", by="5ms")) as (link, _, _rows, failed):
            toxiproxy.end()
            heard = await says(link, DATA)
            return heard, [str(error) for error in failed]

    toxiproxy.process.stdin.flush()
    heard, failed = asyncio.run(go())
    assert heard in {ConnectionResetError, asyncio.IncompleteReadError}
    assert len(failed) == 1
    assert toxiproxy.url in failed[0]
