"""How well callbacks keep time, and what a million of them that wait cost.

    python -m tests.bench.callbacks

ladders   a platform that never acknowledges sees each published gap within 1 % at time_scale 60 and 600, and at 1 with
          a list that is cut to its first gaps of at most 15 s (the whole of it takes a day)
lateness  2,000 callbacks a second for 10 s, each delayed by its own keyed time: p99 at most 10 ms after they were due
held      1,000,000 callbacks that wait, in less than 1 GiB, and none lost when they are let go
"""

import asyncio
import resource
import sys
import tempfile
from pathlib import Path
from typing import Any

import msgspec
import uvloop

from harness.core.clock import now_ns, tick_s
from mock_upstreams.config import Config
from mock_upstreams.dialect import Answer, Notice, Request
from mock_upstreams.house import Ear
from mock_upstreams.letter import Who
from mock_upstreams.records import SupplierOrder, Trade
from mock_upstreams.server import Street, _spare_the_collector
from mock_upstreams.wire import listen
from tests.bench.child import started

SCALES = (1, 60, 600)
SHORT_MS = 15_000.0
RATE, SPAN_S, DELAY_S = 2_000, 10, 5.0
HELD = 1_000_000
PRODUCT = {"id": "12", "cost_fen": 4960, "face_fen": 5000, "title": "话费50元"}


def _street(upstreams: dict[str, Any], **more: Any) -> Street:
    raw = {"token": "bench-token", "upstreams": upstreams, **more}
    _spare_the_collector()
    return Street(msgspec.convert(raw, Config))


class Platform:
    """Notes when each notification came, by its path, and says what it is told to say."""

    def __init__(self, says: bytes, status: int = 200) -> None:
        self.came_ns: dict[str, list[int]] = {}
        self._answer = Answer(says, status)

    def hear(self, request: Request, ear: Ear) -> None:
        self.came_ns.setdefault(request.path, []).append(now_ns())
        ear.answer(self._answer)


def _notice(name: str, street: Street, number: int = 1) -> Notice:
    dialect, at_ns = street.upstreams[name].dialect, now_ns()
    if dialect.side == "operator":
        product = dialect.products["12"]
        order = SupplierOrder(
            ref=dialect.number("order", number, at_ns),
            serial=number,
            order_no=f"O{number}",
            account="13800138000",
            product=product,
            quantity=1,
            cost_fen=4960,
            created_ns=at_ns,
            state="delivered",
            done_ns=at_ns,
        )
        return Notice(op="submit", id=f"S{number}", at_ns=at_ns, order=order)
    trade = Trade(
        ref=dialect.number("trade", number, at_ns),
        order_no=f"O{number}",
        amount_fen=1990,
        created_ns=at_ns,
        state="paid",
        captured_fen=1990,
        paid_ns=at_ns,
    )
    return Notice(op="pay", id=f"P{number}", at_ns=at_ns, trade=trade)


# Ladders.


def _short(gaps_ms: tuple[float, ...], scale: float) -> tuple[float, ...]:
    """Return the gaps that are watched: all of up to 20 s real, at scale 1 those of up to 15 s."""
    limit_ms = SHORT_MS if scale == 1 else 20_000.0 * scale
    kept: list[float] = []
    for gap_ms in gaps_ms:
        if gap_ms > limit_ms or sum(kept) + gap_ms > 2 * limit_ms:
            break
        kept.append(gap_ms)
    return tuple(kept)


async def _climbed(scale: float) -> list[float]:
    """Return by which share of it each gap of all dialects was off, sorted."""
    from mock_upstreams.catalogue import dialects  # noqa: PLC0415 - only here

    names = [name for name, kind in dialects().items() if kind.ladder_ms]
    upstreams = {
        name: {"products": [PRODUCT]} if dialects()[name].side == "operator" else {}
        for name in names
    }
    street = _street(upstreams, time_scale=scale)
    platform = Platform(b"no", 500)
    listener = await listen(platform.hear, "127.0.0.1", 0)
    wanted = {}
    url = f"http://127.0.0.1:{listener.port}"
    for name in names:  # what is slow the first time is not the ladder's
        notice = _notice(name, street)
        street.notifier.start(
            name, street.upstreams[name].dialect, notice, f"{url}/warm", Who(None, name)
        )
    await asyncio.sleep(0.5)
    street.notifier.close()
    for name in names:
        dialect = street.upstreams[name].dialect
        notice = _notice(name, street)
        gaps_ms = _short(dialect.ladder(notice.op), scale)
        if gaps_ms:
            wanted[f"/{name}"] = [gap_ms / scale for gap_ms in gaps_ms]
            await asyncio.sleep(0.03)
            street.notifier.start(name, dialect, notice, f"{url}/{name}", Who(None, name))
    while any(len(platform.came_ns.get(p, ())) <= len(g) for p, g in wanted.items()):  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    await street.close()
    await listener.close()
    off = []
    for path, gaps in wanted.items():
        came = platform.came_ns[path]
        for gap, first, second in zip(gaps, came, came[1:], strict=False):
            off.append(abs((second - first) / 1e6 - gap) / gap)
    return sorted(off)


# Lateness.

RECORDER = """
import asyncio, sys, uvloop
from harness.core.clock import now_ns
from mock_upstreams.dialect import Answer
from mock_upstreams.wire import listen
came, answer = [], Answer(b"success")
def hear(request, ear):
    if request.path == "/said":
        ear.answer(Answer("\\n".join(came).encode()))
    else:
        came.append(f"{request.path[1:]} {now_ns()}")
        ear.answer(answer)
async def main():
    listener = await listen(hear, "127.0.0.1", 0)
    print(listener.port, flush=True)
    await asyncio.Event().wait()
uvloop.run(main())
"""


async def _late(port: int) -> tuple[list[float], int]:
    """Return how late each callback came, in ms, and how many were sent."""
    with tempfile.TemporaryDirectory() as folder:
        strike = {
            "id": "late",
            "upstreams": ["epay"],
            "leg": "notify",
            "ops": ["pay"],
            "fault": {"kind": "delay", "by": f"{DELAY_S:g}s"},
        }
        journal = str(Path(folder) / "j.ndjson")
        street = _street({"epay": {}}, strikes=[strike], journal=journal)
        dialect = street.upstreams["epay"].dialect
        due_ns: dict[str, int] = {}
        begin_s = tick_s()
        for number in range(RATE * SPAN_S):
            wait_s = begin_s + number / RATE - tick_s()
            if wait_s > 0.001:
                await asyncio.sleep(wait_s)
            url = f"http://127.0.0.1:{port}/{number}"
            due_ns[str(number)] = now_ns() + int(DELAY_S * 1e9)
            notice = _notice("epay", street, number + 1)
            street.notifier.start("epay", dialect, notice, url, Who(number, f"i{number}"))
        while street.house.totals.pending:  # noqa: ASYNC110 - as a supervisor would
            await asyncio.sleep(0.05)
        came = (await _get(port, "/said")).split("\n")
        await street.close()
    pairs = (line.split(" ")[:2] for line in came)
    late_ms = [(int(at) - due_ns[number.partition("?")[0]]) / 1e6 for number, at in pairs]
    return sorted(late_ms), len(due_ns)


async def _get(port: int, path: str) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    text = await reader.read()
    writer.close()
    return text.partition(b"\r\n\r\n")[2].decode()


# A million held.


async def _held(port: int) -> dict[str, Any]:
    """Hold a million callbacks of as many trades; return what they cost beside their trades, and how many were lost."""
    strike = {
        "id": "late",
        "upstreams": ["epay"],
        "leg": "notify",
        "ops": ["pay"],
        "fault": {"kind": "delay", "by": "10h"},
    }
    street = _street({"epay": {}}, strikes=[strike])
    dialect = street.upstreams["epay"].dialect
    url = f"http://127.0.0.1:{port}/held"
    notices = [_notice("epay", street, number) for number in range(1, HELD + 1)]
    before_kib = _rss_kib()
    for number, notice in enumerate(notices):
        street.notifier.start("epay", dialect, notice, url, Who(None, f"B{number}"))
        if number % 1_000 == 0:
            await asyncio.sleep(0)
    await asyncio.sleep(0.2)
    held = street.house.totals.pending
    cost_kib = _rss_kib() - before_kib
    lost = await _drained(street)
    await street.close()
    return {"held": held, "mib": round(cost_kib / 1024), "left_after_draining": lost}


async def _drained(street: Street) -> int:
    """Let everything go at once, and return how many callbacks are left when nothing moves any more."""
    street.notifier.hurry()
    last = -1
    while street.house.totals.pending and last != street.house.totals.pending:
        last = street.house.totals.pending
        await asyncio.sleep(5)
    return street.house.totals.pending


def _rss_kib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def run() -> list[dict[str, Any]]:
    """Measure all three."""
    rows: list[dict[str, Any]] = []
    for scale in SCALES:
        off = uvloop.run(_climbed(scale))
        kept = sum(share <= 0.01 for share in off)
        rows.append(
            {
                "what": f"ladders at time_scale {scale}",
                "count": len(off),
                "measured": f"{kept} within 1 %, median off by {off[len(off) // 2]:.2%}, worst by {off[-1]:.1%}",
                "target": "all within 1 %",
                "met": kept == len(off),
            }
        )
    command = [sys.executable, "-c", RECORDER]
    with started(command) as recorder:
        assert recorder.stdout is not None
        port = int(recorder.stdout.readline())
        late_ms, sent = uvloop.run(_late(port))
        p99_ms = late_ms[int(len(late_ms) * 0.99)]
        rows.append(
            {
                "what": f"callbacks at {RATE:,}/s, delayed by {DELAY_S:g} s",
                "count": len(late_ms),
                "measured": f"p99 {p99_ms:.1f} ms late, {sent - len(late_ms)} lost",
                "target": "p99 at most 10 ms",
                "met": p99_ms <= 10 and len(late_ms) == sent,
            }
        )
        held = uvloop.run(_held(port))
    met = held["held"] == HELD and held["mib"] < 1024 and not held["left_after_draining"]
    told = f"{held['mib']} MiB {held['left_after_draining']} left after draining"
    rows.append(
        {
            "what": "callbacks held",
            "count": held["held"],
            "measured": told,
            "target": "under 1,024 MiB, none lost",
            "met": met,
        }
    )
    return rows


if __name__ == "__main__":
    for row in run():
        print("  ".join(f"{name} {value}" for name, value in row.items()))
