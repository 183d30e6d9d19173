"""One upstream being served. What it hears in one turn it works on stage by stage, each for all before the next.

    hear ──▶ read ──▶ who is it for, and may a strike meet it? ──no───▶ express
                                                                └─yes──▶ an exchange of its own, leg by leg

A stage that is gone through for many calls in a row finds its code in the processor's caches: together they take half
the time that they take one call after the other.
"""

from collections.abc import Iterable, Iterator

from harness.core.delivery import Leg
from mock_upstreams import spoiling
from mock_upstreams.call import Call, through
from mock_upstreams.desk import Desk
from mock_upstreams.dialect import Answer, Dialect, Request
from mock_upstreams.exchange import Exchange
from mock_upstreams.express import Express
from mock_upstreams.house import Ear, House
from mock_upstreams.voice import Voice, read

_LEGS = (Leg.REQUEST, Leg.EFFECT, Leg.REPLY)
_MAKING = frozenset({"create", "submit"})
"""Whom these are for is read from what they say. Of others the books know it, which those before them may change."""


class Upstream:
    """One upstream being served: hears requests and passes each through the legs."""

    def __init__(self, name: str, dialect: Dialect, desk: Desk, house: House) -> None:
        self.name = name
        self.dialect = dialect
        self.desk = desk
        self.house = house
        self.spots = {op: [house.strikes.at(name, leg, op) for leg in _LEGS] for op in dialect.ops}
        self._express = Express(name, dialect, desk, house)
        self._heard: list[Call] = []

    def hear(self, request: Request, ear: Ear) -> None:
        """Take one request off the wire, to work on it once this turn has heard all."""
        self._heard.append(Call(request, ear))
        if len(self._heard) == 1:
            self.house.turn.then(self._work)

    def _work(self) -> None:
        calls, self._heard = self._heard, []
        for together in _runs(through(calls, self._read)):
            self._express.carry(through(together, self._free))

    def _read(self, call: Call) -> bool:
        ask = read(self.dialect, call.request)
        if isinstance(ask, Answer):
            self.house.recorder.unread(self.dialect.side, self.name, call.request.path, ask)
            self.say(self.dialect, call.request, ask, call.ear)
            return False
        call.ask = ask
        return True

    def _free(self, call: Call) -> bool:
        """Say whether a call goes the short way; if not, begin its exchange."""
        ask = call.ask
        call.who = who = self.desk.who(ask)
        if self._express.takes(ask, who):
            return True
        voice = self.dialect.successor if ask.renewed else self.dialect
        Exchange(self, voice, ask, call.request, call.ear, who).begin()
        return False

    def say(
        self,
        voice: Voice,
        request: Request,
        answer: Answer,
        ear: Ear,
        exchange: Exchange | None = None,
    ) -> None:
        """Send an answer, signed in a thread if that is slow."""
        if voice.signs_slowly:
            self.house.sealer.seal(
                voice, request, answer, lambda sealed: self._said(sealed, ear, exchange)
            )
        else:
            self._said(voice.seal(request, answer), ear, exchange)

    def _said(self, answer: Answer, ear: Ear, exchange: Exchange | None) -> None:
        if exchange is not None and exchange.spoil is not None:
            answer = spoiling.sealed(answer, exchange.spoil)
        heard = ear.answer(answer)
        if exchange is not None:
            exchange.end(answer.status if heard else 0)


def _runs(calls: Iterable[Call]) -> Iterator[list[Call]]:
    """Return calls in their order, as many together as need not know what became of those before them."""
    together: list[Call] = []
    for call in calls:
        if call.ask.op in _MAKING:
            together.append(call)
            continue
        if together:
            yield together
            together = []
        yield [call]
    if together:
        yield together
