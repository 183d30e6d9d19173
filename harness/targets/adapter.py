"""Speaks a target's own API from its description, without doing any I/O.

    flow = adapter.flow("place", scope)
    call = next(flow)                      what to send
    call = flow.send(reply)                what to send next, or StopIteration whose value is the Answer
    call = flow.send(sent)                 True: sent, no whole answer came; False: nothing was sent

Whoever has a connection (the Locust file, the audit) drives the flow. An answer is `ok` when it surely took
effect, `fail` when it surely did not, and `unknown` when it may have: no answer, a 5xx, an answer that cannot be read.
A subclass in a file of its own, beside the target file, may say what YAML cannot: it overrides `flow`.
"""

from collections.abc import Generator, Iterable, Iterator, Mapping
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

import msgspec

from harness.core.errors import UsageError
from harness.targets import _cookies, _forms
from harness.targets._answer import Answer, at_step
from harness.targets._instant import Instant
from harness.targets._lines import Lines
from harness.targets._page import Page, Way
from harness.targets._paging import PAGED, is_paged, paged
from harness.targets._refusing import Refusing
from harness.targets._spoken import FORM, Call, Spoken
from harness.targets._strangers import knows_customers
from harness.targets._taking import holds
from harness.targets._values import Values
from harness.targets._wallet import is_topup
from harness.targets._words import Step, steps_of
from harness.targets.target import CALLS, Target
from harness.targets.template import Scope

UNNAMED_OF = 3
"""One of so many invented customers has no real name, where the target promises a limit for them."""
MOST_PAGES = 8
"""Pages that a browser is led through on the way to the gateway, or by redirects."""
_OF_TOPUP = {"place": "topup", "status": "topup_status"}
_BEFORE_SESSION = ("register", "login", "health")
"""Calls that need no session: many platforms lead to the login page after a registration that went well."""


class Came(Protocol):
    """An HTTP answer; header names are lower case, several cookies stand on lines of their own."""

    status: int
    headers: dict[str, str]
    body: bytes


Flow = Generator[Call, Came | bool, Answer]


class Adapter:
    """One target's API: register, login, health, and those of CALLS that its file describes."""

    def __init__(
        self, target: Target, folder: Path = Path(), gateway_urls: Iterable[str] = ()
    ) -> None:
        """Compile a target; `folder` is where its file lies, `gateway_urls` where its gateways are in this run.

        Raises:
            UsageError: a key, a JMESPath, a filter or a regular expression in it is wrong.
        """
        self.target = target
        session, control = target.session, target.control
        steps: dict[str, list[Step]] = {
            "register": steps_of(session.register),
            "login": steps_of(session.login),
            "health": steps_of(control.health if control else None),
            **{name: steps_of(target.call(name)) for name in CALLS},
        }
        self._steps = {
            name: [Spoken(step, session.send if name in CALLS else {}, folder) for step in said]
            for name, said in steps.items()
            if said
        }
        self._ended = holds(session.ended_when)
        self._refusing = Refusing(target.refusals)
        self._values = Values(target, folder)
        self._lines = Lines(target.batch_line)
        self._goods = {one.id: one.told() for one in target.goods}
        self._kinds = {one.id: one.kind for one in target.goods}
        self._in_pages = {name for name in PAGED if is_paged(target.call(name))}
        self._base = target.base_url.rstrip("/")
        parts = urlsplit(self._base)
        self._origin, self._prefix = f"{parts.scheme}://{parts.netloc}", parts.path
        self._gateways = tuple(url.rstrip("/") for url in gateway_urls)
        self._network = ip_network(target.source_addresses) if target.source_addresses else None

    def has(self, name: str) -> bool:
        """Say whether the target has such a call; `customers`: whether placing an order tells who asks."""
        return name in self._steps or (
            name == "customers" and knows_customers(self.target, "place")
        )

    def person(self, number: int, invented: Mapping[str, str]) -> dict[str, str]:
        """Return what templates know of customer `number`: an account of the file, or the invented one."""
        accounts = self.target.accounts
        person = dict(invented)
        if self.target.promises.limit_unverified and number % UNNAMED_OF == 0:
            person["name"] = ""
        if isinstance(accounts, list) and accounts:
            account = accounts[number % len(accounts)]
            said = {"phone": account.phone, "password": account.password, "name": account.name}
            person |= {key: text for key, text in said.items() if text} | account.more
        if self._network is not None:
            person["address"] = str(self._network[1 + number % (self._network.num_addresses - 2)])
        return person

    def call(self, name: str, scope: Scope) -> Call:
        """Return the first request of a call; raises UsageError when the scope lacks a name it asks for."""
        return self._call(self._steps[name][0], name, scope, None)

    def drafts(self, name: str, scope: Scope) -> Iterator[Call | str]:
        """Yield the requests of a call as far as they are known beforehand: of a form only its selector."""
        known = self._known(scope)
        for spoken in self._steps[name]:
            yield spoken.step.form_of or self._call(spoken, name, known, None)

    def read(self, name: str, http_status: int, headers: Mapping[str, str], body: bytes) -> Answer:
        """Return what an answer to the only step of a call means; never raises, whatever came."""
        page = Page(self._base, http_status, headers, body)
        return self._read(self._steps[name][0], page, {}, {}, name)

    def unanswered(self, *, sent: bool) -> Answer:
        """Return what no answer means: surely not if it was never sent, else it may have happened."""
        return Answer("unknown" if sent else "fail", {}, 0, "no answer" if sent else "not sent")

    def flow(self, name: str, scope: Scope) -> Flow:
        """Yield the requests of a call and be sent their answers; return what all of it meant.

        `scope["cookies"]` is the session's jar, read and filled; `scope["submitted"]` keeps forms for _forms.py.
        """
        if name == "come_back":
            return (yield from self._come_back(scope))
        if name in self._in_pages:
            return (yield from paged(partial(self._walk, name), scope))
        answer = yield from self._walk(name, scope)
        delivered = name == "status" and answer.values.get("state") == "delivered"
        if delivered and "cards" in self._steps and not answer.values.get("cards"):
            shown = yield from self._walk("cards", {**scope, **answer.values})
            answer.values["cards"] = shown.values.get("cards", [])
            if shown.outcome != "ok":
                answer.outcome, answer.reason = "unknown", f"cards: {shown.reason}"
        return answer

    def _come_back(self, scope: Scope) -> Flow:
        """Open the page that `scope["back"]` leads to, and those that it leads on to; nothing is read from them."""
        url = str(scope["back"])
        if not url.startswith(f"{self._origin}/"):
            return Answer("fail", {}, 0, f"{url.partition('?')[0]} is not on the platform")
        call = self._sendable(Call("GET", url.removeprefix(self._origin), {}), scope)
        came = yield call
        if isinstance(came, bool):
            return self.unanswered(sent=came)
        first = self._page(call, came, {**scope})
        page, lost = yield from self._follow("redirects", first, {**scope}, "login")
        status = first.status if lost else page.status
        return Answer("ok" if status < 400 else "fail" if status < 500 else "unknown", {}, status)

    def _said(self, name: str, scope: Scope) -> list[Spoken]:
        """Return the requests of a call; a top-up may be placed and looked at by requests of its own."""
        own = _OF_TOPUP.get(name, "")
        return self._steps[own if own and self.stands_apart(scope, own) else name]

    def stands_apart(self, scope: Scope, call: str = "topup_status") -> bool:
        """Say whether an order is a top-up that has such a call of its own; it is in no list of orders then."""
        return call in self._steps and is_topup(self._kinds, scope)

    def _walk(self, name: str, scope: Scope) -> Flow:
        steps = self._said(name, scope)
        known = self._known(scope)
        values: dict[str, Any] = {}
        page: Page | None = None
        answer = Answer("fail", {}, 0, "nothing was sent")
        for at, spoken in enumerate(steps):
            try:
                call = self._call(spoken, name, known, page)
            except (LookupError, UsageError) as error:
                status = page.status if page else 0
                return at_step(at, steps, Answer("fail", values, status, str(error)))
            forms = _forms.kept(scope, name, steps[: at + 1])
            came = yield (call := _forms.again(forms, scope, call))
            if isinstance(came, bool):
                unanswered = self.unanswered(sent=came)
                unanswered.values = values
                return at_step(at, steps, unanswered)
            page = self._page(call, came, known)
            if spoken.step.follow and not self._over(page, name):
                page, way_out = yield from self._follow(spoken.step.follow, page, known, name)
                if way_out is not None:
                    way_out.values = {**values, **way_out.values}
                    if way_out.outcome != "ok":
                        return at_step(at, steps, way_out)
                    values |= way_out.values
            answer = self._read(spoken, page, known, values, name)
            if answer.outcome != "ok":
                _forms.refused(forms, answer.outcome)
                return at_step(at, steps, answer)
        return answer

    def _follow(
        self, how: str, page: Page, scope: dict[str, Any], name: str
    ) -> Generator[Call, Came | bool, tuple[Page, Answer | None]]:
        """Go on as a browser would; return the last page, and what became of the way to the gateway."""
        for _ in range(MOST_PAGES):
            way = page.onward() if how == "gateway" else _redirect(page)
            if way is None or self._over(page, name):
                break
            if not way.url.startswith(f"{self._origin}/"):
                return page, self._arrived(way, page)
            came = yield self._go(way, page, scope)
            if isinstance(came, bool):
                return page, self.unanswered(sent=came)
            page = Page(way.url, came.status, came.headers, came.body)
            self._keep(page, scope)
        else:
            return page, Answer(
                "unknown", {}, page.status, f"more than {MOST_PAGES} pages on the way"
            )
        if how == "gateway" and not self._over(page, name) and page.status < 400:
            begin = " ".join(page.text[:120].split())
            return page, Answer(
                "unknown", {}, page.status, f"{page.url} leads to no gateway: {begin!r}"
            )
        return page, None

    def _arrived(self, way: Way, page: Page) -> Answer:
        """Return the URL that is paid at the gateway: a form's fields become its query."""
        host = urlsplit(way.url).hostname or ""
        ours = any(way.url.startswith(url) for url in self._gateways)
        if self._gateways and not ours and (host == "localhost" or host.startswith("127.")):
            return Answer(
                "unknown", {}, page.status, f"{page.url} leads to {way.url}, no gateway of this run"
            )
        joint = "&" if "?" in way.url else "?"
        url = f"{way.url}{joint}{urlencode(way.fields)}" if way.fields else way.url
        return Answer("ok", {"pay_url": url}, page.status)

    def _go(self, way: Way, page: Page, scope: Mapping[str, Any]) -> Call:
        path, headers, body = way.url.removeprefix(self._origin), {"Referer": page.url}, b""
        if way.method == "POST":
            headers["Content-Type"] = FORM
            body = urlencode(way.fields).encode()
        elif way.fields:
            path += ("&" if "?" in path else "?") + urlencode(way.fields)
        return self._sendable(Call(way.method, path, headers, body), scope)

    def _call(self, spoken: Spoken, name: str, scope: Scope, before: Page | None) -> Call:
        call = spoken.call(Instant(scope, name), before)
        if before is not None and self.target.session.referer:
            call.headers.setdefault("Referer", before.url)
        call.path = call.path.removeprefix(self._origin)
        return self._sendable(call, scope)

    def _sendable(self, call: Call, scope: Mapping[str, Any]) -> Call:
        """Take the site's own prefix off, which the connection knows, and add cookies and the address."""
        if self._prefix and call.path.startswith(f"{self._prefix}/"):
            call.path = call.path.removeprefix(self._prefix)
        cookies = _cookies.header(scope.get("cookies") or {}, f"{self._prefix}{call.path}")
        if cookies:
            call.headers.setdefault("Cookie", cookies)
        if self._network is not None:
            call.source = scope["customer"]["address"]
        return call

    def _page(self, call: Call, came: Came, scope: Mapping[str, Any]) -> Page:
        page = Page(f"{self._base}{call.path}", came.status, came.headers, came.body)
        self._keep(page, scope)
        return page

    def _keep(self, page: Page, scope: Mapping[str, Any]) -> None:
        """Put the cookies of an answer into the session's jar."""
        jar = scope.get("cookies")
        if jar is not None and "set-cookie" in page.headers:
            _cookies.keep(jar, page)

    def _over(self, page: Page, name: str) -> bool:
        """Say whether an answer shows that the session is over; before there is one, nothing does."""
        if name in _BEFORE_SESSION:
            return False
        return page.status == 401 or self._ended(page)

    def _read(
        self,
        spoken: Spoken,
        page: Page,
        known: dict[str, Any],
        values: dict[str, Any],
        name: str,
    ) -> Answer:
        """Return what an answer means; what is taken is known to the steps after it."""
        if self._over(page, name):
            to = f" to {page.location}" if page.location else ""
            return Answer(
                "fail", values, page.status, f"HTTP {page.status}{to}: session ended", ended=True
            )
        if refused := self._refusing.why(name, page):
            return Answer("fail", values, page.status, f"refused: {refused}", refused=refused)
        outcome, reason = spoken.judged(page)
        if outcome == "ok":
            try:
                taken = spoken.taken(page, known)
                known |= taken
                values |= self._values.ours(taken, name, str(known.get("goods", {}).get("id", "")))
                unpaid = name == "place" or values.get("state") == "unpaid"
                if unpaid and (cards := self._values.leaked(values, page.text)):
                    values["cards"] = cards
            except (msgspec.DecodeError, ValueError, TypeError, LookupError) as error:
                told = error.args[0] if error.args else error
                outcome, reason = "unknown", f"the answer cannot be read: {told}"
        return Answer(outcome, values, page.status, reason)

    def _known(self, scope: Scope) -> dict[str, Any]:
        """Return what templates may ask for: goods with all their values, the lines of a batch as they are sent."""
        known = {**scope}
        if "goods" in scope:
            known["goods"] = self._bought(scope)
        if "lines" in scope:
            known["lines"] = self._lines.of(scope, self._bought)
        return known

    def _bought(self, scope: Scope) -> dict[str, Any]:
        said = scope["goods"]
        known = self._goods.get(said["id"])
        return dict(said) if known is None else known


def _redirect(page: Page) -> Way | None:
    return Way("GET", page.location) if page.location else None
