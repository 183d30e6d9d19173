"""The keys of WeChat Pay that we believe: a public key for good, or platform certificates, which are replaced in time.

A serial that we do not know is looked up: the list of certificates is sealed with the APIv3 key, so only WeChat Pay can
have written it, and must be signed by a key that we knew or that it brings.

Source: WX-SK 接入指南, 下载平台证书 and 更换平台证书.
"""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from harness.targets.reference import signing
from harness.targets.reference.clock import now_ms
from harness.targets.reference.http_client import HttpAnswer

LIST = "/v3/certificates"
_AGAIN_MS = 1_000
"""Strangers may name any serial: for each the list is not asked for again at once."""

Send = Callable[[str, str], Awaitable[HttpAnswer | None]]


class Checks(Protocol):
    """Checks a signature by a key."""

    def __call__(self, key: RSAPublicKey, headers: dict[str, str], body: bytes) -> bool:
        """Say whether it is good."""


class _Sealed(msgspec.Struct):
    ciphertext: str
    nonce: str
    associated_data: str = ""


class _Row(msgspec.Struct):
    serial_no: str
    encrypt_certificate: _Sealed


class _List(msgspec.Struct):
    data: list[_Row] = []


class Certificates:
    """Their keys by serial."""

    def __init__(
        self, keys: dict[str, RSAPublicKey], aes: AESGCM, send: Send, good: Checks, *, renewed: bool
    ) -> None:
        """Take the keys that are known at first; `renewed` if others may follow."""
        self._keys = keys
        self._aes = aes
        self._send = send
        self._good = good
        self._renewed = renewed
        self._asked_ms = 0
        self._asking: asyncio.Task[None] | None = None

    def signed(self, headers: dict[str, str], body: bytes) -> bool:
        """Say whether they signed it, as far as we know their keys now; an unknown serial is looked up meanwhile."""
        key = self._keys.get(headers.get("wechatpay-serial", ""))
        if key is None:
            self._look()
            return False
        return self._good(key, headers, body)

    async def signed_after_all(self, headers: dict[str, str], body: bytes) -> bool:
        """Say whether they signed it, having looked up a serial that is unknown."""
        if self.signed(headers, body):
            return True
        if self._asking is None:
            return False
        await asyncio.shield(self._asking)
        key = self._keys.get(headers.get("wechatpay-serial", ""))
        return key is not None and self._good(key, headers, body)

    def _look(self) -> None:
        if not self._renewed or (self._asking is not None and not self._asking.done()):
            return
        if now_ms() - self._asked_ms >= _AGAIN_MS:
            self._asked_ms = now_ms()
            self._asking = asyncio.get_running_loop().create_task(self._learn())

    async def _learn(self) -> None:
        answer = await self._send("GET", LIST)
        if answer is None or answer.status != 200:
            return
        try:
            rows = msgspec.json.decode(answer.body, type=_List).data
            brought = {row.serial_no: signing.public_key(self._opened(row)) for row in rows}
        except (msgspec.DecodeError, InvalidTag, ValueError):
            return
        signer = (self._keys | brought).get(answer.headers.get("wechatpay-serial", ""))
        if signer is not None and self._good(signer, answer.headers, answer.body):
            self._keys |= brought

    def _opened(self, row: _Row) -> str:
        sealed = row.encrypt_certificate
        text = base64.b64decode(sealed.ciphertext)
        extra = sealed.associated_data.encode()
        return self._aes.decrypt(sealed.nonce.encode(), text, extra).decode()
