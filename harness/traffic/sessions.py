"""Logs the customers in, some at a time, and keeps their tokens."""

from collections.abc import Iterable

from harness.core.clock import now_ns
from harness.core.event import Event
from harness.core.journal import Journal
from harness.traffic.counter import Counter
from harness.traffic.people import Customer, customer_of

LANES = 8
"""Logins at the same time: platforms hash passwords slowly on purpose."""
_TRIES = 5
_PAUSE_S = 0.2


class Sessions:
    """The tokens of a worker's customers. A platform without a login has empty ones."""

    def __init__(self, seed: int, counter: Counter, journal: Journal) -> None:
        self._seed = seed
        self._counter = counter
        self._journal = journal
        self._people: dict[int, Customer] = {}
        self._tokens: dict[int, str] = {}

    def open(self, customers: Iterable[int]) -> int:
        """Register where the platform knows how, and log in, each once; return how many could not be."""
        todo = sorted(set(customers))
        self._counter.transport.together([self._lane(todo[lane::LANES]) for lane in range(LANES)])
        return sum(self.token(number) is None for number in todo)

    def person(self, number: int) -> Customer:
        """Return a customer, invented once."""
        if number not in self._people:
            self._people[number] = customer_of(self._seed, number)
        return self._people[number]

    def token(self, number: int) -> str | None:
        """Return a customer's token, or None if there is no session."""
        return self._tokens.get(number) if self._counter.shop.has("login") else ""

    def renew(self, number: int, stale: str | None) -> str | None:
        """Log in again because `stale` was refused, unless somebody else has done so meanwhile."""
        if self._tokens.get(number) == stale:
            self._log_in(self.person(number), tries=1)
        return self._tokens.get(number)

    def _lane(self, numbers: list[int]) -> "_Lane":
        return _Lane(self, numbers)

    def admit(self, number: int) -> None:
        """Register and log in one customer."""
        person = self.person(number)
        if self._counter.shop.has("register"):
            # On a platform that keeps its accounts between runs this is refused, and the login tells.
            self._counter.exchange("register", {"customer": _scope(person)})
        if self._counter.shop.has("login"):
            self._log_in(person, tries=_TRIES)

    def _log_in(self, person: Customer, *, tries: int) -> None:
        for attempt in range(1, tries + 1):
            asked_ns = now_ns()
            done = self._counter.exchange("login", {"customer": _scope(person)})
            answer = done.answer
            self._journal.write(
                Event(
                    vantage="customer",
                    kind="login",
                    time_ns=asked_ns,
                    outcome=answer.outcome,
                    attempt=attempt,
                    http_status=answer.http_status,
                    took_us=done.took_us,
                    detail={"customer": person.number, "reason": answer.reason},
                )
            )
            if answer.outcome == "ok":
                self._tokens[person.number] = str(answer.values.get("token", ""))
                return
            if attempt < tries:
                self._counter.transport.sleep(_PAUSE_S * attempt)


class _Lane:
    """A queue of customers in front of one login window."""

    def __init__(self, sessions: Sessions, numbers: list[int]) -> None:
        self._sessions = sessions
        self._numbers = numbers

    def __call__(self) -> None:
        for number in self._numbers:
            self._sessions.admit(number)


def _scope(person: Customer) -> dict[str, str]:
    return {"phone": person.phone, "password": person.password, "name": person.name}
