"""Whether what a platform sells can be ordered, delivered and seen: found when its file is read."""

from typing import TYPE_CHECKING

import msgspec

from harness.core.document import Document
from harness.targets._goods import Goods
from harness.targets._wallet import TOPUP
from harness.targets.template import holes, texts_of

if TYPE_CHECKING:
    from harness.targets.target import Target


def check_goods(doc: Document, target: "Target") -> None:
    """Point at goods that nobody delivers, whose cards nobody could know, or of which several cannot be asked for.

    Raises:
        UsageError: with file, line and column.
    """
    for at, goods in enumerate(target.goods):
        for operator in goods.operators:
            if operator not in target.operators:
                told = f"{operator!r} is not among operators"
                raise doc.wrong(("goods", at, "operators", operator), told)
        if why := _delivered_by_nobody(target, goods):
            raise doc.wrong(("goods", at), why)
        if goods.most > 1 and not (target.adapter or _says_how_many(target)):
            told = (
                "no request of `place` says {{intent.quantity}}, so one is all that can be ordered"
            )
            raise doc.wrong(("goods", at, "most"), told)


def _delivered_by_nobody(target: "Target", goods: Goods) -> str:
    if goods.kind not in ("cards", TOPUP) and not goods.operators:
        return "no operator delivers this; only card goods and top-ups can do without"
    if goods.id in target.own_stock() and not _says_what_a_card_is(target):
        return (
            "cards of the platform's own stock, and nothing says what a card is: name the loaded list as card_stock"
            " (`recharge-chaos stock` makes one), or a query for database.views.cards"
        )
    return ""


def _says_what_a_card_is(target: "Target") -> bool:
    return bool(target.card_stock) or (
        target.database is not None and "cards" in target.database.views
    )


def _says_how_many(target: "Target") -> bool:
    said = texts_of(msgspec.to_builtins(target.place))
    return any("intent.quantity" in holes(text) for text in said)
