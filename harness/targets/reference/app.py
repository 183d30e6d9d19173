"""The HTTP face: what customers, gateways and operators call. Thin: read, ask a desk, answer."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from harness.targets.reference.accounts import Login
from harness.targets.reference.gateways import Incoming, Reply
from harness.targets.reference.payment_desk import GatewayBusyError
from harness.targets.reference.platform import Platform
from harness.targets.reference.shop import BadOrderError, ConflictError, OrderForm

Form = TypeVar("Form", bound=msgspec.Struct)

_encode = msgspec.json.Encoder().encode
_BODY_MOST = 64 * 1024


class Channel(msgspec.Struct, frozen=True):
    """Which way of paying a customer asks for."""

    channel: str


class RefusedError(Exception):
    """A request that is answered with an HTTP error and a word."""

    def __init__(self, status: int, error: str, message: str = "") -> None:
        super().__init__(message or error)
        self.status = status
        self.error = error


def build(platform: Platform) -> Starlette:
    """Return the application; the platform starts and stops with it."""
    face = _Face(platform)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await platform.start()
        yield
        await platform.stop()

    routes = [
        Route("/api/orders/{no}", face.status, methods=["GET"]),
        Route("/api/orders", face.place, methods=["POST"]),
        Route("/notify/{gateway}", face.notice, methods=["GET", "POST"]),
        Route("/callback/{operator}", face.callback, methods=["POST"]),
        Route("/api/orders", face.latest, methods=["GET"]),
        Route("/api/orders/{no}/pay", face.pay_link, methods=["POST"]),
        Route("/api/orders/{no}/close", face.close, methods=["POST"]),
        Route("/api/register", face.register, methods=["POST"]),
        Route("/api/login", face.login, methods=["POST"]),
        Route("/api/goods", face.goods, methods=["GET"]),
        Route("/healthz", face.health, methods=["GET"]),
    ]
    errors = {
        RefusedError: _answering(lambda error: (error.status, error.error)),
        BadOrderError: _answering(lambda _: (400, "bad_order")),
        ConflictError: _answering(lambda _: (409, "conflict")),
        GatewayBusyError: _answering(lambda _: (503, "try_again")),
    }
    return Starlette(routes=routes, lifespan=lifespan, exception_handlers=errors)


class _Face:
    """The handlers."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._shop = platform.shop

    async def register(self, request: Request) -> Response:
        login = _credentials(await _form(request, Login))
        if not await self._platform.accounts.register(login):
            raise RefusedError(409, "registered_already")
        return _json({"phone": login.phone})

    async def login(self, request: Request) -> Response:
        login = _credentials(await _form(request, Login))
        token = await self._platform.accounts.login(login)
        if token is None:
            raise RefusedError(401, "wrong_password")
        return _json({"token": token})

    async def goods(self, _request: Request) -> Response:
        shown = [
            {"id": g.id, "kind": g.kind, "title": g.title, "price_fen": g.price_fen}
            for g in self._shop.price_list()
        ]
        return _json({"goods": shown})

    async def place(self, request: Request) -> Response:
        customer = await self._customer(request)
        return _json(await self._shop.place(customer, await _form(request, OrderForm)))

    async def latest(self, request: Request) -> Response:
        return _json({"orders": await self._shop.latest(await self._customer(request))})

    async def status(self, request: Request) -> Response:
        customer = await self._customer(request)
        return _found(await self._shop.status(customer, request.path_params["no"]))

    async def pay_link(self, request: Request) -> Response:
        customer = await self._customer(request)
        channel = (await _form(request, Channel)).channel
        return _found(await self._shop.pay_link(customer, request.path_params["no"], channel))

    async def close(self, request: Request) -> Response:
        customer = await self._customer(request)
        return _found(await self._shop.close(customer, request.path_params["no"]))

    async def notice(self, request: Request) -> Response:
        gateway = self._platform.gateways.get(request.path_params["gateway"])
        if gateway is None:
            raise RefusedError(404, "not_found")
        incoming = await _incoming(request)
        return _reply(await self._platform.payments.take_notice(gateway, incoming))

    async def callback(self, request: Request) -> Response:
        operator = self._platform.operators.get(request.path_params["operator"])
        if operator is None:
            raise RefusedError(404, "not_found")
        incoming = await _incoming(request)
        return _reply(await self._platform.delivery.take_callback(operator, incoming))

    async def health(self, _request: Request) -> Response:
        return _json({"ok": True})

    async def _customer(self, request: Request) -> int:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        customer = await self._platform.accounts.customer_of(token) if scheme == "Bearer" else None
        if customer is None:
            raise RefusedError(401, "log_in_first")
        return customer


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _BODY_MOST:
            raise RefusedError(413, "too_long")
    return bytes(body)


async def _form(request: Request, kind: type[Form]) -> Form:
    try:
        return msgspec.json.decode(await _body(request), type=kind)
    except msgspec.DecodeError as error:
        raise RefusedError(400, "bad_form", str(error)) from None


async def _incoming(request: Request) -> Incoming:
    headers = {name: value for name, value in request.headers.items()}  # noqa: C416 - a plain dict
    return Incoming(request.method, request.url.query, headers, await _body(request))


def _credentials(login: Login) -> Login:
    if not (1 <= len(login.phone) <= 32 and 1 <= len(login.password) <= 128):
        raise RefusedError(400, "bad_form", "a phone and a password are needed")
    return login


def _json(content: object, status: int = 200) -> Response:
    return Response(_encode(content), status, media_type="application/json")


def _found(content: object | None) -> Response:
    if content is None:
        raise RefusedError(404, "not_found")
    return _json(content)


def _reply(reply: Reply) -> Response:
    return Response(reply.body, reply.status, media_type=reply.content_type)


def _answering(
    read: Callable[..., tuple[int, str]],
) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Return a handler that answers an exception of ours in JSON."""

    async def handle(_request: Request, error: Exception) -> Response:
        status, word = read(error)
        return _json({"error": word, "message": str(error)}, status)

    return handle
