"""Whether a platform can be told of a mended account, and whether it can know by whom."""

import msgspec

from harness.targets._strangers import knows_customers
from harness.targets.target import Target
from harness.targets.template import holes, texts_of


def mends_accounts(target: Target) -> bool:
    """Say whether asking for redelivery says which account it is to be."""
    said = texts_of(msgspec.to_builtins(target.resend))
    return any("intent.account" in holes(text) for text in said)


def keeps_strangers_out(target: Target) -> bool:
    """Say whether an account can be mended, and whoever asks for it is a part of the question."""
    return mends_accounts(target) and knows_customers(target, "resend")
