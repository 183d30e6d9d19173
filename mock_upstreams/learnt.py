"""What an answer and a row look like, learnt from those that make them, so that they can be filled in elsewhere."""

from collections.abc import Sequence
from typing import Any

import msgspec

from harness.core.event import Event
from harness.core.journal import Journal
from mock_upstreams.answer_bytes import render
from mock_upstreams.dialect import Ask, Dialect
from mock_upstreams.records import Trade
from mock_upstreams.usual import Usual

_MARK = "Z"
_CUT = b"\0"
_SLOT: Any = msgspec.Raw(_CUT)
_TEXT: Any = msgspec.Raw(b'"%b"' % _CUT)


def answer_parts(dialect: Dialect, usual: Usual, ref_size: int) -> list[bytes]:
    """Return the bytes of the answer to a usual create, cut wherever the gateway's own number stands."""
    ref = _MARK * ref_size
    ask = Ask(op="create", extra={**dict.fromkeys(usual.extra, ""), **usual.marks})
    trade = Trade(ref=ref, order_no="", amount_fen=1, created_ns=0)
    parts = render(dialect.answer(ask, trade)).split(ref.encode())
    assert len(parts) > 1, "an answer to a create names its trade"
    return parts


def row_parts(journal: Journal, side: str, channel: str, spared: Sequence[str]) -> list[bytes]:
    """Return the row of a create that went well, cut where these are filled in, each before its number.

    seq, time_ns, intent, order_no, ref, amount_fen, attempt, nothing, took_us, nothing. Intent and took_us
    are left out with what stands before them.
    """
    event = Event(
        vantage=side,
        kind="create",
        run=journal.run,
        recorder=journal.recorder,
        seq=_SLOT,
        time_ns=_SLOT,
        intent=_SLOT,
        order_no=_TEXT,
        ref=_TEXT,
        channel=channel,
        amount_fen=_SLOT,
        outcome="ok",
        attempt=_SLOT,
        http_status=200,
        took_us=_SLOT,
        spared=list(spared),
    )
    *first, last_but_took, end = msgspec.json.encode(event).split(_CUT)
    before, took, nothing = last_but_took.partition(b',"took_us":')
    assert took
    assert not nothing
    return [*first, before, took, end]
