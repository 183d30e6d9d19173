"""Reads the settings of WeChat Pay that are one of a few words, or a share of the orders."""

from collections.abc import Mapping, Sequence

from harness.core.errors import UsageError
from harness.core.units import share_of_one

NOTIFIERS = ("asked", "public_key", "platform")
"""Whose key signs notifications, where not that of a share of the orders."""


def one_of(settings: Mapping[str, str], setting: str, values: Sequence[str]) -> None:
    """Look at a setting that is one of a few words.

    Raises:
        UsageError: it is none of them.
    """
    if settings[setting] not in values:
        raise UsageError(f"wechat_pay.{setting}: expected one of {', '.join(values)}")


def share(settings: Mapping[str, str], setting: str) -> float:
    """Return a share as a part of one.

    Raises:
        UsageError: it is no share.
    """
    try:
        return share_of_one(settings[setting])
    except ValueError as error:
        known = f" or {', '.join(NOTIFIERS)}" if setting == "notify_key" else ""
        raise UsageError(f"wechat_pay.{setting}: expected {error}{known}") from None
