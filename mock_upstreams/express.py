"""The usual exchange in one go: no strike can meet it, and it is answered in the same tick.

    plan -> effect -> answer -> row

It does what `exchange` does when every leg goes as planned, and writes the same row, but keeps no state between legs.
"""

from harness.core.clock import now_ns
from harness.core.event import Event
from mock_upstreams.call import Call, through
from mock_upstreams.complaints import Complaint
from mock_upstreams.desk import Desk
from mock_upstreams.dialect import Ask, Dialect, Found
from mock_upstreams.house import House
from mock_upstreams.letter import Who
from mock_upstreams.records import Message, Reason, Refund, SupplierOrder, Trade

_OPS = frozenset({"create", "query", "close", "refund", "submit", "balance"})
_NO_DETAIL: dict[str, str] = {}


class Express:
    """The short way through one upstream."""

    def __init__(self, name: str, dialect: Dialect, desk: Desk, house: House) -> None:
        self._name = name
        self._dialect = dialect
        self._desk = desk
        self._house = house
        ops = () if dialect.signs_slowly else _OPS.intersection(dialect.ops)
        self._routes = {op: house.strikes.route(name, op) for op in ops}

    def takes(self, ask: Ask, who: Who) -> bool:
        """Say whether a call may go the short way."""
        route = self._routes.get(ask.op)
        if (
            route is None
            or ask.renewed
            or (ask.op == "submit" and self._dialect.waits_for_goods(ask))
        ):
            return False
        return route.free(who.key)

    def carry(self, calls: list[Call]) -> None:
        """Do them, say so, and write their rows; each stage for all of them before the next."""
        if not calls:
            return
        began_ns = now_ns()

        def do(call: Call) -> bool:
            route = self._routes[call.ask.op]
            call.attempt = route.attempt(call.who.key)
            call.found, call.changing = self._desk.at_once(call.ask, began_ns, call.who)
            route.count(changing=call.changing)
            return True

        done = through(through(calls, do), self._say)
        took_us = (now_ns() - began_ns) // 1_000
        through(done, lambda call: self._note(call, began_ns, took_us))

    def _say(self, call: Call) -> bool:
        dialect, ask, found = self._dialect, call.ask, call.found
        if isinstance(found, Reason):
            call.outcome = "unknown" if found.value in dialect.unclear else "fail"
            answer = dialect.refuse(ask, found.value)
        else:
            call.outcome = "ok"
            answer = dialect.answer(ask, found)
        if call.ear.answer(dialect.seal(call.request, answer)):
            call.http_status = answer.status
        else:
            call.outcome = "unknown"
        return True

    def _note(self, call: Call, began_ns: int, took_us: int) -> bool:
        ask, found = call.ask, call.found
        if isinstance(found, Reason):
            detail = {"reason": found.value}
            order_no, ref, account, sku, amount_fen = numbers(ask, None)
        else:
            detail = _NO_DETAIL
            order_no, ref, account, sku, amount_fen = numbers(ask, found)
        self._house.recorder.row(
            Event(
                vantage=self._dialect.side,
                kind=ask.op,
                time_ns=began_ns,
                intent=call.who.intent,
                order_no=order_no,
                ref=ref,
                channel=self._name,
                account=account,
                sku=sku,
                amount_fen=amount_fen,
                outcome=call.outcome,
                attempt=call.attempt,
                http_status=call.http_status,
                took_us=took_us,
                spared=self._routes[ask.op].spared[call.changing],
                detail=detail,
            )
        )
        return False


def numbers(ask: Ask, found: Found | None) -> tuple[str, str, str, str, int | None]:
    """Return order_no, ref, account, sku and amount: the record's, or what the caller said if nothing was done."""
    if isinstance(found, Trade):
        amount_fen = found.captured_fen if ask.op == "pay" else found.amount_fen
        return found.order_no, found.ref, "", "", amount_fen
    if isinstance(found, list) and len(found) == 1:
        return numbers(ask, found[0])
    if isinstance(found, Refund):
        return found.trade.order_no, found.trade.ref, "", "", found.amount_fen
    if isinstance(found, Complaint):
        return found.trade.order_no, found.trade.ref, "", "", found.amount_fen
    if isinstance(found, Message):
        return found.order_no, found.id, found.phone, found.way, None
    if isinstance(found, SupplierOrder):
        return found.order_no, found.ref, found.account, found.product.id, found.cost_fen
    order_no = ask.order_no or ",".join(ask.order_nos)
    said_fen = found if isinstance(found, int) else ask.amount_fen or None
    return order_no, ask.ref, ask.account, ask.sku, said_fen
