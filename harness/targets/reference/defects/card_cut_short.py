"""Cards are kept in a column that is too short: the passwords of long ones lose their end, without a word.

Modelled on: MySQL without strict mode, where VARCHAR(n) cuts what is longer; buyers find out when they redeem.
Breaks: what the customer is shown agrees with what happened.
"""

from msgspec.structs import replace
from sqlalchemy import Connection

from harness.targets.reference.delivery_desk import DeliveryDesk, Job
from harness.targets.reference.operators import Answer, Card

_COLUMN = 12
"""Characters of a password that fit."""


class CardCutShort(DeliveryDesk):
    """Stores what fits."""

    def delivered(self, c: Connection, job: Job, answer: Answer) -> None:
        """Cut the passwords."""
        kept = [Card(card.code, card.password[:_COLUMN]) for card in answer.cards]
        super().delivered(c, job, replace(answer, cards=kept))
