"""python -m tests.platforms.card_shop --port N --config upstreams.json --db FILE --stock FILE [--defect NAME]"""

import argparse
import json
import secrets
import threading
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from tests.platforms.card_shop import pages
from tests.platforms.card_shop.shop import Shop


class Desk(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        parts = urlsplit(self.path)
        name, _, rest = parts.path.lstrip("/").partition("/")
        if name == "healthz":
            return self.say("ok")
        if name == "notify":
            return self.say(self.server.shop.notified(rest, dict(parse_qsl(parts.query))))
        visit = self.visit()
        if name in {"login", "register"}:
            return self.say(pages.credentials(name, visit["token"]))
        guest = name == "order" and self.server.shop.defect == "guests_see_orders"
        if visit["phone"] is None and not guest:
            return self.go("/login")
        if name == "goods" and rest in self.server.shop.goods:
            return self.say(
                pages.goods(self.server.shop.goods[rest], visit["token"], secrets.token_hex(8))
            )
        return self.about_order(name, rest, visit)

    def about_order(self, name, number, visit):
        shop = self.server.shop
        order = shop.order(number.removeprefix("go/"), visit["phone"])
        if order is None:
            return self.say(pages.page("404", "订单不存在"), 404)
        amount = f"{order['amount_fen'] // 100}.{order['amount_fen'] % 100:02d}"
        if name == "bill":
            note = f"<!-- {shop.next_card()} -->" if shop.defect == "card_in_the_source" else ""
            return self.say(pages.bill(number, amount) + note)
        if name == "order":
            came = dict(parse_qsl(urlsplit(self.path).query))
            if shop.defect == "return_page_believed" and came.get("trade_status"):
                shop.deliver(order["number"], came.get("trade_no", ""))
                order = shop.order(order["number"])
            return self.say(pages.order(number, order["status"], amount, order["cards"]))
        if name == "pay" and number.startswith("go/"):
            return self.say(pages.gateway_form(*shop.payment(order["number"])))
        if name == "pay" and self.headers.get("Referer", "").startswith(shop.base_url):
            return self.say(pages.script(f"/pay/go/{number}"))
        return self.say(pages.page("403", "非法来源"), 403)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        fields = dict(parse_qsl(body, keep_blank_values=True))
        visit = self.visit()
        if fields.get("_token") != visit["token"]:
            return self.say(pages.page("419", "页面已过期"), 419)
        shop, path = self.server.shop, self.path.partition("?")[0]
        if path == "/register":
            shop.register(fields["phone"], fields["password"])
            return self.go("/login")
        if path == "/login":
            if not shop.known(fields["phone"], fields["password"]):
                return self.say(pages.credentials("login", visit["token"], "密码错误"))
            shop.enter(self.cookie, fields["phone"])
            return self.go("/")
        if path == "/create-order" and visit["phone"] and fields.get("gid") in shop.goods:
            once, money = fields.get("_once", ""), fields.get("money", "")
            return self.go(f"/bill/{shop.create(visit['phone'], fields['gid'], once, money)}")
        return self.go("/login")

    def visit(self):
        found = SimpleCookie(self.headers.get("Cookie", "")).get("PHPSESSID")
        self.cookie, token, phone = self.server.shop.visit(found.value if found else "")
        return {"token": token, "phone": phone}

    def go(self, to):
        self.say("", 302, to)

    def say(self, text, status=200, to=""):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        if getattr(self, "cookie", ""):
            self.send_header("Set-Cookie", "lang=zh; path=/")
            self.send_header("Set-Cookie", f"PHPSESSID={self.cookie}; path=/; HttpOnly")
        if to:
            self.send_header("Location", to)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Say nothing."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", default="127.0.0.1", help="where to listen")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--db", required=True)
    parser.add_argument("--stock", type=Path, required=True)
    parser.add_argument("--defect", default="")
    parser.add_argument(
        "--healthz",
        type=int,
        help="a port of this process alone, for its health; --port is then shared with others",
    )
    said = parser.parse_args()
    config = json.loads(said.config.read_text(encoding="utf-8"))
    stock = said.stock.read_text(encoding="utf-8").splitlines()
    shop = Shop(config, said.db, stock, said.defect)
    Server.allow_reuse_port = said.healthz is not None
    with Server((said.host, said.port), Desk) as server:
        server.shop = shop
        if said.healthz is not None:
            own = Server((said.host, said.healthz), Desk)
            threading.Thread(target=own.serve_forever, daemon=True).start()
        server.serve_forever()


main()
