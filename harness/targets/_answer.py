"""What an answer of the platform meant, and what it means for a call of several steps."""

from typing import Any

import msgspec

from harness.targets._spoken import Outcome, Spoken


class Answer(msgspec.Struct):
    """What an answer meant. Values: token, order_no, amount_fen, pay_url, state (ours), cards, and others taken."""

    outcome: Outcome
    values: dict[str, Any] = {}
    http_status: int = 0
    reason: str = ""
    ended: bool = False
    """The session is over: log in again."""
    refused: str = ""
    """What an order was refused for, if the answer says it in the target file's words."""


def at_step(at: int, steps: list[Spoken], answer: Answer) -> Answer:
    """Say at which of several steps a call ended, and what that means for the whole.

    Nothing was done if only pages had been fetched; after a step that may have done something, nobody knows.
    """
    if len(steps) == 1:
        return answer
    answer.reason = f"step {at + 1} of {len(steps)}: {answer.reason}"
    done = any(not spoken.reads_only for spoken in steps[:at])
    if done and answer.outcome == "fail" and not (answer.ended or answer.refused):
        answer.outcome = "unknown"
    if not done and steps[at].reads_only and any(not one.reads_only for one in steps[at:]):
        answer.outcome = "fail"
    return answer
