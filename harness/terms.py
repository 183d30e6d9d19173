"""Settings of upstreams, in a target file or a scenario, checked before anything starts: each error at its place."""

import re
from collections.abc import Mapping
from typing import Any

from harness.core.document import Document
from harness.core.errors import UsageError, did_you_mean
from harness.targets.target import Target
from mock_upstreams.config import LOGNORMAL, split

Settings = Mapping[str, Mapping[str, Any]]

_OURS = frozenset({"channel"})
"""Keys of a target's upstream that are not the mock's."""
_NO_SUCH = re.compile(r"Invalid enum value '([^']*)'")
_PLACE = re.compile(r" - at .*")


def check(doc: Document, target: Target) -> None:
    """Refuse a setting of a target's upstream that its mock would refuse later.

    Raises:
        UsageError: with line, column and what is wrong with it.
    """
    roles = {
        "gateways": target.gateways,
        "operators": target.operators,
        "channels": target.channels,
    }
    for role, offered in roles.items():
        for name, entry in offered.items():
            own = {key: value for key, value in entry.items() if key not in _OURS and _known(value)}
            _check_each(doc, (role, name), name, own, {})


def check_added(doc: Document, offered: Settings, roles: Mapping[str, Settings]) -> None:
    """Refuse what a scenario adds to a target's upstreams, be it to one by its name, to `all` or to the `first`.

    `roles` is what is added, by gateways, operators and channels.

    Raises:
        UsageError: with line, column and what is wrong with it.
    """
    for role, added in roles.items():
        _check_role(doc, role, added, offered)


def _check_role(doc: Document, role: str, added: Settings, offered: Settings) -> None:
    said = doc.data.get(role)
    groups = said if isinstance(said, dict) else {}
    for name, entry in added.items():
        dialect = {"dialect": offered[name].get("dialect") or name}
        for key, value in entry.items():
            where = next(
                (word for word in (name, "first", "all") if key in (groups.get(word) or {})), name
            )
            _check_each(doc, (role, where), name, {key: value}, dialect)


def _check_each(
    doc: Document,
    path: tuple[str, str],
    name: str,
    own: Mapping[str, Any],
    known: Mapping[str, Any],
) -> None:
    spoken = {"dialect": own["dialect"]} if own.get("dialect") else known
    for key, value in own.items():
        try:
            split(name, {**spoken, key: value})
        except UsageError as error:
            says = str(error).removeprefix(f"upstreams.{name}").removeprefix(f".{key}")
            raise doc.wrong((*path, key), _plain(says.removeprefix(": "))) from None


def _plain(says: str) -> str:
    """Say it without the words of a machine: which word is none, and which is near."""
    if bad := _NO_SUCH.search(says):
        return f"invalid value {bad[1]!r}{did_you_mean(bad[1], LOGNORMAL)}"
    return _PLACE.sub("", says[:1].lower() + says[1:])


def _known(value: object) -> bool:
    """Say whether a setting can be read now: not if it is a secret, or depends on where the run serves."""
    secret = isinstance(value, dict) and set(value) == {"env"}
    return not secret and not (isinstance(value, str) and "{{" in value)
