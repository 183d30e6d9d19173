"""How WeChat Pay v3 tells of a trade or a refund, in answers and inside notifications.

Source: WX-OA docs/v3/pay and docs/v3/refund, WX-JS webhook/v3, read 2026-11-22.
"""

import functools
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from mock_upstreams.beijing import BEIJING
from mock_upstreams.dialect import Notice
from mock_upstreams.gateways._wechat_crypto import Platform
from mock_upstreams.records import Refund, Trade
from mock_upstreams.signing import seal

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_TOKEN_LENGTH = 11
_TOKENS = 62**_TOKEN_LENGTH
_SCATTER = 0x9E3779B97F4A7C15  # odd and no multiple of 31, so that it can be undone modulo 62**11
_GATHER = pow(_SCATTER, -1, _TOKENS)
_DATED = 10  # digits of a transaction id before its date and serial
PREFIX = "4200001234"

STATES = {"unpaid": "NOTPAY", "paid": "SUCCESS", "closed": "CLOSED", "refunded": "REFUND"}
STATE_WORDS = {
    "NOTPAY": "订单未支付",
    "SUCCESS": "支付成功",
    "CLOSED": "订单已关闭",
    "REFUND": "订单发生过退款，退款详情请查询退款单",
}
REFUND_STATES = {"refunded": "SUCCESS", "refunding": "PROCESSING", "failed": "ABNORMAL"}


@functools.lru_cache(maxsize=4096)
def rfc3339(time_s: int) -> str:
    """Write a wall time in Beijing's, as `2025-01-01T10:00:05+08:00`."""
    return datetime.fromtimestamp(time_s, BEIJING).isoformat()


def moment_ns(text: str) -> int:
    """Read RFC 3339; a time without a zone is Beijing's.

    Raises:
        ValueError: the text is no time.
    """
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        time = time.replace(tzinfo=BEIJING)
    return int(time.astimezone(UTC).timestamp() * 1_000_000_000)


def token_of(ref: str) -> str:
    """Return the eleven characters that stand for a trade in its pay links.

    Neighbouring trades get tokens far apart, so that a link misread by one character pays nobody.
    """
    number = int(ref[_DATED:]) * _SCATTER % _TOKENS
    token = ""
    for _ in range(_TOKEN_LENGTH):
        number, digit = divmod(number, 62)
        token = _DIGITS[digit] + token
    return token


def ref_of(token: str, prefix: str = PREFIX) -> str | None:
    """Return the trade that `token_of` made a token of, or None if it made none such."""
    if len(token) != _TOKEN_LENGTH or not token.isascii() or not token.isalnum():
        return None
    number = 0
    for character in token:
        number = number * 62 + _DIGITS.index(character)
    number = number * _GATHER % _TOKENS
    return f"{prefix}{number:018d}" if number < 10**18 else None


def transaction(trade: Trade, appid: str, mchid: str) -> dict[str, object]:
    """Tell of a trade as a query does; what an unpaid one has not yet is left out."""
    state = STATES["refunded" if trade.refunded_fen else trade.state]
    view: dict[str, object] = {
        "appid": appid,
        "mchid": mchid,
        "out_trade_no": trade.order_no,
        "trade_type": trade.extra.get("trade_type", "NATIVE"),
        "trade_state": state,
        "trade_state_desc": STATE_WORDS[state],
        "attach": trade.attach,
    }
    if trade.paid_ns:
        view |= paid(trade, trade.ref, trade.paid_ns, trade.captured_fen)
    else:
        view["amount"] = {"total": trade.amount_fen, "currency": "CNY"}
    return view


def paid(trade: Trade, ref: str, paid_ns: int, amount_fen: int) -> dict[str, object]:
    """Tell what only a paid trade has."""
    return {
        "transaction_id": ref,
        "bank_type": "OTHERS",
        "success_time": rfc3339(paid_ns // 10**9),
        "payer": {"openid": openid_of(trade)},
        "amount": {
            "total": amount_fen,
            "payer_total": amount_fen,
            "currency": "CNY",
            "payer_currency": "CNY",
        },
    }


def openid_of(trade: Trade) -> str:
    """Return who paid: whom the platform named, else a customer of this trade alone."""
    return trade.extra.get("openid") or f"o{trade.ref[-27:]}"


def refund_view(refund: Refund, *, done: bool) -> dict[str, object]:
    """Tell of a refund: its query says whether it is done, its call only that it was accepted."""
    failed = done and refund.abnormal
    done = done and refund.done_ns > 0
    trade = refund.trade
    view: dict[str, object] = {
        "refund_id": refund.ref,
        "out_refund_no": refund.refund_no,
        "transaction_id": trade.ref,
        "out_trade_no": trade.order_no,
        "channel": "ORIGINAL",
        "user_received_account": "支付用户零钱",
        "create_time": rfc3339(refund.created_ns // 10**9),
        "status": "ABNORMAL" if failed else "SUCCESS" if done else "PROCESSING",
        "funds_account": "UNSETTLED",
        "amount": {
            "total": trade.captured_fen,
            "refund": refund.amount_fen,
            "payer_total": trade.captured_fen,
            "payer_refund": refund.amount_fen,
            "settlement_refund": refund.amount_fen,
            "settlement_total": trade.captured_fen,
            "discount_refund": 0,
            "currency": "CNY",
        },
        "promotion_detail": [],
    }
    if done:
        view["success_time"] = rfc3339(refund.done_ns // 10**9)
    return view


def refund_told(notice: Notice, fields: Mapping[str, str | int], mchid: str) -> dict[str, object]:
    """Return what a refund notification says; it calls `refund_status` what a query calls `status`."""
    refund = notice.refund
    assert refund is not None
    state, amount_fen = str(fields["state"]), int(fields["amount_fen"])
    captured_fen = refund.trade.captured_fen
    return {
        "mchid": fields.get("mchid", mchid),
        "transaction_id": fields["ref"],
        "out_trade_no": fields["order_no"],
        "refund_id": fields["refund_ref"],
        "out_refund_no": fields["refund_no"],
        "refund_status": REFUND_STATES.get(state, state),
        "success_time": rfc3339((refund.done_ns or notice.at_ns) // 10**9),
        "user_received_account": "支付用户零钱",
        "amount": {
            "total": captured_fen,
            "refund": amount_fen,
            "payer_total": captured_fen,
            "payer_refund": amount_fen,
        },
    }


def certificate(platform: Platform, cipher: AESGCM) -> dict[str, object]:
    """Return one of the platform's certificates, sealed with the APIv3 key."""
    nonce = secrets.token_hex(6)
    return {
        "serial_no": platform.signer.serial,
        "effective_time": rfc3339(platform.begins_s),
        "expire_time": rfc3339(platform.ends_s),
        "encrypt_certificate": {
            "algorithm": "AEAD_AES_256_GCM",
            "nonce": nonce,
            "associated_data": "certificate",
            "ciphertext": seal(cipher, nonce, "certificate", platform.pem.encode()),
        },
    }
