"""The customers' bank app: pays a link at the payer, and says what came of it."""

from typing import Literal

import msgspec

from harness.core.clock import tick_s
from harness.traffic.job import Payer
from harness.traffic.seams import Ear, NoAnswerError, NotSentError, Transport
from harness.traffic.steps import Forgery, How, Refusal


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """What the bank app shows; `order_no` is the number at the gateway (out_trade_no)."""

    outcome: Literal["ok", "fail", "unknown"]
    order_no: str = ""
    trade_no: str = ""
    amount_fen: int | None = None
    reason: str = ""
    back: str = ""
    """Where the gateway's page sends the browser, if that was asked for."""
    took_us: int = 0


class _Order(msgspec.Struct, omit_defaults=True):
    pay_url: str
    intent: int
    amount_fen: int | None
    how: How = "pays"
    reason: Refusal = "balance"
    returns: bool = False
    signature: Forgery = "wrong"


class _Grievance(msgspec.Struct):
    pay_url: str
    intent: int


class Bank:
    """Pays links; without a payer it pays nothing and says so."""

    def __init__(self, payer: Payer | None, transport: Transport, hear: Ear) -> None:
        self._payer = payer
        self._transport = transport
        self._hear = hear

    def pay(
        self,
        pay_url: str,
        intent: int,
        amount_fen: int | None,
        *,
        how: How = "pays",
        refusal: Refusal = "balance",
        returns: bool = False,
        forgery: Forgery = "wrong",
    ) -> Payment:
        """Pay a link for an intent; an answer that was lost, or cannot be read, leaves it unknown.

        `how` makes the bank refuse, the customer break off or pretend, or the payment happen twice; `returns` asks for
        the way back (mock_upstreams/payer.py).
        """
        began_s = tick_s()
        order = _Order(pay_url, intent, amount_fen, how, refusal, returns, forgery)
        shown, size = self._shown(order)
        took_s = tick_s() - began_s
        self._hear("pay", took_s * 1e3, size, "" if shown.outcome == "ok" else shown.reason)
        return msgspec.structs.replace(shown, took_us=int(took_s * 1e6))

    def complain(self, pay_url: str, intent: int) -> Payment:
        """Complain about what was paid under a link, at its gateway."""
        began_s = tick_s()
        shown, size = self._shown(_Grievance(pay_url, intent), "complain")
        took_s = tick_s() - began_s
        self._hear("complain", took_s * 1e3, size, "" if shown.outcome == "ok" else shown.reason)
        return msgspec.structs.replace(shown, took_us=int(took_s * 1e6))

    def _shown(self, order: "_Order | _Grievance", what: str = "pay") -> tuple[Payment, int]:
        if self._payer is None:
            return Payment(outcome="fail", reason="no payer"), 0
        headers = {
            "Authorization": f"Bearer {self._payer.token}",
            "Content-Type": "application/json",
        }
        body = msgspec.json.encode(order)
        try:
            url = f"{self._payer.url.rpartition('/')[0]}/{what}"
            reply = self._transport.send(url, "POST", "", headers, body)
        except NotSentError:
            return Payment(outcome="fail", reason="not sent"), 0
        except NoAnswerError:
            return Payment(outcome="unknown", reason="no answer"), 0
        return _read(reply.status, reply.body), len(reply.body)


def _read(status: int, body: bytes) -> Payment:
    if status != 200:
        return Payment(outcome="unknown" if status >= 500 else "fail", reason=f"HTTP {status}")
    try:
        return msgspec.json.decode(body, type=Payment)
    except msgspec.DecodeError as error:
        return Payment(outcome="unknown", reason=f"the answer cannot be read: {error}")
