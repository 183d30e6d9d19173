"""One turn: what came is served in its order, then all answers go out, and nobody's last words are lost."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import uvloop

from mock_upstreams import turn, wire
from mock_upstreams.dialect import Answer, Request
from mock_upstreams.house import Ear
from mock_upstreams.turn import Turn


class Wire:
    """Transports that write into one list, and the callbacks that wait for the turn's end."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.waiting: list[Callable[[], object]] = []
        self.turn = Turn(self.waiting.append)

    def connect(self, name: str, app: wire.App) -> wire.Line:
        pipe: Any = _Pipe(name, self.seen)
        line = wire.Line(app, set(), self.turn)
        line.connection_made(pipe)
        return line

    def go_on(self) -> None:
        waiting, self.waiting[:] = list(self.waiting), []
        for act in waiting:
            act()


class _Pipe:
    def __init__(self, name: str, seen: list[str]) -> None:
        self.name = name
        self.seen = seen

    def write(self, data: bytes) -> None:
        self.seen.append(f"{self.name} hears {data[-1:].decode()}")

    def close(self) -> None:
        self.seen.append(f"{self.name} closed")

    abort = close

    def is_reading(self) -> bool:
        return True

    def get_extra_info(self, name: str) -> Any:
        assert name == "socket"
        return self

    def setsockopt(self, *option: object) -> None:
        assert option


def _asks(target: str) -> bytes:
    return f"GET /{target} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


@pytest.fixture
def here() -> Wire:
    return Wire()


def _app(here: Wire) -> wire.App:
    def serve(request: Request, ear: Ear) -> None:
        here.seen.append(f"serve {request.path[1:]}")
        if request.path == "/reset":
            ear.reset()
        elif request.path == "/cut":
            ear.cut()
        else:
            ear.answer(Answer(request.path[1:].encode()))

    return serve


def test_all_is_served_before_the_first_answer_goes_out(here):
    one, two = here.connect("one", _app(here)), here.connect("two", _app(here))
    one.data_received(_asks("a"))
    two.data_received(_asks("b"))
    assert here.seen == []
    assert len(here.waiting) == 1
    here.go_on()
    assert here.seen == ["serve a", "serve b", "one hears a", "two hears b"]


@pytest.mark.parametrize("end", ["reset", "cut"])
def test_who_breaks_off_says_first_what_was_answered_before(here, end):
    one = here.connect("one", _app(here))
    one.data_received(_asks("a") + _asks(end))
    here.go_on()
    assert here.seen == ["serve a", f"serve {end}", "one hears a", "one closed"]


def test_a_caller_who_hangs_up_at_once_was_heard_nevertheless(here):
    one = here.connect("one", _app(here))
    one.data_received(_asks("a"))
    one.connection_lost(None)
    assert here.seen[0] == "serve a"
    here.go_on()
    assert here.seen.count("serve a") == 1


def test_a_crowd_is_served_in_portions_and_nobody_is_forgotten(here):
    crowd = [here.connect(str(n), _app(here)) for n in range(2 * turn.AT_MOST + 1)]
    for n, line in enumerate(crowd):
        line.data_received(_asks(f"x{n}"))
    here.go_on()
    assert sum(s.startswith("serve") for s in here.seen) == turn.AT_MOST
    assert len(here.seen) == 2 * turn.AT_MOST, "a portion is answered before the next one begins"
    while here.waiting:
        here.go_on()
    assert [s for s in here.seen if s.startswith("serve")] == [
        f"serve x{n}" for n in range(len(crowd))
    ]


def test_an_answer_that_comes_later_goes_out_at_once(here):
    ears: list[Ear] = []
    one = here.connect("one", lambda _, ear: ears.append(ear))
    one.data_received(_asks("a"))
    here.go_on()
    assert here.seen == []
    ears[0].answer(Answer(b"late"))
    assert here.seen == ["one hears e"]


def test_over_a_socket_a_request_whose_sender_left_is_served():
    assert {f"/{n}" for n in range(20)} <= set(uvloop.run(_leavers(20)))


async def _leavers(count: int) -> list[str]:
    heard: list[str] = []
    everybody = asyncio.Event()

    def serve(request: Request, ear: Ear) -> None:
        heard.append(request.path)
        ear.answer(Answer(b"ok"))
        if len(heard) == count:
            everybody.set()

    port = await wire.listen(serve, "127.0.0.1", 0)
    for n in range(count):
        _, writer = await asyncio.open_connection("127.0.0.1", port.port)
        writer.write(_asks(str(n)))
        writer.close()
    await asyncio.wait_for(everybody.wait(), 5)
    await port.close()
    return heard
