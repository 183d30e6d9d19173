"""A customer's cookies, kept and sent back as a browser does: each under the path that it was set for (RFC 6265)."""

from collections.abc import MutableMapping
from urllib.parse import urlsplit

from harness.targets._page import Page

Jar = MutableMapping[tuple[str, str], str]
"""Values by name and path: two cookies of one name may stand under different paths."""


def keep(jar: Jar, page: Page) -> None:
    """Put the cookies of an answer into the jar, and take out those that it ends."""
    asked = urlsplit(page.url).path
    for name, path, value in page.set_cookies():
        key = (name, path if path.startswith("/") else _folder(asked))
        if value is None:
            jar.pop(key, None)
        else:
            jar[key] = value


def header(jar: Jar, path: str) -> str:
    """Return what is sent back to a path: the cookies of it and of the folders above, nearest first."""
    asked = urlsplit(path).path or "/"
    fitting = [
        (under, name, value) for (name, under), value in jar.items() if _within(asked, under)
    ]
    fitting.sort(key=lambda one: -len(one[0]))
    return "; ".join(f"{name}={value}" for _, name, value in fitting)


def _folder(path: str) -> str:
    """Return the path that a cookie is for if its own line does not say."""
    return path[: path.rfind("/")] or "/"


def _within(path: str, under: str) -> bool:
    return path == under or path.startswith(under if under.endswith("/") else f"{under}/")
