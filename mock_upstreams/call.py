"""A call on an upstream that is worked on stage by stage, and how a stage is gone through for many calls."""

import asyncio
from collections.abc import Callable, Iterable

from mock_upstreams.answer_bytes import plain
from mock_upstreams.dialect import Ask, Found, Request
from mock_upstreams.house import Ear
from mock_upstreams.letter import Who
from mock_upstreams.records import Reason


class Call:
    """One call; each stage fills what the next one needs."""

    __slots__ = (
        "ask",
        "attempt",
        "changing",
        "ear",
        "found",
        "http_status",
        "outcome",
        "request",
        "who",
    )

    def __init__(self, request: Request, ear: Ear) -> None:
        self.request = request
        self.ear = ear
        self.ask: Ask
        self.who: Who
        self.attempt = 0
        self.found: Found | Reason
        self.changing = False
        self.outcome = ""
        self.http_status = 0


def through(calls: Iterable[Call], stage: Callable[[Call], bool]) -> list[Call]:
    """Take calls through a stage; return those that go on to the next. What breaks one of them breaks no other."""
    left = []
    for call in calls:
        try:
            if stage(call):
                left.append(call)
        except Exception as error:  # noqa: BLE001 - a bug must show as a 500, never as a caller left waiting
            _broke(call, error)
    return left


def _broke(call: Call, error: Exception) -> None:
    request = call.request
    context = {"message": f"{request.method} {request.path}", "exception": error}
    asyncio.get_running_loop().call_exception_handler(context)
    call.ear.answer(plain(500))
    call.ear.cut()
