"""Signs requests by the recipes that platforms use: MD5 and SHA over text and key, HMAC, RSA."""

import base64
import hashlib
import hmac
import os
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from harness.core.errors import UsageError
from harness.targets._words import Secret, Sign
from harness.targets.template import Scope, compiled, holes

FORGED = "forged"
"""In a scope: whoever asks does not have the key, and can only make a signature up."""

Signer = Callable[[Mapping[str, Any], MutableMapping[str, Any]], str]
Digest = Callable[[bytes], str]


def revealed(secret: Secret, folder: Path) -> str:
    """Return a key; a file's is looked for beside the target file.

    Raises:
        UsageError: the variable is not set, or the file cannot be read.
    """
    if secret.value:
        return secret.value
    if secret.env:
        if secret.env not in os.environ:
            raise UsageError(f"the environment variable {secret.env} is not set")
        return os.environ[secret.env]
    try:
        return (folder / secret.file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise UsageError(f"{folder / secret.file} cannot be read: {error.strerror}") from None


def signer(said: Sign, key: str) -> Signer:
    """Return what signs a request's fields within a scope that has its `method`, `path` and `body`.

    A key that was said as `value` may be a template, such as `{{customer.app_key}}`: each request then has its own.

    Raises:
        UsageError: the key is no RSA key and must be one. The signer raises it for a template's key.
    """
    text = compiled(said.text)
    keyed = _keyed(said, key)

    def sign(fields: Mapping[str, Any], scope: MutableMapping[str, Any]) -> str:
        # The scope itself is added to, not copied: it makes up moments and numbers when it is first asked.
        named = chosen(fields, said.fields)
        scope["fields"], scope["values"] = "&".join(f"{n}={v}" for n, v in named), _joined(named)
        scope["key"], digest = keyed(scope)
        signed = digest(text(scope).encode())
        if FORGED in scope:
            signed = signed[::-1]
        return signed.upper() if said.upper else signed

    return sign


def _keyed(said: Sign, key: str) -> Callable[[Scope], tuple[str, Digest]]:
    """Return what tells a request's key, and what signs with it: of a key that is no template, made once."""
    if not (said.key.value and holes(key)):
        always = key, _digest(said.recipe, key)
        return lambda _scope: always
    fill = compiled(key)

    def own(scope: Scope) -> tuple[str, Digest]:
        found = str(fill(scope))
        if not found:
            raise UsageError(f"the key {key} has no value here: it is empty")
        return found, _digest(said.recipe, found)

    return own


def chosen(fields: Mapping[str, Any], listed: Sequence[str] = ()) -> list[tuple[str, Any]]:
    """Return what is signed: the listed fields in that order, or all by name without `sign` and `sign_type`.

    Empty values are left out, as gateways and card platforms do.
    """
    names = listed or [name for name in sorted(fields) if name not in {"sign", "sign_type"}]
    return [(name, fields[name]) for name in names if fields.get(name) not in ("", None)]


def _joined(named: list[tuple[str, Any]]) -> str:
    return "".join(str(value) for _, value in named)


def _digest(recipe: str, key: str) -> Digest:
    if recipe == "rsa":
        private = _rsa_key(key)
        return lambda text: base64.b64encode(
            private.sign(text, padding.PKCS1v15(), hashes.SHA256())
        ).decode()
    kind, _, name = recipe.rpartition("_")
    if kind == "hmac":
        return lambda text: hmac.new(key.encode(), text, name).hexdigest()
    return lambda text: hashlib.new(name, text, usedforsecurity=False).hexdigest()


@lru_cache(maxsize=512)
def _rsa_key(text: str) -> rsa.RSAPrivateKey:
    """Read a PEM, or the bare base64 of a PKCS#8 key; to read one costs more than to sign with it."""
    try:
        if "-----" in text:
            key = serialization.load_pem_private_key(text.encode(), None)
        else:
            key = serialization.load_der_private_key(base64.b64decode(text), None)
    except ValueError as error:
        raise UsageError(f"the key cannot be read: {error}") from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise UsageError("the key is no RSA private key")
    return key
