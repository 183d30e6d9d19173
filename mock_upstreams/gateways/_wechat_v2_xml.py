"""The paper of WeChat Pay V2: flat XML, signed with MD5 or HMAC-SHA256 over sorted fields, and one sealed field.

    <xml><appid><![CDATA[wx0]]></appid> ... <sign><![CDATA[691A...]]></sign></xml>

Source: wechatpy 1.8.18 `pay/utils.py`, `crypto/` (`req_info` of a refund notification: AES-256-ECB, PKCS7, key: hex
MD5 of the API key) and dujiaoka `WepayController` (SDK, DJK), read 2026-11-22.
"""

import base64
import hmac
from collections.abc import Mapping
from hashlib import md5, sha256
from xml.parsers import expat

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

MD5 = "MD5"
HMAC = "HMAC-SHA256"
_FIELDS_MAX = 200


class NotXmlError(ValueError):
    """A text that is no flat XML document."""


class _Reading:
    """The fields of a document while it is parsed: depth 1 is the root, depth 2 a field."""

    def __init__(self) -> None:
        self.fields: dict[str, str] = {}
        self._depth = 0
        self._text: list[str] = []

    def start(self, name: str, _: dict[str, str]) -> None:
        self._depth += 1
        self._text = []
        if self._depth > 2 or len(self.fields) > _FIELDS_MAX:
            raise NotXmlError(f"a field, not {name!r} inside one")

    def end(self, name: str) -> None:
        if self._depth == 2:
            self.fields[name] = "".join(self._text)
        self._depth -= 1

    def text(self, data: str) -> None:
        self._text.append(data)

    def doctype(self, *_: object) -> None:
        raise NotXmlError("no document type: entities are how XML parsers are attacked")


def read(body: bytes) -> dict[str, str]:
    """Return the fields of a document, values as they are.

    Raises:
        NotXmlError: it is none, is not flat, or declares entities.
    """
    reading = _Reading()
    parser = expat.ParserCreate()
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.text
    parser.StartDoctypeDeclHandler = reading.doctype
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise NotXmlError(str(error)) from None
    return reading.fields


def write(fields: Mapping[str, str], root: str = "xml") -> bytes:
    """Return a document; every value stands in CDATA."""
    lines = [f"<{name}><![CDATA[{_cdata(value)}]]></{name}>" for name, value in fields.items()]
    return f"<{root}>{''.join(lines)}</{root}>".encode()


def _cdata(value: str) -> str:
    """Part a text where it would end its CDATA."""
    return value.replace("]]>", "]]]]><![CDATA[>") if "]]>" in value else value


def sign(fields: Mapping[str, str], key: str, sign_type: str = MD5) -> str:
    """Return the signature: 32 (MD5) or 64 (HMAC-SHA256) upper-case hex digits; empty values take no part."""
    parts = [f"{k}={v}" for k, v in sorted(fields.items()) if v and k != "sign"]
    text = "&".join([*parts, f"key={key}"]).encode()
    if sign_type == HMAC:
        return hmac.digest(key.encode(), text, sha256).hex().upper()
    return md5(text).hexdigest().upper()


def sealed(plain: bytes, key: str) -> str:
    """Return `req_info` of a refund notification."""
    padder = PKCS7(128).padder()
    encryptor = _cipher(key).encryptor()
    padded = padder.update(plain) + padder.finalize()
    return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()


def opened(req_info: str, key: str) -> bytes:
    """Undo `sealed`.

    Raises:
        ValueError: it was sealed with another key, or is no whole text.
    """
    decryptor = _cipher(key).decryptor()
    padded = decryptor.update(base64.b64decode(req_info)) + decryptor.finalize()
    unpadder = PKCS7(128).unpadder()
    return unpadder.update(padded) + unpadder.finalize()


def _cipher(key: str) -> "Cipher[modes.ECB]":
    secret = md5(key.encode()).hexdigest().encode()
    return Cipher(algorithms.AES(secret), modes.ECB())  # noqa: S305 - as the real one does
