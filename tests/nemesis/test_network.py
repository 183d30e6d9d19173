"""Links: in good weather bytes pass; each link fault does what it says; heal mends; rows tell who was met."""

import asyncio
import json
import subprocess
import sys
from contextlib import asynccontextmanager, suppress

import httpx
import pytest

from harness.core import journal
from harness.core.clock import now_ns, tick_s
from harness.faults import _link
from harness.faults._link import GOOD, LinkStrike
from harness.nemesis.network.link import Link
from harness.nemesis.network.weather import Weather

DEADLINE_S = 5.0
BIG = bytes(range(256)) * 4_000


class Echo(asyncio.Protocol):
    """Says back what it hears, and remembers how each connection ended."""

    def __init__(self, ends):
        self._ends = ends

    def connection_made(self, transport):
        self._transport = transport

    def data_received(self, data):
        self._transport.write(data)

    def connection_lost(self, exc):
        self._ends.append(type(exc).__name__ if exc else "closed")


@asynccontextmanager
async def town(*strikes, seed=7, begin=True):
    """A server, and a link to it under some weather."""
    rows, ends = [], []
    weather = Weather(strikes, seed)
    link = Link("db", weather, seed, rows.append)
    weather.watch(link.weathered)
    server = await asyncio.get_running_loop().create_server(lambda: Echo(ends), "127.0.0.1", 0)
    await link.open("127.0.0.1")
    link.lead(*server.sockets[0].getsockname())
    if begin:
        weather.begin(now_ns())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    try:
        yield link, weather, rows, ends
    finally:
        await link.close()
        server.close()
        await asyncio.sleep(0)


def strike(kind, *, name="s", share=1.0, window_ms=None, **fields):
    return LinkStrike(
        id=name, links=("db",), fault={"kind": kind, **fields}, share=share, window_ms=window_ms
    )


async def until(true, what="condition"):
    end_s = tick_s() + DEADLINE_S
    while not true():
        assert tick_s() < end_s, f"never: {what}"
        await asyncio.sleep(0.002)


async def says(link, data=b"hello", want=None):
    """Send some bytes; return what came back, the type of the error, or None for silence until the deadline."""
    reader, writer = await asyncio.open_connection("127.0.0.1", link.port)
    try:
        writer.write(data)
        return await asyncio.wait_for(reader.readexactly(want or len(data)), 1.0)
    except (ConnectionError, asyncio.IncompleteReadError, TimeoutError) as error:
        return type(error)
    finally:
        writer.close()


def test_every_link_fault_bends_a_good_network_and_says_what_it_is():
    samples = {
        "latency": {"by": "5ms"},
        "bandwidth": {"bytes_per_s": 10},
        "data_limit": {"bytes": 3},
    }
    for name, kind in _link.kinds().items():
        assert kind(**samples.get(name, {})).bend(GOOD) != GOOD, name
        assert kind.__doc__, name


@pytest.mark.parametrize(
    ("kind", "fields"),
    [("latency", {"by": "0"}), ("bandwidth", {"bytes_per_s": 0}), ("trickle", {"bytes": 0})],
)
def test_what_would_do_nothing_is_refused(kind, fields):
    with pytest.raises(ValueError, match=r"above 0|at least one"):
        _link.kinds()[kind](**fields)


def test_in_good_weather_everything_passes_and_no_row_is_written():
    async def go():
        async with town() as (link, _, rows, ends):
            heard = await says(link, BIG)
            await until(lambda: ends, "the server sees the client's end")
            return heard, ends, rows

    assert asyncio.run(go()) == (BIG, ["closed"], [])


def test_latency_delays_both_ways_and_keeps_the_bytes_in_order():
    async def go():
        async with town(strike("latency", by="40ms", jitter="40ms")) as (link, _, rows, _ends):
            began_s = tick_s()
            heard = await says(link, BIG)
            took_s = tick_s() - began_s
            await until(lambda: rows, "a row")
            return heard, took_s, rows[0]

    heard, took_s, row = asyncio.run(go())
    assert heard == BIG
    assert took_s >= 0.08
    assert (row.kind, row.ref, row.strikes, row.detail["up_bytes"]) == (
        "connection",
        "db",
        ["s"],
        len(BIG),
    )


def test_bandwidth_takes_its_time():
    async def go():
        async with town(strike("bandwidth", bytes_per_s=2_000, direction="up")) as (link, *_):
            began_s = tick_s()
            return await says(link, b"x" * 600), tick_s() - began_s

    heard, took_s = asyncio.run(go())
    assert heard == b"x" * 600
    assert took_s >= 0.3


def test_a_trickle_comes_in_pieces():
    async def go():
        async with town(strike("trickle", bytes=2, gap="5ms", direction="down")) as (link, *_):
            reader, writer = await asyncio.open_connection("127.0.0.1", link.port)
            writer.write(b"abcdef")
            pieces = []
            while sum(map(len, pieces)) < 6:
                pieces.append(await asyncio.wait_for(reader.read(100), 1))
            writer.close()
            return pieces

    pieces = asyncio.run(go())
    assert b"".join(pieces) == b"abcdef"
    assert pieces[0] == b"ab"


@pytest.mark.parametrize("direction", ["up", "down", "both"])
def test_a_blackhole_is_silence_and_heal_ends_it(direction):
    async def go():
        async with town(strike("blackhole", direction=direction)) as (link, weather, *_):
            silent = await says(link)
            weather.heal()
            return silent, await says(link)

    assert asyncio.run(go()) == (TimeoutError, b"hello")


def test_a_reset_breaks_both_ends():
    async def go():
        async with town(strike("link_reset")) as (link, _, rows, _ends):
            heard = await says(link)
            await until(lambda: rows, "a row")
            return heard, rows[0].outcome

    assert asyncio.run(go()) == (ConnectionResetError, "fail")


def test_a_data_limit_cuts_and_closes():
    async def go():
        async with town(strike("data_limit", bytes=3, direction="down")) as (link, *_):
            reader, writer = await asyncio.open_connection("127.0.0.1", link.port)
            writer.write(b"abcdef")
            heard = await asyncio.wait_for(reader.read(), 2)
            writer.close()
            return heard

    assert asyncio.run(go()) == b"abc"


def test_half_open_keeps_an_end_back_until_heal():
    async def go():
        async with town(strike("half_open")) as (link, weather, _, ends):
            _, writer = await asyncio.open_connection("127.0.0.1", link.port)
            writer.write(b"x")
            await until(lambda: any(c.back for c in link._connections), "joined")
            writer.close()
            await writer.wait_closed()
            for _ in range(20):
                await asyncio.sleep(0.002)
            kept = list(ends)
            weather.heal()
            await until(lambda: ends, "the server is told")
            return kept

    assert asyncio.run(go()) == []


def test_a_window_opens_and_closes_for_connections_that_live_through_it():
    async def go():
        quick = strike("blackhole", window_ms=(0.0, 150.0))
        async with town(quick, begin=False) as (link, weather, *_):
            reader, writer = await asyncio.open_connection("127.0.0.1", link.port)
            writer.write(b"before")
            before = await asyncio.wait_for(reader.readexactly(6), 1)
            weather.begin(now_ns())
            await until(lambda: weather._on, "on")
            writer.write(b"lost")
            await until(lambda: not weather._on, "off")
            writer.write(b"after")
            after = await asyncio.wait_for(reader.readexactly(5), 1)
            writer.close()
            return before, after

    assert asyncio.run(go()) == (b"before", b"after")


def test_the_same_seed_strikes_the_same_connections_and_counts_those_it_spared():
    async def go(seed):
        async with town(strike("link_reset", share=0.5), seed=seed) as (link, _, rows, _ends):
            heard = [await says(link) for _ in range(12)]
            await until(lambda: len(rows) == 12, "rows")
            return [h is ConnectionResetError for h in heard], sorted(
                (row.order_no, bool(row.strikes), bool(row.spared)) for row in rows
            )

    first, second, other = (asyncio.run(go(seed)) for seed in (1, 1, 2))
    assert first == second
    assert first[0] != other[0]
    assert {struck or spared for _, struck, spared in first[1]} == {True}
    assert 0 < sum(first[0]) < 12


def test_a_link_that_leads_nowhere_resets():
    async def go():
        async with town() as (link, *_):
            link.lead("127.0.0.1", 1)
            return await says(link)

    assert asyncio.run(go()) is ConnectionResetError


async def struck(http, through):
    """Go through a link until the strike on it, which begins with the next timer, has met a connection."""

    def met():
        with suppress(httpx.HTTPError):
            httpx.get(through)
        return http.get("/control/stats").json()["strikes"]["cut"]["struck"]

    await until(met, "a connection is struck")


def test_the_process_is_told_where_links_lead_and_journals_what_it_met(tmp_path):
    config = {
        "run": "r",
        "journal": str(tmp_path / "network.ndjson"),
        "seed": 1,
        "token": "network-token",
        "links": {"customers": 0},
        "strikes": [{"id": "cut", "links": ["customers"], "fault": {"kind": "link_reset"}}],
    }
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config))
    command = [sys.executable, "-m", "harness.nemesis.network", "--config", str(path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        told = json.loads(process.stdout.readline())
        with httpx.Client(base_url=told["control"], timeout=5) as http:
            assert http.get("/control/stats").status_code == 401
            http.headers["Authorization"] = "Bearer network-token"
            place = told["control"].removeprefix("http://")
            assert http.post("/control/links", json={"nowhere": place}).status_code == 400
            assert http.post("/control/links", json={"customers": place}).status_code == 200
            through = f"http://127.0.0.1:{told['links']['customers']}/control/stats"
            assert httpx.get(through).status_code == 401, "the link leads to the control port"
            assert http.post("/control/begin", json={"t0_ns": now_ns()}).status_code == 200
            asyncio.run(struck(http, through))
            http.post("/control/heal")
            assert httpx.get(through).status_code == 401
            http.post("/control/stop")
        assert process.wait(5) == 0
    finally:
        process.kill()
        process.stdout.close()
        process.wait()
    rows = journal.read(tmp_path / "network.ndjson")
    kinds = [row.kind for row in rows]
    assert (kinds[0], set(kinds[1:-1]), kinds[-1]) == ("open", {"connection"}, "close")
    assert [row.seq for row in rows] == list(range(len(rows)))
