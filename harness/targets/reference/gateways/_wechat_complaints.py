"""Complaints at WeChat Pay v3: asked for by day, answered, and ended.

Source: WX-OA docs/v3/merchant-service complaints-v2 (list, response, complete).
"""

from datetime import datetime, timedelta, timezone
from typing import ClassVar

import msgspec

from harness.targets.reference.clock import now_ms
from harness.targets.reference.gateways import Complaint, Gateway
from harness.targets.reference.http_client import HttpAnswer

_LIST = "/v3/merchant-service/complaints-v2"
_BEIJING = timezone(timedelta(hours=8))
_PAGE = 50
_LOOKS_BACK = timedelta(days=7)


class _Trade(msgspec.Struct):
    out_trade_no: str = ""


class _Row(msgspec.Struct):
    complaint_id: str
    complaint_state: str = ""
    incoming_user_response: bool = False
    complaint_order_info: list[_Trade] = []


class _Rows(msgspec.Struct):
    data: list[_Row] = []
    total_count: int = 0


class WechatComplaints(Gateway):
    """The part of WeChat Pay that hears complaints; `call` signs and sends."""

    hears_complaints: ClassVar[bool] = True
    mchid: str

    async def call(self, method: str, target: str, content: object = None) -> HttpAnswer | None:
        """Return a signed call's answer, None if there is none that can be believed."""
        raise NotImplementedError

    async def complaints(self) -> list[Complaint]:
        """Ask for the complaints of the last week, page by page."""
        now = datetime.fromtimestamp(now_ms() / 1000, _BEIJING)
        days = f"begin_date={now - _LOOKS_BACK:%Y-%m-%d}&end_date={now:%Y-%m-%d}"
        found: list[_Row] = []
        while True:
            target = f"{_LIST}?limit={_PAGE}&offset={len(found)}&{days}"
            answer = await self.call("GET", target)
            if answer is None or answer.status != 200:
                return [_read(row) for row in found]
            try:
                page = msgspec.json.decode(answer.body, type=_Rows)
            except msgspec.DecodeError:
                return [_read(row) for row in found]
            found += page.data
            if not page.data or len(found) >= page.total_count:
                return [_read(row) for row in found]

    async def answer_complaint(self, complaint_id: str, text: str) -> bool:
        """Respond; a second response is a second message, which is better than none."""
        body = {"complainted_mchid": self.mchid, "response_content": text}
        return await self._done(f"{_LIST}/{complaint_id}/response", body)

    async def end_complaint(self, complaint_id: str) -> bool:
        """Complete."""
        return await self._done(
            f"{_LIST}/{complaint_id}/complete", {"complainted_mchid": self.mchid}
        )

    async def _done(self, target: str, body: dict[str, str]) -> bool:
        answer = await self.call("POST", target, body)
        return answer is not None and answer.status in {200, 204}


def _read(row: _Row) -> Complaint:
    trades = row.complaint_order_info
    ended = row.complaint_state == "PROCESSED"
    waits = not ended and (row.complaint_state == "PENDING" or row.incoming_user_response)
    return Complaint(row.complaint_id, trades[0].out_trade_no if trades else "", waits, ended)
