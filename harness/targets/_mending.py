"""Whether a platform can be told of a mended account."""

import msgspec

from harness.targets.target import Target
from harness.targets.template import holes, texts_of


def mends_accounts(target: Target) -> bool:
    """Say whether asking for redelivery says which account it is to be."""
    said = texts_of(msgspec.to_builtins(target.resend))
    return any("intent.account" in holes(text) for text in said)
