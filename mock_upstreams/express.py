"""The usual exchange in one go: no strike can meet it, and it is answered in the same tick.

    read -> who -> free of strikes? -> plan -> effect -> answer -> row

It does what `exchange` does when every leg goes as planned, and writes the same row, but keeps no state between legs.
"""

from harness.core.clock import now_ns
from harness.core.event import Event
from mock_upstreams.complaints import Complaint
from mock_upstreams.desk import Desk
from mock_upstreams.dialect import Ask, Dialect, Found, Request
from mock_upstreams.house import Ear, House
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

    def carry(self, ask: Ask, request: Request, ear: Ear, who: Who) -> None:
        """Do it, say so, and write the row."""
        began_ns = now_ns()
        dialect, desk = self._dialect, self._desk
        route = self._routes[ask.op]
        attempt = route.attempt(who.key)
        found, changing = desk.at_once(ask, began_ns, who)
        if isinstance(found, Reason):
            code = found.value
            outcome, detail = "unknown" if code in dialect.unclear else "fail", {"reason": code}
            answer = dialect.refuse(ask, code)
            order_no, ref, account, sku, amount_fen = numbers(ask, None)
        else:
            outcome, detail = "ok", _NO_DETAIL
            answer = dialect.answer(ask, found)
            order_no, ref, account, sku, amount_fen = numbers(ask, found)
        route.count(changing=changing)
        answer = dialect.seal(request, answer)
        heard = ear.answer(answer)
        self._house.recorder.row(
            Event(
                vantage=dialect.side,
                kind=ask.op,
                time_ns=began_ns,
                intent=who.intent,
                order_no=order_no,
                ref=ref,
                channel=self._name,
                account=account,
                sku=sku,
                amount_fen=amount_fen,
                outcome=outcome if heard else "unknown",
                attempt=attempt,
                http_status=answer.status if heard else 0,
                took_us=(now_ns() - began_ns) // 1_000,
                spared=route.spared[changing],
                detail=detail,
            )
        )


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
