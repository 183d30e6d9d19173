"""What customers need from outside: somebody who speaks the platform's language, a transport, and an ear.

Traffic knows no target, only these shapes; the job names the function that builds the shop.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any, Literal, Protocol, TypeVar

import msgspec

from harness.traffic.steps import Break

T = TypeVar("T")


class NotSentError(Exception):
    """Nothing of the request left this machine: it surely had no effect."""


class NoAnswerError(Exception):
    """The request was sent, at least in part, and no whole answer came: it may have had its effect."""


class Reply(msgspec.Struct):
    """An HTTP answer; header names are lower case, several cookies stand on lines of their own."""

    status: int
    headers: dict[str, str]
    body: bytes


class Transport(Protocol):
    """Sends requests and lets time pass."""

    def send(
        self,
        url: str,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes,
        *,
        source: str = "",
        breaks: Break = "",
    ) -> Reply:
        """Send one request to the origin of `url`, once, and return its answer; `source` is the address to come from.

        With `breaks` as much of it is sent, and the connection closed.

        Raises:
            NotSentError: nothing was sent.
            NoAnswerError: something was sent and no whole answer came.
        """

    def sleep(self, seconds: float) -> None:
        """Let real time pass."""

    def together(self, deeds: Sequence[Callable[[], T]]) -> list[T]:
        """Do several things at the same instant and return what each returned, in their order."""


class Call(Protocol):
    """One request, ready to send; `path` includes the query."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    source: str


class Answer(Protocol):
    """What an answer meant. Values: token, order_no, amount_fen, pay_url, state (ours), cards."""

    outcome: Literal["ok", "fail", "unknown"]
    values: dict[str, Any]
    http_status: int
    reason: str
    ended: bool
    refused: str


class Shop(Protocol):
    """Speaks a platform's API without I/O: register, login, place, pay_link, status, and what else it has."""

    def has(self, name: str) -> bool:
        """Say whether the platform has such a call; `customers`: whether placing an order tells who asks."""

    def person(self, number: int, invented: Mapping[str, str]) -> dict[str, str]:
        """Return what the platform's requests say of customer `number`."""

    def flow(self, name: str, scope: Mapping[str, Any]) -> Generator[Call, Reply | bool, Answer]:
        """Yield requests, be sent their replies (or whether they were sent at all), return what it all meant."""

    def unanswered(self, *, sent: bool) -> Answer:
        """Return what no answer means."""


Ear = Callable[[str, float, int, str], None]
"""Hears of every call: its name, ms, bytes of the answer, and what was wrong (empty: nothing)."""
