"""Another merchant of the same upstream, so that a notification can be meant for somebody else.

It is a second dialect of the same kind, with numbers and keys of its own and the upstream's own keys: what an upstream
that signs with its own key sends to the wrong address is validly signed.
"""

from mock_upstreams.dialect import Dialect

_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_UPSTREAMS_OWN = ("platform", "public", "cert", "serial", "private", "url")


def stranger(dialect: Dialect) -> Dialect:
    """Return another merchant's dialect: what the merchant is known by differs in its last character."""
    known = dialect.credentials()
    settings = {
        name: _other(value) if value and known.get(name) == value and _is_mine(name) else value
        for name, value in dialect.settings.items()
    }
    other = type(dialect)(settings, dialect.products)
    other.base_url = dialect.base_url
    return other


def _is_mine(name: str) -> bool:
    return not any(part in name for part in _UPSTREAMS_OWN)


def _other(text: str) -> str:
    """Change the last letter or digit, so that length and alphabet stay."""
    for at in range(len(text) - 1, -1, -1):
        found = _LETTERS.find(text[at])
        if found >= 0:
            turned = "0" if found == 9 else _LETTERS[(found + 1) % len(_LETTERS)]
            return text[:at] + turned + text[at + 1 :]
    return text
