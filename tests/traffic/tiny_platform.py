"""A small honest platform and bank in one process, for tests and benchmarks of the traffic.

    python -m tests.traffic.tiny_platform [--stall-at 5 --stall-for 2]

prints {"url": ..., "payer": ...} and serves until its standard input ends. Whoever pays gets the goods at once.
"""

import argparse
import asyncio
import json
import sys

import httptools
import msgspec
import uvloop


class Platform:
    def __init__(self, stall_at_s, stall_for_s):
        self.stall_at_s = stall_at_s
        self.stall_for_s = stall_for_s
        self.first_place_s = None
        self.orders = []
        self.by_token = {}
        self.accounts = {}
        self.logins = 0
        self.served = 0

    def answer(self, method, path, headers, body):
        data = msgspec.json.decode(body) if body else {}
        self.served += 1
        if path == "/api/login":
            self.logins += 1
            return 200, {"token": f"t-{data['phone']}"}
        if path == "/api/orders" and method == "POST":
            return self.place(data, headers)
        if path == "/payer/pay":
            return self.pay(data)
        if path == "/seen":
            return 200, {"served": self.served, "logins": self.logins}
        if path == "/accounts":
            return 200, self.accounts
        number = path.rpartition("/")[2]
        if (
            path.startswith("/api/orders/")
            and number.isdecimal()
            and int(number) < len(self.orders)
        ):
            return 200, self.orders[int(number)]
        return 404, {}

    def place(self, data, headers):
        if not headers.get("authorization", "").startswith("Bearer t-"):
            return 401, {}
        number = self.by_token.get(data["client_no"])
        if number is None:
            number = self.by_token[data["client_no"]] = len(self.orders)
            self.orders.append({"state": "WAIT_PAY", "amount_fen": 4990, "cards": []})
            self.accounts[data["account"]] = self.accounts.get(data["account"], 0) + 1
        return 200, {"order_no": str(number), "amount_fen": 4990, "pay_url": f"pay:{number}"}

    def pay(self, data):
        order = self.orders[int(data["pay_url"].partition(":")[2])]
        if order["state"] != "WAIT_PAY":
            return 200, {"outcome": "fail", "reason": "already_paid"}
        order["state"] = "DONE"
        order["cards"] = [f"code-{data['intent']}"]
        return 200, {"outcome": "ok", "order_no": "g", "trade_no": "t", "amount_fen": 4990}

    def stall_left_s(self, path, now_s):
        if path == "/api/orders" and self.first_place_s is None:
            self.first_place_s = now_s
        if not self.stall_for_s or self.first_place_s is None:
            return 0.0
        start_s = self.first_place_s + self.stall_at_s
        return start_s + self.stall_for_s - now_s if now_s >= start_s else 0.0


class Connection(asyncio.Protocol):
    def __init__(self, platform):
        self.platform = platform
        self.loop = asyncio.get_running_loop()

    def connection_made(self, transport):
        self.transport = transport
        self.parser = httptools.HttpRequestParser(self)

    def data_received(self, data):
        self.parser.feed_data(data)

    def on_message_begin(self):
        self.headers = {}
        self.body = b""

    def on_url(self, url):
        self.path = url.decode()

    def on_header(self, name, value):
        self.headers[name.decode().lower()] = value.decode()

    def on_body(self, body):
        self.body += body

    def on_message_complete(self):
        method = self.parser.get_method().decode()
        left_s = self.platform.stall_left_s(self.path, self.loop.time())
        status, data = self.platform.answer(method, self.path, self.headers, self.body)
        body = msgspec.json.encode(data)
        head = f"HTTP/1.1 {status} OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        message = head.encode() + body
        if left_s > 0:
            self.loop.call_later(left_s, self.transport.write, message)
        else:
            self.transport.write(message)


async def serve(platform):
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(platform), "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    print(json.dumps({"url": url, "payer": f"{url}/payer/pay"}), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--stall-at", type=float, default=0.0)
    parser.add_argument("--stall-for", type=float, default=0.0)
    options = parser.parse_args()
    uvloop.run(serve(Platform(options.stall_at, options.stall_for)))


if __name__ == "__main__":
    main()
