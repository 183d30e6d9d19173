"""Pages and pay links that both versions of 易支付 share.

submit ──▶ form page, redirect or script page ──▶ /pay/<trade_no> ──paid──▶ return_url, signed
      └──▶ cashier, where no type was chosen ─────┘
"""

import json
import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Literal
from urllib.parse import quote, unquote

from harness.core.errors import UsageError
from harness.core.units import yuan_from_fen
from mock_upstreams import form
from mock_upstreams.dialect import HTML, Answer, Ask, Request
from mock_upstreams.records import Trade

PAY = "/pay/"
CASHIER = "/cashier.php"
ACTS = frozenset({"choose", "pay"})
"""What the pages ask: the cashier, and the page at which one pays."""
SUBMIT_ANSWERS = ("script", "redirect", "form")
MAPI_ANSWERS = ("payurl", "qrcode", "urlscheme", "device")
NUMBER_KEPT_MS = 10 * 86_400_000.0
"""For ten days a number stands for one order. Source: EP-N lib/api/Pay, read 2026-11-22."""
Shape = Literal["jump", "html", "qrcode", "urlscheme", "jsapi", "app", "scan", "wxplugin", "wxapp"]
TYPES = {"alipay": "支付宝", "wxpay": "微信支付", "qqpay": "QQ钱包", "bank": "云闪付"}
_ORDER = "该订单"
_URL = "%/:?#[]@!$&'()*+,;=~"
"""What may stand in a URL as it is: a line break, which would end the header, may not."""
_LINK = re.compile(r"/pay/([0-9]{19})(?![0-9])").match


def asked(request: Request) -> Ask | None:
    """Return what a page asks of the books, or None where the path is no page's."""
    if request.path.startswith(PAY):
        ref = request.path.removeprefix(PAY)
        return Ask(op="query", ref=ref or "-", extra={"act": "pay"})
    if request.path == CASHIER:
        fields = form.read(request.query) | form.read(request.body.decode("latin-1"))
        return Ask(op="query", ref=fields.get("trade_no") or "-", extra={"act": "choose"})
    return None


def named(ask: Ask | None, msg: str) -> str:
    """Return what a refused create is told, with the order's number where the real one puts it.

    Source: EP-N submit.php, mapi.php and lib/api/Pay, read 2026-12-01.
    """
    about = ask is not None and ask.op == "create" and msg.startswith(_ORDER)
    return f"{_ORDER}({ask.order_no}){msg.removeprefix(_ORDER)}" if about and ask else msg


def pay_url(base_url: str, trade: Trade) -> str:
    """Return the page at which a trade is paid."""
    return f"{base_url}{PAY}{trade.ref}"


def trade_of(base_url: str, text: str) -> str | None:
    """Return the trade of a pay link, however it is wrapped: URL, QR code, URL scheme or call of an app."""
    plain = unquote(text) if "%" in text else text
    at = plain.find(base_url + PAY)
    link = _LINK(plain, at + len(base_url)) if at >= 0 else None
    return link[1] if link else None


def pay_info(base_url: str, trade: Trade, shape: Shape) -> str:
    """Return what a platform hands to its customer; every shape holds the pay link, as it may be.

    Source: EP-DOC api/pay/create, read 2026-11-22; what the calls of apps hold is unconfirmed.
    """
    url = pay_url(base_url, trade)
    if shape in {"jump", "qrcode", "scan"}:
        return url
    if shape == "html":
        return _page_text("正在跳转", _form(url))
    if shape == "urlscheme":
        return f"weixin://dl/business/?appid=wx0&path=pages/pay&query={quote(url, safe='')}"
    return json.dumps({"appId": "wx0", "package": f"prepay_id={quote(url, safe='')}"})


def mapi_link(base_url: str, trade: Trade, how: str, device: str) -> tuple[str, str]:
    """Return the name and value of the link that mapi.php gives; `how` is one of MAPI_ANSWERS.

    Source: EP-N mapi.php, read 2026-11-22; which device gets which is unconfirmed.
    """
    if how == "device":
        how = _BY_DEVICE.get(device or "pc", "urlscheme")
    shape: Shape = "urlscheme" if how == "urlscheme" else "jump"
    return how, pay_info(base_url, trade, shape)


_BY_DEVICE = {"pc": "qrcode", "mobile": "payurl", "jump": "payurl"}


def check(name: str, settings: Mapping[str, str], choices: Mapping[str, Sequence[str]]) -> None:
    """Refuse settings that are none of their choices.

    Raises:
        UsageError: one is not.
    """
    for setting, known in choices.items():
        if settings[setting] not in known:
            raise UsageError(f"{name}.{setting}: expected one of {', '.join(known)}")


def submitted(base_url: str, trade: Trade, how: str) -> Answer:
    """Lead a browser on to pay, by `script`, `redirect` or `form`; to the cashier if no type was chosen."""
    chosen = bool(trade.extra.get("type"))
    url = pay_url(base_url, trade) if chosen else f"{base_url}{CASHIER}?trade_no={trade.ref}"
    if how == "redirect":
        return Answer(b"", 302, HTML, (("Location", url),))
    if how == "form":
        return page("正在跳转", _form(url))
    return page("正在跳转", f"<script>window.location.href={json.dumps(url)};</script>")


def _form(url: str) -> str:
    button = '<input type="submit" value="正在跳转">'
    script = '<script>document.getElementById("dopay").submit();</script>'
    place, _, query = url.partition("?")
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in form.read(query).items()
    )
    return (
        f'<form id="dopay" action="{escape(place)}" method="post">{hidden}{button}</form>{script}'
    )


def cashier(base_url: str, trade: Trade, *, choose: bool) -> Answer:
    """Show what is to be paid, and by which ways where none was chosen; a click on one opens the pay page."""
    url = escape(pay_url(base_url, trade))
    rows = {
        "商品名称": trade.subject,
        "订单号": trade.ref,
        "订单金额": f"{yuan_from_fen(trade.amount_fen)} 元",
    }
    cells = "".join(f"<dt>{name}<dd>{escape(text)}" for name, text in rows.items())
    names = TYPES.values() if choose else ("已完成付款",)
    links = "".join(f'<li><a href="{url}">{name}</a>' for name in names)
    return page("收银台", f"<dl>{cells}</dl><ul>{links}</ul>")


def back_url(url: str, fields: Mapping[str, str]) -> str:
    """Return the merchant's return_url with what a notification says."""
    joint = "&" if "?" in url else "?"
    return quote(f"{url}{joint}{form.write(fields)}", safe=_URL)


def back(place: str) -> Answer:
    """Send a browser back to the merchant."""
    return Answer(b"", 302, HTML, (("Location", place),))


def page(title: str, text: str) -> Answer:
    """Return a page; `text` is HTML."""
    return Answer(_page_text(title, text).encode(), 200, HTML)


def _page_text(title: str, text: str) -> str:
    return f"<!DOCTYPE html><meta charset=utf-8><title>{title}</title><p>{text}</p>\n"
