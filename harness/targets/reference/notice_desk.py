"""Tells customers how their orders ended or why they wait, through a message channel if there is one.

    delivered or refunded --same transaction--> task --> POST /send --ok--> done
                                                  ^---- anything else ----/  later, as often as it takes

A notice is a task of its own, after the order has ended: a channel that is down holds up notices and nothing else. A
lost answer is asked again, so a customer may be told twice, which is better than never.
"""

import logging

import msgspec
from sqlalchemy import Connection, bindparam, select

from harness.targets.reference.clock import now_ms
from harness.targets.reference.config import Config
from harness.targets.reference.database import Database
from harness.targets.reference.desk import Desk
from harness.targets.reference.http_client import HttpClient, NoAnswerError, NotSentError
from harness.targets.reference.outbox import Outbox, Task
from harness.targets.reference.prepared import Prepared
from harness.targets.reference.tables import State, customers, orders

log = logging.getLogger("reference.notices")

_ended = Prepared(
    select(customers.c.phone, orders.c.goods, orders.c.account, orders.c.state)
    .join(customers, customers.c.customer_id == orders.c.customer_id)
    .where(orders.c.order_no == bindparam("no"))
)
_TEXTS: dict[str, str] = {
    "held": "您的订单 {order_no}（{goods}，{account}）正在安全审核，审核期间不会充值，结果将另行通知。",
    "large": "您的订单 {order_no}（{goods}，{account}）有一笔大额支付，如非本人操作请立即联系客服。",
    "late": "您的订单 {order_no}（{goods}，{account}）未能按时到账，补偿券已发放到您的账户。",
    "lapse": "您的会员（{goods}，{account}，订单 {order_no}）即将到期，请及时续费。",
    State.DONE: "您的订单 {order_no}（{goods}，{account}）已充值成功。",
    State.REFUNDED: "您的订单 {order_no}（{goods}，{account}）未能完成，款项已原路退回。",
}


_DEVICE = "您的账户刚刚在新设备登录，如非本人操作请立即修改密码。"
_phone = Prepared(select(customers.c.phone).where(customers.c.customer_id == bindparam("of")))
_ABOUT = "#"
_OF_CUSTOMER = "@"


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One notice as the channel wants it."""

    phone: str
    text: str
    order_no: str


class NoticeDesk(Desk):
    """Every order that ended is told of at least once, as soon as the channel works."""

    def __init__(self, config: Config, db: Database, http: HttpClient) -> None:
        super().__init__(config, db)
        self.outbox = Outbox("notice")
        self._channel = config.messages.sms
        self._http = http

    @property
    def can_tell(self) -> bool:
        """Say whether there is a channel at all."""
        return self._channel is not None

    def tell(self, c: Connection, order_no: str, about: str = "") -> None:
        """Put a notice into the outbox: how the order ended, or `about` held, late or lapse.

        Without a channel there is none.
        """
        if self._channel is not None:
            self.outbox.add(c, f"{order_no}{_ABOUT}{about}" if about else order_no, now_ms())

    def tell_of_device(self, c: Connection, customer_id: int, session: str) -> None:
        """Put the word of a login from a new device into the outbox; one for each session."""
        if self._channel is not None:
            self.outbox.add(c, f"{_OF_CUSTOMER}{customer_id}{_ABOUT}{session}", now_ms())

    def taken(self, c: Connection, order_no: str) -> None:
        """Hear that a supplier has taken an order: there is nothing to tell of that."""

    def load(self, c: Connection, task: Task) -> Told:
        """Word the notice of a claimed task."""
        order_no, _, about = task.key.partition(_ABOUT)
        if order_no.startswith(_OF_CUSTOMER):
            (phone,) = _phone(c, of=int(order_no.removeprefix(_OF_CUSTOMER))).fetchone()
            return Told(phone=phone, text=_DEVICE, order_no="")
        phone, goods, account, state = _ended(c, no=order_no).fetchone()
        title = self.goods[goods].title or goods
        text = _TEXTS[about or state].format(order_no=order_no, goods=title, account=account)
        return Told(phone=phone, text=text, order_no=order_no)

    async def work(self, task: Task, told: Told) -> None:
        """Send one notice; whatever is not a yes means later."""
        if await self.sent(told):
            await self.db.run(self.outbox.done, task.key)
        else:
            await self.db.run(self.later, task)

    def later(self, c: Connection, task: Task) -> None:
        """Give a task back that came to nothing."""
        next_ms = self.retry_ms(task.tries, task.key)
        self.outbox.again(c, task.key, next_ms, task.tries + 1)

    async def sent(self, told: Told) -> bool:
        """Send one message; False for whatever is not a yes."""
        assert self._channel is not None
        headers = {
            "Authorization": f"Bearer {self._channel.key}",
            "Content-Type": "application/json",
        }
        body = msgspec.json.encode(told)
        try:
            answer = await self._http.send(self._channel.url, "POST", "/send", headers, body)
        except (NotSentError, NoAnswerError) as error:
            log.warning("notice of %s: %s", told.order_no, error)
            return False
        return answer.status == 200
