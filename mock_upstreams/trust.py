"""A certificate authority of one's own: real host names answered over TLS, for platforms that know no other.

    Authority.at(folder)        ca.pem and ca-key.pem, made if they are missing
        .context()              a server context that shows each client a leaf for the name it asked for

A platform trusts `ca.pem`; its key never leaves the folder and can be read by its owner only.
"""

import os
import ssl
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from harness.core.clock import now_ns
from harness.core.errors import UsageError

CA_DAYS = 3_650
LEAF_DAYS = 365
"""Clients that follow the CA/Browser Forum refuse leaves of more than 398 days."""
ASKED_FOR = "asked_for"
"""The attribute of a server's TLS object that keeps the name its client asked for."""
_CERT, _KEY = "ca.pem", "ca-key.pem"


class Authority:
    """One local authority, kept in a folder."""

    def __init__(
        self, folder: Path, cert: x509.Certificate, key: ec.EllipticCurvePrivateKey
    ) -> None:
        self.path = folder / _CERT
        """The certificate that a platform trusts, PEM."""
        self._cert = cert
        self._key = key
        self._leaf_key = ec.generate_private_key(ec.SECP256R1())

    @classmethod
    def at(cls, folder: Path) -> "Authority":
        """Return the authority of a folder, made if there is none.

        Raises:
            UsageError: the folder cannot be written, or what lies there is no authority of ours.
        """
        try:
            if not (folder / _CERT).exists():
                _make(folder)
            cert = x509.load_pem_x509_certificate((folder / _CERT).read_bytes())
            key = load_pem_private_key((folder / _KEY).read_bytes(), None)
        except (OSError, ValueError) as error:
            raise UsageError(f"{folder}: no certificate authority: {error}") from None
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise UsageError(
                f"{folder / _KEY}: an EC key is needed, as `recharge-chaos ca` makes it"
            )
        return cls(folder, cert, key)

    def context(self, names: Iterable[str]) -> ssl.SSLContext:
        """Return a server context that has a leaf for each of the names, and for nothing else.

        A client that asks for no name (Node's `global-agent` after its CONNECT) gets one with all of them.
        """
        known = frozenset(names)

        @cache
        def leaf(name: str) -> ssl.SSLContext:
            return self._leaf(name)

        def choose(sock: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> int | None:
            if name is not None and name.lower() in known:
                sock.context = leaf(name.lower())
                setattr(sock, ASKED_FOR, name.lower())
                return None
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME if name else None

        first = self._leaf("localhost", *sorted(known))
        first.sni_callback = choose
        return first

    def _leaf(self, *names: str) -> ssl.SSLContext:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        others = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        cert = (
            _begun(subject, self._cert.subject, self._leaf_key.public_key(), LEAF_DAYS)
            .add_extension(others, critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(usage, critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
            .sign(self._key, hashes.SHA256())
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        pem = cert.public_bytes(Encoding.PEM) + self._cert.public_bytes(Encoding.PEM)
        with tempfile.NamedTemporaryFile() as file:
            # The ssl module loads chains from files only.
            file.write(pem + _private(self._leaf_key))
            file.flush()
            context.load_cert_chain(file.name)
        return context


def advice(cert: Path, names: Iterable[str]) -> str:
    """Return, for a person, how a platform trusts a certificate and reaches the mocks under real host names."""
    return f"""\
{cert}

Trust it in the platform under test only:
  Python        REQUESTS_CA_BUNDLE={cert}   SSL_CERT_FILE={cert}
  Node.js       NODE_EXTRA_CA_CERTS={cert}
  Go, curl      SSL_CERT_FILE={cert}   CURL_CA_BUNDLE={cert}
  PHP           curl.cainfo={cert}   openssl.cafile={cert}      in php.ini
  Java          keytool -importcert -noprompt -alias recharge-chaos -file {cert} -keystore trust.jks -storepass changeit
                java -Djavax.net.ssl.trustStore=trust.jks

Then one of the two:
  HTTPS_PROXY and HTTP_PROXY = the "proxy" that the mocks print (doors.proxy)
  a line in /etc/hosts, with the doors on ports 443 and 80:
  127.0.0.1 {" ".join(names)}"""


def _make(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "recharge-chaos local test CA")])
    public = key.public_key()
    cert = (
        _begun(name, name, public, CA_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_ca_usage(), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .sign(key, hashes.SHA256())
    )
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / _KEY, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(_private(key))
    (folder / _CERT).write_bytes(cert.public_bytes(Encoding.PEM))


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, days: int
) -> x509.CertificateBuilder:
    now = datetime.fromtimestamp(now_ns() / 1e9, UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=days))
    )


def _ca_usage() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
