"""RSA keys of the gateways that sign both ways: made once per process and role, or read from settings."""

import base64
import functools
from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_pem_private_key,
)

from harness.core.errors import UsageError


@functools.cache
def made_key(role: str) -> rsa.RSAPrivateKey:
    """Make an RSA-2048 key, once per role and process (a tenth of a second)."""
    del role  # it is only what the cache remembers the key by
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def key_of(where: str, settings: Mapping[str, str], name: str) -> rsa.RSAPrivateKey:
    """Read a private key from a setting, as PEM or as the bare base64 that merchants paste; make one if it is empty.

    Raises:
        UsageError: it is no RSA private key.
    """
    text = settings[name]
    if not text:
        return made_key(f"{where}.{name}")
    try:
        if "-----BEGIN" in text:
            key = load_pem_private_key(text.encode(), password=None)
        else:
            key = load_der_private_key(
                base64.b64decode("".join(text.split()), validate=True), password=None
            )
    except (ValueError, TypeError) as error:
        raise UsageError(f"{where}.{name}: expected a private key: {error}") from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise UsageError(f"{where}.{name}: expected an RSA key")
    return key


def private_pem(key: rsa.RSAPrivateKey) -> str:
    """Return PKCS#8 text, which every client library reads."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_pem(key: rsa.RSAPrivateKey) -> str:
    """Return the public half as SubjectPublicKeyInfo text."""
    public = key.public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
