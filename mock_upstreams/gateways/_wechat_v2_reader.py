"""From XML to an Ask: what WeChat Pay V2 is asked, and what is wrong with it.

    POST /pay/{unifiedorder, orderquery, closeorder, refundquery, downloadbill, downloadfundflow}, /secapi/pay/refund

Source: wechatpy 1.8.18 `pay/api` (SDK), read 2026-11-22; which fields are needed is from memory.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from harness.core.clock import now_ns
from mock_upstreams import beijing
from mock_upstreams.dialect import HTML, Answer, Ask, Request
from mock_upstreams.gateways import _wechat_v2_xml as paper
from mock_upstreams.gateways._wechat_bill_desk import DAY_NS, not_there
from mock_upstreams.gateways._wechat_v2_words import CODES, Refusal
from mock_upstreams.signing import same

SIGN_TYPE = "sign_type"
TRADE_TYPES = ("JSAPI", "NATIVE", "APP", "MWEB")
_NUMBER = re.compile(r"[0-9A-Za-z_\-|*@]{1,64}").fullmatch
_FEE = re.compile(r"[1-9][0-9]{0,9}").fullmatch
_URL = re.compile(r"https?://[^?#\s]+").fullmatch
_TIMES = ("time_start", "time_expire")
# SDKs fill the times in afresh, so they say nothing about a repeated order; unconfirmed.
_UNCOMPARED = frozenset({"nonce_str", "sign", SIGN_TYPE, "spbill_create_ip", *_TIMES})
_NEEDED = {
    "/pay/unifiedorder": (
        "body",
        "out_trade_no",
        "total_fee",
        "spbill_create_ip",
        "notify_url",
        "trade_type",
    ),
    "/pay/closeorder": ("out_trade_no",),
    "/secapi/pay/refund": ("out_refund_no", "total_fee", "refund_fee"),
    "/pay/downloadbill": ("bill_date",),
    "/pay/downloadfundflow": ("bill_date", "account_type"),
}
_BILL_CODES = {"NO_STATEMENT_EXIST": "20002", "STATEMENT_CREATING": "20003"}

Fields = Mapping[str, str]


class No(NamedTuple):
    """A refusal, and how to sign it if it is signed."""

    refusal: Refusal
    sign_type: str = paper.MD5


class Reader:
    """Reads the requests of one merchant."""

    def __init__(self, appid: str, mch_id: str, key: str, *, bills_at_once: bool) -> None:
        self._appid = appid
        self._mch_id = mch_id
        self._key = key
        self._bills_at_once = bills_at_once
        self._calls = {
            "/pay/unifiedorder": self._create,
            "/pay/orderquery": self._query,
            "/pay/closeorder": self._close,
            "/secapi/pay/refund": self._refund,
            "/pay/refundquery": self._refund_query,
            "/pay/downloadbill": self._bill,
            "/pay/downloadfundflow": self._fund_flow,
        }

    def read(self, request: Request) -> Ask | Answer | No:
        """Return what is asked, or the refusal of it."""
        call = self._calls.get(request.path)
        if call is None:
            return Answer(b"<html><h1>404 Not Found</h1></html>\n", 404, HTML)
        if request.method != "POST":
            return No(CODES["REQUIRE_POST_METHOD"])
        if not request.body.strip():
            return No(CODES["POST_DATA_EMPTY"])
        try:
            fields = paper.read(request.body)
        except paper.NotXmlError:
            return No(CODES["XML_FORMAT_ERROR"])
        refusal = self._stranger(fields)
        if refusal is not None:
            return No(refusal)
        sign_type = fields.get(SIGN_TYPE) or paper.MD5
        for name in _NEEDED.get(request.path, ()):
            if not fields.get(name):
                return No(CODES["LACK_PARAMS"]._replace(message=f"缺少参数{name}"), sign_type)
        asked = call(fields)
        if isinstance(asked, Refusal):
            return No(asked, sign_type)
        asked.extra[SIGN_TYPE] = sign_type
        return asked

    def _stranger(self, fields: Fields) -> Refusal | None:
        """Return the refusal of who is not the merchant, or cannot sign as it."""
        if fields.get("mch_id") != self._mch_id:
            return CODES["MCHID_NOT_EXIST"]._replace(at="door", message="mch_id参数格式错误")
        if fields.get("appid") != self._appid:
            return CODES["APPID_NOT_EXIST"]._replace(at="door", message="appid参数格式错误")
        if not fields.get("nonce_str"):
            return CODES["LACK_PARAMS"]._replace(at="door", message="缺少参数nonce_str")
        sign_type = fields.get(SIGN_TYPE) or paper.MD5
        if sign_type not in {paper.MD5, paper.HMAC}:
            return CODES["SIGNERROR"]
        right = paper.sign(fields, self._key, sign_type)
        return None if same(fields.get("sign", ""), right) else CODES["SIGNERROR"]

    def _create(self, fields: Fields) -> Ask | Refusal:
        trade_type = fields["trade_type"]
        expires_ns = beijing.ns_of(fields.get("time_expire", ""), "%Y%m%d%H%M%S")
        wrong = ""
        if trade_type not in TRADE_TYPES:
            wrong = "trade_type"
        elif not _FEE(fields["total_fee"]):
            wrong = "total_fee"
        elif not _NUMBER(fields["out_trade_no"]) or len(fields["out_trade_no"]) > 32:
            wrong = "out_trade_no"
        elif not _URL(fields["notify_url"]) or len(fields["notify_url"]) > 256:
            wrong = "notify_url"
        elif len(fields["body"]) > 128:
            wrong = "body"
        elif fields.get("time_expire") and expires_ns <= now_ns():
            wrong = "time_expire"
        if wrong:
            return CODES["PARAM_ERROR"]._replace(message=f"{wrong}参数格式错误")
        if trade_type == "JSAPI" and not fields.get("openid"):
            return CODES["LACK_PARAMS"]._replace(message="JSAPI支付必须传openid")
        extra = {"trade_type": trade_type, "device_info": fields.get("device_info", "")}
        if fields.get("openid"):
            extra["openid"] = fields["openid"]
        return Ask(
            op="create",
            order_no=fields["out_trade_no"],
            amount_fen=int(fields["total_fee"]),
            subject=fields["body"],
            attach=fields.get("attach", ""),
            notify_url=fields["notify_url"],
            fingerprint={k: v for k, v in fields.items() if v and k not in _UNCOMPARED},
            expires_ns=expires_ns,
            extra=extra,
        )

    def _query(self, fields: Fields) -> Ask | Refusal:
        order_no, ref = _named(fields)
        if not order_no and not ref:
            return CODES["LACK_PARAMS"]._replace(message="缺少参数out_trade_no")
        return Ask(op="query", order_no=order_no, ref=ref, extra={})

    def _close(self, fields: Fields) -> Ask:
        return Ask(op="close", order_no=fields["out_trade_no"], extra={})

    def _refund(self, fields: Fields) -> Ask | Refusal:
        order_no, ref = _named(fields)
        if not order_no and not ref:
            return CODES["LACK_PARAMS"]._replace(message="缺少参数out_trade_no")
        if not _FEE(fields["total_fee"]) or not _FEE(fields["refund_fee"]):
            return CODES["PARAM_ERROR"]._replace(message="退款金额参数格式错误")
        if not _NUMBER(fields["out_refund_no"]):
            return CODES["PARAM_ERROR"]._replace(message="out_refund_no参数格式错误")
        notify_url = fields.get("notify_url", "")
        if notify_url and not _URL(notify_url):
            return CODES["PARAM_ERROR"]._replace(message="notify_url参数格式错误")
        return Ask(
            op="refund",
            order_no=order_no,
            ref=ref,
            refund_no=fields["out_refund_no"],
            price_fen=int(fields["total_fee"]),
            amount_fen=int(fields["refund_fee"]),
            subject=fields.get("refund_desc", ""),
            notify_url=notify_url,
            extra={},
        )

    def _refund_query(self, fields: Fields) -> Ask | Refusal:
        refund_no, refund_ref = fields.get("out_refund_no", ""), fields.get("refund_id", "")
        if refund_no or refund_ref:
            if refund_ref:
                refund_no = ""
            return Ask(op="query", about="refund", refund_no=refund_no, ref=refund_ref, extra={})
        asked = self._query(fields)
        if isinstance(asked, Ask):
            asked.extra["refunds"] = "all"
        return asked

    def _bill(self, fields: Fields) -> Ask | Refusal:
        kind = fields.get("bill_type") or "ALL"
        return self._file(fields, kind, kind in {"ALL", "SUCCESS", "REFUND"})

    def _fund_flow(self, fields: Fields) -> Ask | Refusal:
        """Read the other kind of bill; it states the balance, so all that moved before its end is asked for."""
        kind = fields["account_type"]
        asked = self._file(fields, kind, kind in {"Basic", "Operation", "Fees"})
        if isinstance(asked, Ask):
            begin_ns, end_ns = asked.between_ns
            asked.extra["begin_ns"] = str(begin_ns)
            asked.between_ns = 1, end_ns
        return asked

    def _file(self, fields: Fields, kind: str, known: bool) -> Ask | Refusal:
        begin_ns = beijing.ns_of(fields["bill_date"], "%Y%m%d")
        if not begin_ns or not known:
            return CODES["PARAM_ERROR"]._replace(at="door", message="invalid bill_date or type")
        trouble = not_there(begin_ns, at_once=self._bills_at_once)
        if trouble:
            return CODES[_BILL_CODES[trouble]]
        extra = {"kind": kind, "gzip": fields.get("tar_type", "")}
        end_ns = min(begin_ns + DAY_NS, now_ns())
        return Ask(op="query", about="bill", between_ns=(begin_ns, end_ns), extra=extra)


def _named(fields: Fields) -> tuple[str, str]:
    """Return out_trade_no and transaction_id; the latter wins."""
    ref = fields.get("transaction_id", "")
    return "" if ref else fields.get("out_trade_no", ""), ref
