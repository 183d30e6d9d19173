"""Keys of WeChat Pay v3, and the two texts that they sign.

    merchant's key       signs requests; the gateway knows its public half and the certificate's serial
    platform key         signs answers and notifications; its certificate is served, sealed
    public-key pair      what came after certificates, named PUB_KEY_ID_...
    forger's key         belongs to nobody that a merchant trusts
    APIv3 key            seals certificates and what notifications carry

What settings do not bring is made once per process and told to whoever configures the platform.
"""

import base64
import functools
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from harness.core.clock import now_ns
from harness.core.errors import UsageError
from mock_upstreams.gateways._wechat_settings import one_of
from mock_upstreams.signing import rsa_sign

ALGORITHM = "WECHATPAY2-SHA256-RSA2048"
PAIR_PREFIX = "PUB_KEY_ID_"
PROBE = "WECHATPAY/SIGNTEST/"
CERTIFICATE_YEARS = 5
_SERIAL_BITS = 156
_HEX = re.compile(r"(?!0+$)[0-7]?[0-9A-Fa-f]{1,39}").fullmatch
"""A serial number that a certificate may have: above 0, and 20 bytes with its sign."""
_FIELD = re.compile(r'(\w+)="([^"]*)"')
_DAYS_A_YEAR = 365
_SHA1 = SHA1()  # noqa: S303 - as WeChat Pay has it
_OAEP = padding.OAEP(mgf=padding.MGF1(_SHA1), algorithm=_SHA1, label=None)


DEFAULTS = {
    "mchid": "1900000001",
    "appid": "wx0000000000000001",
    "serial_no": "",
    "private_key": "",
    "apiv3_key": "",
    "platform_private_key": "",
    "platform_certificate": "",
    "public_key_id": "",
    "public_key_private_key": "",
    "certificates": "yes",
}
"""Who the merchant is, and whichever keys the user brings: PEM texts, private keys as PKCS#8.

`certificates` is `no` for a merchant as they are made since late 2024, to whom only the public key is known: it signs
every answer and notification, also where nobody asked for it.
"""


class Signer(msgspec.Struct, frozen=True):
    """A key of the platform under the name that `Wechatpay-Serial` calls it by."""

    serial: str
    key: rsa.RSAPrivateKey


class Platform(NamedTuple):
    """A platform key with its certificate."""

    signer: Signer
    pem: str
    begins_s: int
    ends_s: int


class Keyring:
    """All keys of one WeChat Pay, loaded or made; see the module's head.

    Raises:
        UsageError: a key cannot be read, is no RSA key, the APIv3 key has not 32 bytes, or `certificates` is neither.
    """

    def __init__(self, settings: Mapping[str, str]) -> None:
        one_of(settings, "certificates", ("yes", "no"))
        self.certified = settings["certificates"] == "yes"
        self.mchid = settings["mchid"]
        self.appid = settings["appid"]
        self.serial_no = settings["serial_no"] or _made_serial()
        self.apiv3_key = settings["apiv3_key"] or _made_secret()
        if len(self.apiv3_key.encode()) != 32:
            raise UsageError("wechat_pay.apiv3_key: expected 32 bytes of text")
        self.cipher = AESGCM(self.apiv3_key.encode())
        self._merchant_key = _key(settings, "private_key")
        self.merchant = self._merchant_key.public_key()
        key = _key(settings, "platform_private_key")
        self.platform = _platform(settings["platform_certificate"] or _made_certificate(key), key)
        pair_id = settings["public_key_id"] or _made_pair_id()
        self.pair = Signer(pair_id, _key(settings, "public_key_private_key"))

    def signer(self, asked: str) -> Signer:
        """Return the key that the caller asked for by `Wechatpay-Serial`, else the certificate's if there is one."""
        return self.pair if self.by_public_key(asked) else self.platform.signer

    def by_public_key(self, asked: str) -> bool:
        """Say whether the public key signs what answers such a `Wechatpay-Serial`.

        Source: WX-SK 接入指南, 微信支付公钥, read 2026-11-22.
        """
        return asked.startswith(PAIR_PREFIX) or not self.certified

    def forger(self, serial: str) -> Signer:
        """Return a stranger's key under a serial that the merchant trusts."""
        return Signer(serial, made_key("forger"))

    @functools.cached_property
    def _certificate(self) -> dict[str, str]:
        if not _HEX(self.serial_no):
            return {}
        return {
            "certificate": _issued("Merchant (mock)", int(self.serial_no, 16), self._merchant_key)
        }

    def credentials(self) -> dict[str, str]:
        """Return what a merchant has of all this; its private key is PKCS#8 since SDKs want that.

        Its certificate is what many read the serial number from; there is none where that is no such number.
        """
        private = self._merchant_key.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        )
        public = self.pair.key.public_key().public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        )
        certificate = {
            "platform_serial": self.platform.signer.serial,
            "platform_certificate": self.platform.pem,
        }
        return {
            "mchid": self.mchid,
            "appid": self.appid,
            "serial_no": self.serial_no,
            "private_key": private.decode(),
            **self._certificate,
            "apiv3_key": self.apiv3_key,
            **(certificate if self.certified else {}),
            "public_key_id": self.pair.serial,
            "public_key": public.decode(),
        }

    def encrypted(self, text: str) -> str:
        """Return a customer's secret for the merchant's eyes: RSA-OAEP (SHA-1) under its certificate, base64.

        Source: WX-SK 接入指南, 敏感信息加解密, read 2026-11-22.
        """
        return base64.b64encode(self.merchant.encrypt(text.encode(), _OAEP)).decode()


def fields_of(authorization: str) -> dict[str, str]:
    """Read the `k="v"` list of an Authorization header; its order is free and differs by SDK."""
    return dict(_FIELD.findall(authorization))


def request_text(method: str, target: str, timestamp: str, nonce: str, body: bytes) -> bytes:
    """Return what a merchant signs; `target` is path and query, percent-encoded as on the wire.

    Source: WX-GO core/auth, read 2026-11-22.
    """
    return f"{method}\n{target}\n{timestamp}\n{nonce}\n".encode() + body + b"\n"


def signed_headers(
    signer: Signer, timestamp: str, nonce: str, body: bytes, *, probe: bool = False
) -> tuple[tuple[str, str], ...]:
    """Return the five headers under which WeChat Pay signs a body, also one of no bytes.

    A probe's signature is marked and fits nothing: who takes it for a signature does not verify.

    Source: WX-SK 接入指南, 如何验证签名, 签名探测流量, read 2026-11-22.
    """
    text = f"{timestamp}\n{nonce}\n".encode() + body + b"\n"
    signature = rsa_sign(signer.key, text)
    if probe:
        signature = PROBE + signature[len(PROBE) :]
    return (
        ("Wechatpay-Timestamp", timestamp),
        ("Wechatpay-Nonce", nonce),
        ("Wechatpay-Serial", signer.serial),
        ("Wechatpay-Signature", signature),
        ("Wechatpay-Signature-Type", ALGORITHM),
    )


@functools.cache
def made_key(role: str) -> rsa.RSAPrivateKey:
    """Make an RSA-2048 key, once per role and process (a tenth of a second)."""
    del role  # it is only what the cache remembers the key by
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@functools.cache
def _made_secret() -> str:
    return secrets.token_hex(16)


@functools.cache
def _made_pair_id() -> str:
    return f"{PAIR_PREFIX}01{secrets.randbelow(10**32):032d}"


@functools.cache
def _made_serial() -> str:
    return f"{_serial_number():X}"


def _serial_number() -> int:
    """Return 40 hex digits that do not begin with 0: SDKs compare them as text or as numbers."""
    return 5 << _SERIAL_BITS | secrets.randbits(_SERIAL_BITS)


def _made_certificate(key: rsa.RSAPrivateKey) -> str:
    return _issued("Tenpay.com sign (mock)", _serial_number(), key)


def _issued(title: str, number: int, key: rsa.RSAPrivateKey) -> str:
    """Issue a certificate that is valid now: SDKs refuse one that has ended or not begun."""
    now = datetime.fromtimestamp(now_ns() // 10**9, UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, title)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(number)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=_DAYS_A_YEAR * CERTIFICATE_YEARS))
        .sign(key, SHA256())
    )
    return certificate.public_bytes(Encoding.PEM).decode()


def _key(settings: Mapping[str, str], setting: str) -> rsa.RSAPrivateKey:
    pem = settings[setting]
    if not pem:
        return made_key(setting)
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError) as error:
        raise UsageError(f"wechat_pay.{setting}: expected a PEM private key: {error}") from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise UsageError(f"wechat_pay.{setting}: expected an RSA key")
    return key


def _platform(pem: str, key: rsa.RSAPrivateKey) -> Platform:
    certificate = _certificate(pem, key)
    times = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    begins_s, ends_s = (int(time.timestamp()) for time in times)
    return Platform(Signer(f"{certificate.serial_number:X}", key), pem, begins_s, ends_s)


def _certificate(pem: str, key: rsa.RSAPrivateKey) -> x509.Certificate:
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
    except ValueError as error:
        raise UsageError(f"wechat_pay.platform_certificate: expected PEM: {error}") from None
    if certificate.public_key() != key.public_key():
        raise UsageError("wechat_pay.platform_certificate: not of platform_private_key")
    return certificate
