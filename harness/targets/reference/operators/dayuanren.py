"""大猿人 yrapi: phone credit, signed forms, states as numbers.

Source: DYR application/yrapi/controller/Index.php, Notification.php.
"""

from typing import ClassVar
from urllib.parse import parse_qsl, urlencode

import msgspec

from harness.targets.reference import config, money, signing
from harness.targets.reference.http_client import HttpClient, NoAnswerError, NotSentError
from harness.targets.reference.operators import (
    Answer,
    BadCallbackError,
    Incoming,
    Operator,
    Recharge,
    Reply,
    Said,
)

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_STATES = {"0": Said.OPEN, "1": Said.DONE, "2": Said.FAILED, "3": Said.PART, "-1": Said.FAILED}
_DOUBTFUL = ("已经存在", "繁忙", "频繁", "异常", "超时", "稍后", "重试")
"""Words of refusals after which the order may exist all the same, or may soon."""


class Dayuanren(Operator):
    """One account at a yrapi operator; state 3 is a part of the face value, told by `charge_amount`."""

    name: ClassVar[str] = "dayuanren"
    accepted: ClassVar[Reply] = Reply(200, b"success")

    def __init__(self, account: config.Account, http: HttpClient, base_url: str) -> None:
        self._account = account
        self._http = http
        self._notify_url = f"{base_url}/callback/{self.name}"

    async def submit(self, recharge: Recharge) -> Answer:
        """Order through index/recharge."""
        form = {
            "mobile": recharge.account,
            "product_id": recharge.source.product,
            "out_trade_num": recharge.supply_no,
            "notify_url": self._notify_url,
        }
        answer = await self._call("recharge", form)
        if answer is None:
            return Answer(Said.UNKNOWN, "no answer")
        reason = str(answer.get("errmsg", ""))
        if answer.get("errno") == 0:
            return Answer(Said.OPEN, reason)
        doubtful = answer.get("errno") != 1 or any(word in reason for word in _DOUBTFUL)
        return Answer(Said.UNKNOWN if doubtful else Said.REFUSED, reason)

    async def ask(self, supply_no: str) -> Answer:
        """Ask through index/check; numbers that are unknown there are missing from the list."""
        answer = await self._call("check", {"out_trade_nums": supply_no})
        if answer is None or answer.get("errno") != 0:
            return Answer(Said.UNKNOWN, "no answer")
        data = answer.get("data")
        for row in data if isinstance(data, list) else []:
            if row.get("out_trade_num") == supply_no:
                return self.read_row(row)
        return Answer(Said.MISSING)

    def read_row(self, row: dict[str, object]) -> Answer:
        """Read what index/check tells of one order; a part of an amount that cannot be read is unknown."""
        said, remark = _STATES.get(str(row.get("state")), Said.OPEN), str(row.get("remark", ""))
        if said is not Said.PART:
            return Answer(said, remark)
        try:
            return Answer(said, remark, charged_fen=money.fen(str(row.get("charge_amount"))))
        except ValueError:
            return Answer(Said.UNKNOWN, f"part of {row.get('charge_amount')!r}")

    def read_callback(self, incoming: Incoming) -> str:
        """Check the MD5 over all parameters."""
        params = dict(parse_qsl(incoming.body.decode("utf-8", "replace"), keep_blank_values=True))
        if params.get("sign") != signing.dayuanren(params, self._account.apikey):
            raise BadCallbackError("bad signature")
        return params.get("out_trade_num", "")

    async def _call(self, path: str, params: dict[str, str]) -> dict[str, object] | None:
        form = {**params, "userid": self._account.userid}
        form["sign"] = signing.dayuanren(form, self._account.apikey)
        body = urlencode(form).encode()
        target = f"/yrapi.php/index/{path}"
        try:
            answer = await self._http.send(self._account.url, "POST", target, _FORM, body)
            if answer.status != 200:
                return None
            return msgspec.json.decode(answer.body, type=dict[str, object])
        except (NotSentError, NoAnswerError, msgspec.DecodeError):
            return None
