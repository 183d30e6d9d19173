"""The signatures of the four upstreams, as pure functions over what is on the wire."""

import base64
import hashlib
import json
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate

_NOT_SIGNED_BY_EPAY = frozenset({"sign", "sign_type"})
_NOT_SIGNED_BY_KASUSHOU = frozenset({"sign", "card_list", "express_list"})


def epay(params: Mapping[str, str], key: str) -> str:
    """Sign for epay V1: sorted, non-empty, key appended bare, lower-case MD5.

    Source: EP-20 includes/functions.php.
    """
    text = "&".join(
        f"{k}={params[k]}" for k in sorted(params) if params[k] and k not in _NOT_SIGNED_BY_EPAY
    )
    return hashlib.md5((text + key).encode()).hexdigest()


def dayuanren(params: Mapping[str, str], apikey: str) -> str:
    """Sign for yrapi: sorted, empty values included, `&apikey=` appended, upper-case MD5.

    Source: DYR application/yrapi Yrapilib.
    """
    text = "&".join(f"{k}={params[k]}" for k in sorted(params) if k != "sign")
    return hashlib.md5(f"{text}&apikey={apikey}".encode()).hexdigest().upper()


def kasushou(timestamp: str, body: bytes, apikey: str) -> str:
    """Sign a call to kasushou: SHA1 over timestamp, the raw body and the key.

    Source: KSS doc v2api.
    """
    return hashlib.sha1(timestamp.encode() + body + apikey.encode()).hexdigest()


def kasushou_callback(params: Mapping[str, object], apikey: str) -> str:
    """Sign a callback of kasushou: SHA1 over time, PHP's JSON of the sorted rest, and the key.

    PHP escapes slashes here, unlike in calls; cards are not covered. Source: KSS doc v2api.
    """
    signed = {k: params[k] for k in sorted(params) if k not in _NOT_SIGNED_BY_KASUSHOU}
    text = json.dumps(signed, ensure_ascii=False, separators=(",", ":")).replace("/", "\\/")
    return hashlib.sha1(f"{params.get('time', '')}{text}{apikey}".encode()).hexdigest()


def private_key(pem: str) -> RSAPrivateKey:
    """Load an RSA private key; slow (60 ms), once per process."""
    key = load_pem_private_key(pem.encode(), None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("WeChat Pay signs with RSA keys")
    return key


def public_key(pem: str) -> RSAPublicKey:
    """Load an RSA public key from a public key PEM or from a certificate."""
    if "CERTIFICATE" in pem:
        key = load_pem_x509_certificate(pem.encode()).public_key()
    else:
        key = load_pem_public_key(pem.encode())  # type: ignore[assignment]
    if not isinstance(key, RSAPublicKey):
        raise TypeError("WeChat Pay signs with RSA keys")
    return key


def rsa_sign(key: RSAPrivateKey, text: bytes) -> str:
    """Sign as WeChat Pay v3 does: RSA PKCS#1 v1.5 with SHA-256, base64."""
    return base64.b64encode(key.sign(text, PKCS1v15(), SHA256())).decode()


def rsa_verify(key: RSAPublicKey, text: bytes, signature: str) -> bool:
    """Say whether a signature of WeChat Pay v3 fits; False for anything that is no signature at all."""
    try:
        key.verify(base64.b64decode(signature, validate=True), text, PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True
