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
    """Show a person why he cannot pay."""
    return _page(
        "支付宝 - 支付失败", f"<p>{escape(said.sub_msg)}</p><p>{escape(said.sub_code)}</p>"
    )


def back_url(url: str, fields: Mapping[str, str]) -> str:
    """Return the merchant's return_url with signed parameters."""
    joint = "&" if "?" in url else "?"
    return quote(f"{url}{joint}{form.write(fields)}", safe=_URL)


def back(place: str) -> Answer:
    """Send the browser back to the merchant."""
    return Answer(b"", 302, HTML, (("Location", place),))


def _page(title: str, text: str) -> Answer:
    page = f"<!DOCTYPE html><meta charset=utf-8><title>{title}</title><h1>{title}</h1>{text}\n"
    return Answer(page.encode(), 200, HTML)
