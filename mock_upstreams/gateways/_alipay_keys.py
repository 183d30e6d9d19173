"""Keys and certificates of Alipay.

    app key       signs what the merchant asks; its public half is known here
    alipay key    signs answers, notifications and return links
    forger's key  belongs to nobody that a merchant trusts
    certificates  app, alipay and root, for merchants in certificate mode

What settings do not bring is made once per process and told to whoever configures the platform.
"""

import functools
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import md5
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from harness.core.clock import now_ns
from mock_upstreams.gateways._rsa_keys import key_of, made_key, private_pem, public_pem
from mock_upstreams.signing import rsa_sign, rsa_verify

DEFAULTS = {
    "app_id": "2021000000000001",
    "seller_id": "2088000000000001",
    "app_private_key": "",
    "alipay_private_key": "",
}
"""Who the merchant is, and whichever private keys the user brings."""
_YEARS = 5
_WHERE = "alipay"


class Certified(NamedTuple):
    """A certificate as text, and the number by which requests and answers name it."""

    pem: str
    sn: str


class Keyring:
    """All keys of one Alipay, loaded or made; see the module's head.

    Raises:
        UsageError: a key cannot be read or is no RSA key.
    """

    def __init__(self, settings: Mapping[str, str]) -> None:
        self.app_id = settings["app_id"]
        self.seller_id = settings["seller_id"]
        self._app = key_of(_WHERE, settings, "app_private_key")
        self._alipay = key_of(_WHERE, settings, "alipay_private_key")
        self.root = _certificate("Mock Certification Authority", made_key("alipay root"))
        self.app = _certificate(self.app_id, self._app)
        self.alipay = _certificate("Alipay Trusted Signature (mock)", self._alipay)

    def verify(self, text: bytes, signature: str) -> bool:
        """Say whether the merchant signed a text."""
        return rsa_verify(self._app.public_key(), text, signature)

    def sign(self, text: bytes, *, forged: bool = False) -> str:
        """Sign as Alipay, or as somebody who is not."""
        return rsa_sign(made_key("alipay forger") if forged else self._alipay, text)

    def credentials(self) -> dict[str, str]:
        """Return what a merchant has of all this, in key mode and in certificate mode."""
        return {
            "app_id": self.app_id,
            "seller_id": self.seller_id,
            "app_private_key": private_pem(self._app),
            "alipay_public_key": public_pem(self._alipay),
            "app_cert": self.app.pem,
            "alipay_cert": self.alipay.pem,
            "alipay_root_cert": self.root.pem,
        }


@functools.cache
def _certificate(subject: str, key: rsa.RSAPrivateKey) -> Certified:
    """Issue a certificate of the mock's root that is valid now."""
    root = made_key("alipay root")
    now = datetime.fromtimestamp(now_ns() // 10**9, UTC)
    issuer = _name("Mock Certification Authority")
    certificate = (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365 * _YEARS))
        .sign(root, SHA256())
    )
    return Certified(certificate.public_bytes(Encoding.PEM).decode(), sn_of(certificate))


def sn_of(certificate: x509.Certificate) -> str:
    """Return app_cert_sn, alipay_cert_sn or alipay_root_cert_sn: MD5 over the issuer and the serial in decimal.

    Source: SDK:python-alipay-sdk 3.4.0 get_cert_sn, read 2026-11-23.
    """
    text = certificate.issuer.rfc4514_string() + str(certificate.serial_number)
    return md5(text.encode()).hexdigest()


def _name(common: str) -> x509.Name:
    parts = (
        (NameOID.COUNTRY_NAME, "CN"),
        (NameOID.ORGANIZATION_NAME, "Mock Alipay"),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, "Mock Certification"),
        (NameOID.COMMON_NAME, common),
    )
    return x509.Name([x509.NameAttribute(oid, text) for oid, text in parts])
