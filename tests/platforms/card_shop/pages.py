"""The shop's pages, as HTML texts."""

from html import escape

SHELL = "<!DOCTYPE html><meta charset=utf-8><title>{title}</title><body>{body}</body>\n"


def page(title, body):
    return SHELL.format(title=escape(title), body=body)


def hidden(fields):
    return "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in fields.items()
    )


def credentials(action, token, note=""):
    return page(
        action,
        f'<p class="note">{escape(note)}</p><form id="{action}" method="post" action="/{action}">'
        f'{hidden({"_token": token})}<input name="phone"><input name="password" type="password">'
        f'<input type="submit" value="{action}"></form>',
    )


def goods(item, token, once):
    price = f"{item['price_fen'] // 100}.{item['price_fen'] % 100:02d}"
    return page(
        item["title"],
        f'<h1>{escape(item["title"])}</h1><form id="search" action="/search"><input name="q"></form>'
        f'<form id="buy" method="post" action="/create-order">'
        f"{hidden({'_token': token, '_once': once, 'gid': item['id'], 'money': price})}"
        f'<b>{price}</b><input name="email"><input name="count" value="1">'
        '<select name="payway"><option value="">-</option><option value="alipay" selected>支付宝</option></select>'
        "</form>",
    )


def bill(number, amount):
    return page(
        "确认订单",
        f'<div class="sn">{number}</div><div class="amount">¥ {amount} 元</div>'
        f'<a id="pay" href="/pay/{number}">立即支付</a>',
    )


def script(to):
    return page("正在跳转", f"<script>window.location.href='{to}';</script>")


def gateway_form(action, fields):
    return page(
        "正在跳转",
        f'<form id="go" method="post" action="{escape(action)}">{hidden(fields)}</form>'
        "<script>document.getElementById('go').submit();</script>",
    )


def order(number, status, amount, cards):
    rows = "".join(f'<li class="card">{escape(card)}</li>' for card in cards)
    return page(
        "订单详情",
        f'<div class="sn">{number}</div><span class="status"> {status} </span>'
        f'<div class="amount">¥ {amount} 元</div><ul>{rows}</ul>',
    )
