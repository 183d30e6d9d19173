"""The HTTP face: what customers, gateways and operators call. Thin: read, ask a desk, answer.

A bare ASGI application: at hundreds of orders a second a framework's layers would cost as much as the business.
"""

import hmac
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec

from harness.targets.reference.accounts import Login, ThrottledError
from harness.targets.reference.batch_desk import BatchForm
from harness.targets.reference.gateways import Incoming, Reply
from harness.targets.reference.payment_desk import GatewayBusyError
from harness.targets.reference.platform import Platform
from harness.targets.reference.risk_desk import NotAllowedError, WrongChannelError
from harness.targets.reference.shop import BadOrderError, ConflictError, OrderForm

Form = TypeVar("Form", bound=msgspec.Struct)
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

log = logging.getLogger("reference.app")

_encode = msgspec.json.Encoder().encode
_JSON = "application/json"
_BODY_MOST = 64 * 1024
_RECEIVED = "<!doctype html><meta charset=utf-8><p>支付成功，正在充值。".encode()
_WAITING = "<!doctype html><meta charset=utf-8><p>正在确认支付结果。".encode()
_BATCHES = "/api/batches"
_BATCH_MOST = 8 * 1024 * 1024
"""Ten thousand lines with the longest account and number that a line may have, and the goods."""


class Channel(msgspec.Struct, frozen=True):
    """Which way of paying a customer asks for."""

    channel: str


class Mended(msgspec.Struct, frozen=True):
    """A wish for redelivery; an account only if it was wrong."""

    account: str = ""


class RefusedError(Exception):
    """A request that is answered with an HTTP error and a word."""

    def __init__(self, status: int, word: str, message: str = "") -> None:
        super().__init__(message or word)
        self.status = status
        self.word = word


class _Request(msgspec.Struct):
    """One request; `name` is the part of the path that names something: an order, a gateway."""

    incoming: Incoming
    name: str
    address: str


Handler = Callable[[_Request], Awaitable[Reply]]


class App:
    """The ASGI application of one platform, which starts and stops with it."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._shop = platform.shop
        self._routes: dict[tuple[str, str], Handler] = {
            ("GET", "/api/orders/{}"): self._status,
            ("POST", "/api/orders"): self._place,
            ("GET", "/notify/{}"): self._notice,
            ("POST", "/notify/{}"): self._notice,
            ("GET", "/paid/{}"): self._paid,
            ("POST", "/callback/{}"): self._callback,
            ("GET", "/api/orders"): self._latest,
            ("POST", "/api/orders/{}/pay"): self._pay_link,
            ("POST", "/api/orders/{}/close"): self._close,
            ("POST", "/api/orders/{}/resend"): self._resend,
            ("POST", "/api/orders/{}/ticket"): self._open_ticket,
            ("GET", "/api/orders/{}/ticket"): self._ticket,
            ("POST", _BATCHES): self._place_batch,
            ("GET", f"{_BATCHES}/{{}}"): self._batch,
            ("GET", "/api/bill"): self._bill,
            ("POST", "/api/register"): self._register,
            ("POST", "/api/login"): self._login,
            ("GET", "/api/goods"): self._goods,
            ("GET", "/healthz"): self._health,
        }

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one ASGI scope."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        reply = await self._answer(scope, receive)
        headers = [
            (b"content-type", reply.content_type.encode()),
            (b"content-length", b"%d" % len(reply.body)),
        ]
        start = {"type": "http.response.start", "status": reply.status, "headers": headers}
        await send(start)
        await send({"type": "http.response.body", "body": reply.body})

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        await self._platform.start()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._platform.stop()
        await send({"type": "lifespan.shutdown.complete"})

    async def _answer(self, scope: Message, receive: Receive) -> Reply:
        try:
            handler, name = self._route(scope["method"], scope["path"])
            headers = {
                key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]
            }
            query = scope["query_string"].decode("latin-1")
            most = _BATCH_MOST if scope["path"] == _BATCHES else _BODY_MOST
            incoming = Incoming(scope["method"], query, headers, await _body(receive, most))
            return await handler(_Request(incoming, name, (scope.get("client") or ("",))[0]))
        except RefusedError as error:
            return _error(error.status, error.word, error)
        except BadOrderError as error:
            return _error(400, "bad_order", error)
        except NotAllowedError as error:
            return _error(403, "not_allowed", error)
        except WrongChannelError as error:
            return _error(403, "wrong_channel", error)
        except ThrottledError as error:
            return _error(429, "too_often", error)
        except ConflictError as error:
            return _error(409, "conflict", error)
        except GatewayBusyError as error:
            return _error(503, "try_again", error)
        except Exception as error:
            log.exception("%s %s failed", scope["method"], scope["path"])
            return _error(500, "broken", error)

    def _route(self, method: str, path: str) -> tuple[Handler, str]:
        """Find the handler, and what the path names."""
        handler = self._routes.get((method, path))
        name = ""
        if handler is None:
            head, _, name = path.rpartition("/")
            handler = self._routes.get((method, f"{head}/{{}}"))
        if handler is None:
            head, _, tail = path.rpartition("/")
            head, _, name = head.rpartition("/")
            handler = self._routes.get((method, f"{head}/{{}}/{tail}"))
        if handler is None:
            raise RefusedError(404, "not_found")
        return handler, name

    async def _register(self, request: _Request) -> Reply:
        login = _credentials(_form(request, Login))
        if not await self._platform.accounts.register(login, request.address):
            raise RefusedError(409, "registered_already")
        return _json({"phone": login.phone})

    async def _login(self, request: _Request) -> Reply:
        login = _credentials(_form(request, Login))
        token = await self._platform.accounts.login(login, request.address)
        if token is None:
            raise RefusedError(401, "wrong_password")
        return _json({"token": token})

    async def _goods(self, _request: _Request) -> Reply:
        shown = [
            {"id": g.id, "kind": g.kind, "title": g.title, "price_fen": g.price_fen, "most": g.most}
            for g in self._shop.price_list()
        ]
        return _json({"goods": shown})

    async def _place(self, request: _Request) -> Reply:
        customer = await self._customer(request)
        form = _form(request, OrderForm)
        risk = self._platform.risk
        if risk.rules.new_device_most_fen and await self._platform.accounts.on_new_device(
            _bearer(request)
        ):
            self._shop.check(form)
            risk.check_device(self._shop.price_fen(form))
        if risk.rules.per_address:
            risk.check_address(request.address, f"{customer} {form.client_no}")
        return _json(await self._shop.place(customer, form))

    async def _latest(self, request: _Request) -> Reply:
        """Answer `?page=1&size=50` with a page of the customer's orders."""
        asked = dict(parse_qsl(request.incoming.query))
        customer = await self._customer(request)
        try:
            page, size = int(asked.get("page", 1)), int(asked.get("size", 50))
        except ValueError:
            raise RefusedError(400, "bad_page") from None
        return _json({"orders": await self._shop.latest(customer, page, size)})

    async def _status(self, request: _Request) -> Reply:
        customer = await self._customer(request)
        return _found(await self._shop.status(customer, request.name))

    async def _pay_link(self, request: _Request) -> Reply:
        customer = await self._customer(request)
        channel = _form(request, Channel).channel
        return _found(await self._shop.pay_link(customer, request.name, channel))

    async def _close(self, request: _Request) -> Reply:
        customer = await self._customer(request)
        return _found(await self._shop.close(customer, request.name))

    async def _resend(self, request: _Request) -> Reply:
        customer = await self._customer(request)
        account = _form(request, Mended).account
        return _found(await self._shop.resend(customer, request.name, account))

    async def _open_ticket(self, request: _Request) -> Reply:
        customer = await self._customer(request)
        return _found(await self._shop.ticket(customer, request.name, opened=True))

    async def _ticket(self, request: _Request) -> Reply:
        customer = await self._customer(request)
        return _found(await self._shop.ticket(customer, request.name, opened=False))

    async def _place_batch(self, request: _Request) -> Reply:
        customer = await self._customer(request)
        return _json(await self._platform.batches.place(customer, _form(request, BatchForm)))

    async def _batch(self, request: _Request) -> Reply:
        customer = await self._customer(request)
        return _found(await self._platform.batches.status(customer, request.name))

    async def _bill(self, request: _Request) -> Reply:
        """Answer `?day=2026-11-23` (of UTC) with a customer's own lines, or with all lines for the admin."""
        day = dict(parse_qsl(request.incoming.query)).get("day", "")
        token = _bearer(request)
        admin = self._platform.config.admin_key
        everybody = bool(admin) and hmac.compare_digest(token.encode(), admin.encode())
        whose = None if everybody else await self._customer(request)
        try:
            return _json({"day": day, "lines": await self._platform.bill.of_day(day, whose)})
        except ValueError:
            raise RefusedError(400, "bad_day") from None

    async def _notice(self, request: _Request) -> Reply:
        gateway = self._platform.gateways.get(request.name)
        if gateway is None:
            raise RefusedError(404, "not_found")
        return await self._platform.payments.take_notice(gateway, request.incoming)

    async def _paid(self, request: _Request) -> Reply:
        """Welcome a browser that comes back from a gateway; what it brings along is believed as a notification is."""
        gateway = self._platform.gateways.get(request.name)
        if gateway is None:
            raise RefusedError(404, "not_found")
        known = await self._platform.payments.take_return(gateway, request.incoming)
        return Reply(200, _RECEIVED if known else _WAITING, "text/html; charset=utf-8")

    async def _callback(self, request: _Request) -> Reply:
        operator = self._platform.operators.get(request.name)
        if operator is None:
            raise RefusedError(404, "not_found")
        return await self._platform.delivery.take_callback(operator, request.incoming)

    async def _health(self, _request: _Request) -> Reply:
        return _json({"ok": True})

    async def _customer(self, request: _Request) -> int:
        token = _bearer(request)
        customer = await self._platform.accounts.customer_of(token) if token else None
        if customer is None:
            raise RefusedError(401, "log_in_first")
        return customer


def _bearer(request: _Request) -> str:
    scheme, _, token = request.incoming.headers.get("authorization", "").partition(" ")
    return token if scheme == "Bearer" else ""


async def _body(receive: Receive, most: int) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
        if len(body) > most:
            raise RefusedError(413, "too_long")
    return body


def _form(request: _Request, kind: type[Form]) -> Form:
    try:
        return msgspec.json.decode(request.incoming.body, type=kind)
    except msgspec.DecodeError as error:
        raise RefusedError(400, "bad_form", str(error)) from None


def _credentials(login: Login) -> Login:
    if not (1 <= len(login.phone) <= 32 and 1 <= len(login.password) <= 128):
        raise RefusedError(400, "bad_form", "a phone and a password are needed")
    return login


def _json(content: object) -> Reply:
    return Reply(200, _encode(content), _JSON)


def _found(content: object | None) -> Reply:
    if content is None:
        raise RefusedError(404, "not_found")
    return _json(content)


def _error(status: int, word: str, error: Exception) -> Reply:
    return Reply(status, _encode({"error": word, "message": str(error)}), _JSON)
