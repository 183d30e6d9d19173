"""Pages of Alipay: the cashier that a signed link opens, and the way back to the merchant."""

from collections.abc import Mapping
from html import escape
from urllib.parse import quote

from harness.core.units import yuan_from_fen
from mock_upstreams import form
from mock_upstreams.dialect import HTML, Answer
from mock_upstreams.gateways import _alipay_words as words
from mock_upstreams.records import Trade

CASHIER = "/cashier/"
_URL = "%/:?#[]@!$&'()*+,;=~"
"""What may stand in a URL as it is: a line break, which would end the header, may not."""


def cashier(trade: Trade) -> Answer:
    """Show what is to be paid; once it was paid the same page leads back to the merchant."""
    rows = {
        "商品": trade.subject,
        "商户订单号": trade.order_no,
        "支付宝交易号": trade.ref,
        "应付金额": f"{yuan_from_fen(trade.amount_fen)} 元",
    }
    cells = "".join(f"<dt>{name}<dd>{escape(text)}" for name, text in rows.items())
    again = f'<p><a href="{CASHIER}{trade.ref}">已完成付款</a></p>'
    return _page("支付宝 - 收银台", f"<dl>{cells}</dl>{again}")


def refusal(said: words.Refusal) -> Answer:
    """Show a person why he cannot pay, in GBK.

    Source: what the real gateway showed to a link of an unknown app_id (2026-09-11), read 2026-12-01; that it is so for
    trades that cannot be paid is unconfirmed.
    """
    code = said.sub_code.removeprefix("isv.")
    why = f"<p>错误代码 {escape(code)}</p><p>错误原因: {escape(said.sub_msg)}</p>"
    text = f"<p>调试错误，请回到请求来源地，重新发起请求。</p>{why}"
    return _page("支付宝 - 网上支付 安全快速！", text, "GBK")


def back_url(url: str, fields: Mapping[str, str]) -> str:
    """Return the merchant's return_url with signed parameters."""
    joint = "&" if "?" in url else "?"
    return quote(f"{url}{joint}{form.write(fields)}", safe=_URL)


def back(place: str) -> Answer:
    """Send the browser back to the merchant."""
    return Answer(b"", 302, HTML, (("Location", place),))


def _page(title: str, text: str, charset: str = "utf-8") -> Answer:
    page = f"<!DOCTYPE html><meta charset={charset}><title>{title}</title><h1>{title}</h1>{text}\n"
    return Answer(page.encode(charset, "replace"), 200, f"text/html;charset={charset}")
