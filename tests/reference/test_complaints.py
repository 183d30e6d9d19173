"""Complaints at a gateway: answered, and ended when their order has ended."""

import asyncio
import json
from typing import ClassVar

import pytest

from harness.targets.reference.gateways import Complaint
from harness.targets.reference.gateways._wechat_complaints import WechatComplaints
from harness.targets.reference.http_client import HttpAnswer
from harness.targets.reference.operators import Said
from tests.reference.world import FakeGateway, eventually


class Listening(FakeGateway):
    """A gateway at which customers complain; `log` says what was done about it."""

    hears_complaints: ClassVar[bool] = True

    def __init__(self, channel):
        super().__init__(channel)
        self.raised, self.log = {}, []

    async def complaints(self):
        return list(self.raised.values())

    async def answer_complaint(self, complaint_id, _text):
        self.log.append(("answer", complaint_id))
        return True

    async def end_complaint(self, complaint_id):
        self.log.append(("end", complaint_id))
        return True


SETTINGS = {"gateway": Listening, "complaint_poll_s": 5}


async def complain(w, looks):
    """Pay, complain while the operator is at work, and return the order once the ticket was worked on twice."""
    w.first.asks = [Said.OPEN] * looks
    view = await w.place()
    await w.pay(w.a, view.pay_url)
    w.a.raised["C1"] = Complaint("C1", view.pay_url.removeprefix("pay://"), waits=True)
    desk, noted = w.platform.complaints, []
    note = desk.note
    desk.note = lambda *args: noted.append(note(*args))

    async def worked_on():
        return len(noted) >= 2

    await eventually(worked_on)
    return view


def test_a_complaint_is_answered_and_ended_by_delivery(run):
    async def story(w):
        await complain(w, looks=20)

        async def ended():
            return ("end", "C1") in w.a.log

        await eventually(ended)
        return w.a.log[0][0], w.a.log[-1]

    honest, _ = run("stuck_in_doubt", story, **SETTINGS)
    assert honest == ("answer", ("end", "C1"))


def test_complaint_unanswered(run):
    async def story(w):
        await complain(w, looks=20)
        return len(w.a.log) > 0

    assert run("complaint_unanswered", story, **SETTINGS) == (True, False)


def test_complaint_closed_at_once(run):
    async def story(w):
        await complain(w, looks=10**5)
        return "end" in {what for what, _ in w.a.log}

    assert run("complaint_closed_at_once", story, **SETTINGS) == (False, True)


async def ticket(w, looks):
    """Pay, open a ticket while the operator is at work, and return its order and what it says a little later."""
    w.first.asks = [Said.OPEN] * looks
    view = await w.place()
    await w.pay(w.a, view.pay_url)
    shop = w.platform.shop
    opened = await shop.ticket(1, view.order_no, opened=True)
    assert opened == await shop.ticket(1, view.order_no, opened=True)

    async def state():
        return (await shop.ticket(1, view.order_no, opened=False))["state"]

    return view, state


def test_a_ticket_is_answered_and_ended_by_delivery(run):
    async def story(w):
        view, state = await ticket(w, looks=20)

        async def closed():
            return await state() == "CLOSED"

        await eventually(closed)
        return await w.platform.shop.ticket(2, view.order_no, opened=True)

    assert run("stuck_in_doubt", story)[0] is None


TICKET_DEFECTS = {"ticket_follows_order": "OPEN", "ticket_closed_with_answer": "CLOSED"}


@pytest.mark.parametrize("defect", TICKET_DEFECTS)
def test_a_ticket_of_an_order_under_way_is_answered_and_not_closed(run, defect):
    async def story(w):
        _, state = await ticket(w, looks=10**5)
        desk, noted = w.platform.complaints, []
        note = desk.note
        desk.note = lambda *args: noted.append(note(*args))

        async def worked_on():
            return len(noted) >= 2 or await state() != "OPEN"

        await eventually(worked_on)
        return await state()

    assert run(defect, story) == ("ANSWERED", TICKET_DEFECTS[defect])


class Wired(WechatComplaints):
    """WeChat Pay's complaints over a list of answers."""

    mchid = "1900000001"

    def __init__(self, answers):
        self.answers, self.calls = answers, []

    async def call(self, method, target, content=None):
        self.calls.append((method, target.partition("&begin")[0], content))
        return self.answers.pop(0)


def _page(rows, total):
    return HttpAnswer(200, {}, json.dumps({"data": rows, "total_count": total}).encode())


def test_wechat_complaints_are_read_page_by_page():
    row = {"complaint_id": "1", "complaint_order_info": [{"out_trade_no": "P1"}]}
    pages = [
        _page([row | {"complaint_state": "PENDING"}], 2),
        _page([row | {"complaint_id": "2", "complaint_state": "PROCESSED"}], 2),
    ]
    gateway = Wired(pages)
    found = asyncio.run(gateway.complaints())
    assert [(c.complaint_id, c.pay_no, c.waits, c.ended) for c in found] == [
        ("1", "P1", True, False),
        ("2", "P1", False, True),
    ]
    assert [target.rpartition("offset=")[2] for _, target, _ in gateway.calls] == ["0", "1"]


def test_what_wechat_does_not_answer_is_not_done():
    gateway = Wired([None, HttpAnswer(204, {}, b""), HttpAnswer(500, {}, b""), None])
    assert not asyncio.run(gateway.answer_complaint("1", "x"))
    assert asyncio.run(gateway.end_complaint("1"))
    assert not asyncio.run(gateway.end_complaint("1"))
    assert asyncio.run(gateway.complaints()) == []
