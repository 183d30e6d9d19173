"""Who the customers are: registration, passwords, sessions."""

import asyncio
import hashlib
import hmac
import secrets
from concurrent.futures import ThreadPoolExecutor

import msgspec
from sqlalchemy import Connection, bindparam, insert, select

from harness.targets.reference.clock import now_ms
from harness.targets.reference.config import Config
from harness.targets.reference.database import Database
from harness.targets.reference.desk import Desk
from harness.targets.reference.notice_desk import NoticeDesk
from harness.targets.reference.prepared import Prepared
from harness.targets.reference.tables import customers, devices, sessions

_by_phone = Prepared(
    select(customers.c.customer_id, customers.c.salt, customers.c.password).where(
        customers.c.phone == bindparam("of")
    )
)
_by_token = Prepared(select(sessions.c.customer_id).where(sessions.c.token == bindparam("of")))
_device = Prepared(
    select(devices.c.device).where(
        devices.c.customer_id == bindparam("of"), devices.c.device == bindparam("this")
    )
)
_new = Prepared(select(sessions.c.new_device).where(sessions.c.token == bindparam("of")))
_SCRYPT = {"n": 2**8, "r": 8, "p": 1}
"""Cheap on purpose: hundreds of customers log in at once, and no secret of a person is behind it."""


_WRONG_FOR_S = 600.0
_MOST_WRONG = 5
_MOST_WRONG_HERE = 50
"""From one address: a whole office may sit behind it, a list of stolen passwords is longer."""


class ThrottledError(Exception):
    """Somebody may be guessing: nothing was looked at."""


class Login(msgspec.Struct, frozen=True):
    """What a customer identifies himself with."""

    phone: str
    password: str
    name: str = ""
    device: str = ""
    """What the customer's device calls itself, if it does."""


class Accounts(Desk):
    """A session is a random token; it is kept in memory as well, since it never changes."""

    def __init__(self, config: Config, db: Database) -> None:
        super().__init__(config, db)
        self._sessions: dict[str, int] = {}
        self.notices: NoticeDesk | None = None
        """Who tells customers of new devices; nobody, until it is given."""
        self._wrong: dict[str, list[int]] = {}
        self._hashers = ThreadPoolExecutor(1, "passwords")

    async def register(self, login: Login, address: str = "") -> bool:
        """Open an account; the same phone and password again are the same account, others are refused.

        Raises:
            ThrottledError: as for `login`.
        """
        salt = secrets.token_hex(8)
        hashed = await self._hash(login.password, salt)
        added = await self.db.run(_add, login, salt, hashed)
        return added or await self._customer(login, address) is not None

    async def login(self, login: Login, address: str = "") -> str | None:
        """Return a new session's token, or None if phone and password do not fit.

        Raises:
            ThrottledError: too many wrong passwords, for this phone or from this address; the right one waits too.
        """
        customer_id = await self._customer(login, address)
        if customer_id is None:
            return None
        token = secrets.token_urlsafe(24)
        await self.db.run(self.open, token, customer_id, login.device)
        self._sessions[token] = customer_id
        return token

    def open(self, c: Connection, token: str, customer_id: int, device: str) -> None:
        """Open a session, and tell its customer if the device is new."""
        new = bool(device) and _device(c, of=customer_id, this=device).fetchone() is None
        if new:
            c.execute(insert(devices), {"customer_id": customer_id, "device": device})
            self.new_device(c, customer_id, token)
        row = {"token": token, "customer_id": customer_id, "new_device": int(new)}
        c.execute(insert(sessions), row)

    def new_device(self, c: Connection, customer_id: int, token: str) -> None:
        """Tell a customer that somebody came from a new device."""
        if self.notices is not None:
            self.notices.tell_of_device(c, customer_id, token[:8])

    async def on_new_device(self, token: str) -> bool:
        """Say whether a session was opened from a device that was new then."""
        return await self.db.read(_is_new, token)

    async def customer_of(self, token: str) -> int | None:
        """Return whose session a token is."""
        customer_id = self._sessions.get(token)
        if customer_id is None:
            customer_id = await self.db.read(_whose, token)
            if customer_id is not None:
                self._sessions[token] = customer_id
        return customer_id

    async def _customer(self, login: Login, address: str) -> int | None:
        if self.throttled(login.phone, address):
            raise ThrottledError("too many wrong passwords, come back later")
        row = await self.db.read(_find, login.phone)
        if row is not None:
            customer_id, salt, right = row
            if hmac.compare_digest(await self._hash(login.password, salt), right):
                return customer_id
        for who in (login.phone, address):
            self._wrong.setdefault(who, []).append(now_ms())
        return None

    def throttled(self, phone: str, address: str) -> bool:
        """Say whether a phone, or an address, has been wrong too often of late."""
        return self._wrong_of(phone) >= _MOST_WRONG or self._wrong_of(address) >= _MOST_WRONG_HERE

    def _wrong_of(self, who: str) -> int:
        since_ms = now_ms() - self.pace.real_ms(_WRONG_FOR_S)
        recent = [at_ms for at_ms in self._wrong.pop(who, ()) if at_ms > since_ms]
        if recent:
            self._wrong[who] = recent
        return len(recent)

    async def _hash(self, password: str, salt: str) -> str:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._hashers, _scrypt, password, salt)


def _scrypt(password: str, salt: str) -> str:
    return hashlib.scrypt(password.encode(), salt=salt.encode(), **_SCRYPT).hex()


def _find(c: Connection, phone: str) -> tuple[int, str, str] | None:
    found: tuple[int, str, str] | None = _by_phone(c, of=phone).fetchone()
    return found


def _whose(c: Connection, token: str) -> int | None:
    row = _by_token(c, of=token).fetchone()
    return None if row is None else int(row[0])


def _add(c: Connection, login: Login, salt: str, hashed: str) -> bool:
    if _find(c, login.phone) is not None:
        return False
    row = {"phone": login.phone, "name": login.name, "salt": salt, "password": hashed}
    added = c.execute(insert(customers).returning(customers.c.customer_id), row).scalar_one()
    if login.device:
        c.execute(insert(devices), {"customer_id": added, "device": login.device})
    return True


def _is_new(c: Connection, token: str) -> bool:
    row = _new(c, of=token).fetchone()
    return row is not None and bool(row[0])
