"""Reads the settings of WeChat Pay that are one of a few words, or a share of the orders; how long links are good."""

from collections.abc import Mapping, Sequence

from harness.core.errors import UsageError
from harness.core.units import share_of_one

NOTIFIERS = ("asked", "public_key", "platform")
"""Whose key signs notifications, where not that of a share of the orders."""

LINKS = ("expire", "stay")
_LINK_MS, _H5_LINK_MS = 7_200_000.0, 300_000.0


def link_ms(settings: Mapping[str, str], trade_type: str) -> float:
    """Return how long a pay link of a trade is good for: two hours, of H5 five minutes; 0 if the settings let it stay.

    Source: WX-SK code_url, prepay_id and h5_url, read 2026-11-22; that a repeated call hands out a link that is good
    for as long anew is unconfirmed.
    """
    if settings["links"] == "stay":
        return 0.0
    return _H5_LINK_MS if trade_type == "MWEB" else _LINK_MS


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
