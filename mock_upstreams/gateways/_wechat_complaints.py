"""Complaints over WeChat Pay v3 (API v2 of merchant-service): calls, views and notifications.

    GET    /v3/merchant-service/complaints-v2[/{id}[/negotiation-historys]]
    POST   /v3/merchant-service/complaints-v2/{id}/{response | complete | update-refund-progress}
    POST, GET, PUT, DELETE  /v3/merchant-service/complaint-notifications

Source: WX-OA docs/v3/merchant-service, WX-JS COMPLAINT.*.md, ladder as documented in 2023-06, read 2026-11-22.
Unconfirmed: the operate_type words of a history, `summary` and `original_type` of the notification, and which
state an answer without a refund leads to.
"""

from collections.abc import Callable, Sequence
from typing import Annotated, Literal
from urllib.parse import parse_qs, unquote

import msgspec
from msgspec import Meta

from mock_upstreams import beijing
from mock_upstreams.complaints import Complaint, Inbox, Step
from mock_upstreams.dialect import Answer, Ask, Request
from mock_upstreams.gateways import _wechat_words as words
from mock_upstreams.gateways._wechat_crypto import Keyring
from mock_upstreams.gateways._wechat_forms import Complaint as Fault
from mock_upstreams.gateways._wechat_forms import Id, NotifyUrl
from mock_upstreams.gateways._wechat_views import openid_of, rfc3339

SERVICE = "/v3/merchant-service/"
LADDER_MS = (5_000.0, *[60_000.0] * 10, *[300_000.0] * 989)
"""5 s once, 1 min ten times, then 5 min, a thousand in all."""
_LIST = f"{SERVICE}complaints-v2"
_INBOX = f"{SERVICE}complaint-notifications"
_HISTORY = "negotiation-historys"
_DAY_NS = 86_400 * 10**9
_STATES = {"pending": "PENDING", "processing": "PROCESSING", "processed": "PROCESSED"}
_ACTIONS = {
    "raise": "CREATE_COMPLAINT",
    "continue": "CONTINUE_COMPLAINT",
    "add": "USER_RESPONSE",
    "respond": "MERCHANT_RESPONSE",
    "complete": "MERCHANT_CONFIRM_COMPLETE",
    "approve_refund": "MERCHANT_APPROVE_REFUND",
    "reject_refund": "MERCHANT_REJECT_REFUND",
    "refund": "REFUND_SUCCESS",
}
_OPERATIONS = _ACTIONS | {
    "raise": "USER_CREATE_COMPLAINT",
    "continue": "USER_CONTINUE_COMPLAINT",
}
_BY_CUSTOMER = {"raise", "continue", "add"}
_ACTS = {"APPROVE": "approve_refund", "REJECT": "reject_refund"}
_INBOX_ACTS = {
    "POST": "inbox_set",
    "GET": "inbox_get",
    "PUT": "inbox_change",
    "DELETE": "inbox_drop",
}

Text = Annotated[str, Meta(min_length=1, max_length=200)]


class ResponseForm(msgspec.Struct):
    """POST .../response."""

    complainted_mchid: Id
    response_content: Text
    response_images: list[str] = []
    jump_url: str = ""


class CompleteForm(msgspec.Struct):
    """POST .../complete."""

    complainted_mchid: Id


class RefundProgressForm(msgspec.Struct):
    """POST .../update-refund-progress."""

    action: Literal["APPROVE", "REJECT"]
    launch_refund_day: Annotated[int, Meta(ge=0, le=30)] = 0
    reject_reason: Annotated[str, Meta(max_length=200)] = ""
    remark: Annotated[str, Meta(max_length=200)] = ""


class InboxForm(msgspec.Struct):
    """POST and PUT of the place to be told at."""

    url: NotifyUrl


_response_form = msgspec.json.Decoder(ResponseForm).decode
_complete_form = msgspec.json.Decoder(CompleteForm).decode
_progress_form = msgspec.json.Decoder(RefundProgressForm).decode
_inbox_form = msgspec.json.Decoder(InboxForm).decode

Parse = Callable[[Request], Ask | Answer]


class ComplaintWindow:
    """The calls about complaints, and what they answer."""

    def __init__(self, keys: Keyring) -> None:
        self._keys = keys

    def route(self, method: str, path: str) -> Parse | None:
        """Return who reads a request, None if there is no such call."""
        if path == _INBOX:
            return self._inbox if method in _INBOX_ACTS else None
        if path == _LIST:
            return self._list if method == "GET" else None
        rest = path.removeprefix(f"{_LIST}/")
        _, slash, what = rest.partition("/")
        if rest == path or not rest:
            return None
        if not slash:
            return self._detail if method == "GET" else None
        if what == _HISTORY:
            return self._detail if method == "GET" else None
        posts = {
            "response": self._respond,
            "complete": self._complete,
            "update-refund-progress": self._progress,
        }
        return posts.get(what) if method == "POST" else None

    def _inbox(self, request: Request) -> Ask:
        act = _INBOX_ACTS[request.method]
        url = _inbox_form(request.body).url if act in {"inbox_set", "inbox_change"} else ""
        return Ask(op="complaint", notify_url=url, extra={"act": act})

    def _list(self, request: Request) -> Ask | Answer:
        given = {name: values[-1] for name, values in parse_qs(request.query).items()}
        begin_ns = beijing.ns_of(given.get("begin_date", ""), "%Y-%m-%d")
        end_ns = beijing.ns_of(given.get("end_date", ""), "%Y-%m-%d")
        for name, value in (("begin_date", begin_ns), ("end_date", end_ns)):
            if not value:
                what = Fault(name, "必填项缺失或格式错误", given.get(name, ""), "query")
                return words.wrong_parameter(what)
        page = _page(given, 10, 50)
        if isinstance(page, Answer):
            return page
        limit, offset = page
        return Ask(
            op="complaint",
            between_ns=(begin_ns, end_ns + _DAY_NS),
            limit=limit,
            extra={"act": "list", "offset": str(offset)},
        )

    def _detail(self, request: Request) -> Ask | Answer:
        number, slash, _ = request.path.removeprefix(f"{_LIST}/").partition("/")
        given = {name: values[-1] for name, values in parse_qs(request.query).items()}
        page = _page(given, 100, 300)
        if isinstance(page, Answer):
            return page
        extra = {"act": "detail", "offset": str(page[1])}
        extra |= {"history": "1"} if slash else {}
        return Ask(op="complaint", ref=unquote(number), limit=page[0], extra=extra)

    def _respond(self, request: Request) -> Ask | Answer:
        form = _response_form(request.body)
        return self._step(request, "respond", form.response_content, form.complainted_mchid)

    def _complete(self, request: Request) -> Ask | Answer:
        form = _complete_form(request.body)
        return self._step(request, "complete", "", form.complainted_mchid)

    def _progress(self, request: Request) -> Ask | Answer:
        form = _progress_form(request.body)
        if form.action == "REJECT" and not form.reject_reason:
            return words.wrong_parameter(Fault("/reject_reason", "必填项缺失"))
        text = form.reject_reason if form.action == "REJECT" else form.remark
        return self._step(request, _ACTS[form.action], text, self._keys.mchid)

    def _step(self, request: Request, act: str, text: str, mchid: str) -> Ask | Answer:
        if mchid != self._keys.mchid:
            what = Fault("/complainted_mchid", "与签名的商户号不一致", mchid)
            return words.wrong_parameter(what)
        number = request.path.removeprefix(f"{_LIST}/").partition("/")[0]
        return Ask(op="complaint", ref=unquote(number), subject=text, extra={"act": act})

    def answer(self, ask: Ask, found: Inbox | Complaint | Sequence[object]) -> Answer:
        """Show complaints, one with or without its history, or the inbox; what was done has nothing to say."""
        if isinstance(found, Inbox):
            if ask.extra["act"] == "inbox_drop":
                return words.done()
            return words.yes({"mchid": self._keys.mchid, "url": found.url})
        if isinstance(found, Complaint):
            if ask.extra["act"] != "detail":
                return words.done()
            if "history" in ask.extra:
                return words.yes(_shown(ask, [_step_view(s, n) for n, s in _numbered(found)]))
            return words.yes(self._view(found) | {"payer_openid": openid_of(found.trade)})
        made = [self._view(c) for c in found if isinstance(c, Complaint)]
        return words.yes(_shown(ask, made))

    def _view(self, complaint: Complaint) -> dict[str, object]:
        trade = complaint.trade
        view: dict[str, object] = {
            "complaint_id": complaint.id,
            "complaint_time": rfc3339(complaint.created_ns // 10**9),
            "complaint_detail": complaint.text,
            "complaint_state": _STATES[complaint.state],
            "complainted_mchid": self._keys.mchid,
            "complaint_order_info": [
                {
                    "transaction_id": trade.ref,
                    "out_trade_no": trade.order_no,
                    "amount": trade.captured_fen,
                }
            ],
            "complaint_full_refunded": 0 < trade.captured_fen <= trade.refunded_fen,
            "incoming_user_response": complaint.waiting,
            "problem_description": "申请退款" if complaint.amount_fen else "服务未生效",
            "user_complaint_times": complaint.times,
            "problem_type": "REFUND" if complaint.amount_fen else "SERVICE_NOT_WORK",
            "user_tag_list": ["TRUSTED"],
            "complaint_media_list": [],
            "in_platform_service": False,
            "need_immediate_service": False,
            "is_agent_mode": False,
        }
        if complaint.amount_fen:
            view["apply_refund_amount"] = complaint.amount_fen
        if complaint.phone:
            view["payer_phone"] = self._keys.encrypted(complaint.phone)
        return view


def event_of(act: str) -> tuple[str, str]:
    """Return event_type and summary of a notification."""
    if act == "raise":
        return "COMPLAINT.CREATE", "产生新投诉"
    return "COMPLAINT.STATE_CHANGE", "投诉单状态变化"


def told(facts: dict[str, str | int]) -> dict[str, object]:
    """Return what a notification has sealed in it."""
    act = str(facts["act"])
    return {"complaint_id": facts["complaint"], "action_type": _ACTIONS.get(act, act)}


def _numbered(complaint: Complaint) -> list[tuple[int, Step]]:
    """Return what happened, newest first."""
    return list(reversed(list(enumerate(complaint.history, 1))))


def _step_view(step: Step, number: int) -> dict[str, object]:
    return {
        "log_id": f"{step.at_ns}{number:04d}",
        "operator": "投诉人" if step.act in _BY_CUSTOMER else "商家",
        "operate_time": rfc3339(step.at_ns // 10**9),
        "operate_type": _OPERATIONS[step.act],
        "operate_details": step.text,
        "image_list": [],
    }


def _shown(ask: Ask, views: list[dict[str, object]]) -> dict[str, object]:
    offset = int(ask.extra["offset"])
    page = views[offset : offset + ask.limit]
    return {"data": page, "limit": ask.limit, "offset": offset, "total_count": len(views)}


def _page(given: dict[str, str], limit: int, most: int) -> tuple[int, int] | Answer:
    """Return limit and offset, or the refusal of what is none."""
    values = {"limit": str(limit), "offset": "0"} | given
    for name, low, high in (("limit", 1, most), ("offset", 0, 10**9)):
        text = values[name]
        if not (text.isascii() and text.isdigit() and len(text) < 10 and low <= int(text) <= high):
            return words.wrong_parameter(Fault(name, "取值超出范围", text, "query"))
    return int(values["limit"]), int(values["offset"])
