"""The books of a message channel: what customers were told, by SMS or within an app. No ladder, no money."""

from harness.core.clock import now_ns
from harness.core.delivery import Delivery
from harness.core.event import Event
from mock_upstreams.desk import Desk, Happened, who_of
from mock_upstreams.dialect import Ask, Dialect, Found
from mock_upstreams.house import House
from mock_upstreams.letter import Who
from mock_upstreams.notifier import Notifier
from mock_upstreams.records import Message, Reason


class MessageDesk(Desk):
    """What a message channel does when it is asked: sends, and shows what was sent to one receiver."""

    def __init__(self, name: str, dialect: Dialect, house: House, notifier: Notifier) -> None:
        super().__init__(name, dialect, house, notifier)
        self._sent: dict[str, list[Message]] = {}
        self._serial = 0

    def who(self, ask: Ask) -> Who:
        """Read the intent from the text; else the platform's order number, or the receiver, must do as a key."""
        return who_of(self.house.intent_in((ask.attach,)), ask.order_no or ask.account)

    def plan(self, ask: Ask, at_ns: int) -> Found | Reason:
        """Look what would be sent, or what was."""
        if ask.op == "query":
            return tuple(self._sent.get(ask.account, ()))
        self._serial += 1
        return Message(
            id=self.dialect.number("order", self._serial, at_ns),
            phone=ask.account,
            text=ask.attach,
            way=ask.sku,
            order_no=ask.order_no,
            created_ns=at_ns,
        )

    def changes(self, ask: Ask, found: Found) -> bool:  # noqa: ARG002
        """Say yes: whatever is sent is one more message, also for the second time."""
        return isinstance(found, Message)

    def facts(self, ask: Ask, found: Found) -> dict[str, str | int]:  # noqa: ARG002
        """Return who is told what."""
        assert isinstance(found, Message)
        return {"account": found.phone, "text": found.text}

    def effect(self, ask: Ask, found: Found, done: Delivery | None, who: Who) -> Happened:  # noqa: ARG002
        """Let the message arrive: now, late, or never although the channel said yes."""
        assert isinstance(found, Message)
        self.house.recorder.moved()
        if done is None:
            return "dropped"
        found.phone = str(done.fields.get("account", found.phone))
        found.text = str(done.fields.get("text", found.text))
        if done.after_ms > 0:
            self.house.late(done.after_ms, self._arrive, found, who)
            return "late"
        self._arrive(found, who)
        return "done"

    def _arrive(self, message: Message, who: Who) -> None:
        message.sent_ns = now_ns()
        self._sent.setdefault(message.phone, []).append(message)
        self.house.recorder.moved()
        self.house.recorder.row(
            Event(
                vantage=self.dialect.side,
                kind="sent",
                time_ns=message.sent_ns,
                intent=who.intent,
                order_no=message.order_no,
                ref=message.id,
                channel=self.name,
                account=message.phone,
                detail={"text": message.text, "way": message.way},
            )
        )
