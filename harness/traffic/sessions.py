"""Logs the customers in, some at a time, and keeps their sessions: tokens, cookies, what else a login gave."""

from collections.abc import Iterable
from typing import Any

from harness.core.clock import now_ns
from harness.core.event import Event
from harness.core.journal import Journal
from harness.core.purse import look
from harness.traffic.counter import Counter, Exchanged
from harness.traffic.people import Customer, customer_of

LANES = 8
"""Logins at the same time: platforms hash passwords slowly on purpose."""
_TRIES = 5
_PAUSE_S = 0.2


class Sessions:
    """What a worker's customers carry from request to request. Without a login it is a jar of cookies."""

    def __init__(self, seed: int, counter: Counter, journal: Journal) -> None:
        self._seed = seed
        self._counter = counter
        self._journal = journal
        self._people: dict[int, Customer] = {}
        self._sessions: dict[int, dict[str, Any]] = {}

    def open(self, customers: Iterable[int]) -> int:
        """Register where the platform knows how, and log in, each once; return how many could not be."""
        todo = sorted(set(customers))
        self._counter.transport.together([self._lane(todo[lane::LANES]) for lane in range(LANES)])
        return sum(self.session(number) is None for number in todo)

    def person(self, number: int) -> Customer:
        """Return a customer, invented once."""
        if number not in self._people:
            self._people[number] = customer_of(self._seed, number)
        return self._people[number]

    def said_of(self, number: int) -> dict[str, str]:
        """Return what the platform's requests say of a customer."""
        person = self.person(number)
        invented = {"phone": person.phone, "password": person.password, "name": person.name}
        invented["device"] = person.device
        return self._counter.shop.person(number, invented)

    def session(self, number: int) -> dict[str, Any] | None:
        """Return what a customer's requests carry, or None if there is no session."""
        if not self._counter.shop.has("login"):
            return self._sessions.setdefault(number, _fresh())
        return self._sessions.get(number)

    def renew(self, number: int, stale: dict[str, Any] | None) -> dict[str, Any] | None:
        """Log in again because `stale` was refused, unless somebody else has done so meanwhile."""
        if self._sessions.get(number) is stale:
            if self._counter.shop.has("login"):
                self._log_in(self.person(number), tries=1)
            else:
                self._sessions[number] = _fresh()
        return self._sessions.get(number)

    def _lane(self, numbers: list[int]) -> "_Lane":
        return _Lane(self, numbers)

    def admit(self, number: int) -> None:
        """Register and log in one customer."""
        person = self.person(number)
        if self._counter.shop.has("register"):
            # On a platform that keeps its accounts between runs this is refused, and the login tells.
            self._counter.exchange("register", {"customer": self.said_of(number), **_fresh()})
        if self._counter.shop.has("login"):
            self._log_in(person, tries=_TRIES)

    def open_wallet(self, number: int) -> None:
        """Write down what is in a customer's wallet before he buys anything; one that cannot be read is tried again.

        Not of whoever is only there to ask for others' orders: two numbers may be one account there.
        """
        if not self._counter.shop.has("wallet"):
            return
        for attempt in range(1, _TRIES + 1):
            asked_ns, session = now_ns(), self.session(number)
            if session is None:
                return
            scope = {**session, "customer": self.said_of(number)}
            done = self._counter.exchange("wallet", scope)
            answer, took_us = done.answer, done.took_us
            row = look("customer", number, asked_ns, answer, took_us=took_us, state="opening")
            self._journal.write(row)
            if row.outcome == "ok":
                return
            self._counter.transport.sleep(_PAUSE_S * attempt)

    def guess(self, number: int, wrong: int, rest_s: float = 0.0) -> Exchanged:
        """Open an account, try wrong passwords on it, and return what its right one is answered `rest_s` later.

        A wrong one that opens the account is returned at once; unknown if the account could not be entered before.
        """
        said, counter = self.said_of(number), self._counter
        if counter.shop.has("register"):
            counter.exchange("register", {"customer": said, **_fresh()})
        first = counter.exchange("login", {"customer": said, **_fresh()})
        if first.answer.outcome != "ok":
            return Exchanged(counter.shop.unanswered(sent=True), 0)
        for number_of in range(wrong):
            tried = {**said, "password": f"{said['password']}{number_of}"}
            done = counter.exchange("login", {"customer": tried, **_fresh()})
            if done.answer.outcome == "ok":
                return done
        if rest_s:
            counter.transport.sleep(rest_s)
        return counter.exchange("login", {"customer": said, **_fresh()})

    def intrude(self, number: int, elsewhere: int) -> tuple[Exchanged, dict[str, Any]]:
        """Log in as a customer from the device, and the address, of `elsewhere`: of one who never buys.

        Returns the login, and what requests of that session carry; the customer's own session stays as it is.
        """
        other = self.said_of(elsewhere)
        strange: dict[str, str] = {key: other[key] for key in ("device", "address") if key in other}
        said = {**self.said_of(number), **strange}
        session: dict[str, Any] = {**_fresh(), "customer": said}
        done = self._counter.exchange("login", session)
        return done, {**session, **done.answer.values}

    def _log_in(self, person: Customer, *, tries: int) -> None:
        for attempt in range(1, tries + 1):
            asked_ns = now_ns()
            session = _fresh()
            scope = {**session, "customer": self.said_of(person.number)}
            done = self._counter.exchange("login", scope)
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
                self._sessions[person.number] = {**session, **answer.values}
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
            self._sessions.open_wallet(number)


def _fresh() -> dict[str, Any]:
    return {"token": "", "cookies": {}}
