"""python -m tests.platforms.purse --port N --config upstreams.json --db FILE [--opening FEN] [--apart] [--defect NAME]

With --apart it is another one: orders are placed first and paid from the balance by a call of their own, top-ups are
goods like any other, and the lines of a wallet say in words what they are of.
"""

import argparse
import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from tests.platforms.purse.books import BACK, DONE, PAID, REFUND, SENT, SPENT, TOPUP, WAIT, Books
from tests.platforms.purse.upstreams import Epay, Kasushou, fen, yuan

CALLS_AT_ONCE, ON_A_PAGE = 64, 4
LOOKS_EVERY_S, MISSING_LOOKS, SWEEPS_EVERY_S = 0.3, 6, 2.0


class Purse:
    def __init__(self, config, books, defect, *, apart=False):
        self.books, self.defect, self.apart = books, defect, apart
        self.goods = {one["id"]: one for one in config["goods"]}
        self.epay = Epay(config["gateways"]["epay"], config["base_url"])
        self.supplier = Kasushou(config["operators"]["kasushou"], config["base_url"])
        self.work, self.unlucky = set(), {}

    def start(self, work):
        task = asyncio.create_task(work)
        self.work.add(task)
        task.add_done_callback(self.work.discard)

    def hits(self, defect, no, of=3):
        """Say whether a defect meets an order: every so many of them, in the order in which they come."""
        if self.defect != defect:
            return False
        return self.unlucky.setdefault(no, len(self.unlucky)) % of == 0

    # What customers ask

    async def answer(self, method, path, fields):
        user = self.books.who(fields.get("token", ""))
        name, _, no = path.strip("/").partition("/")
        if name in {"notify", "callback", "healthz"}:
            return await self.told(name, fields)
        if name == "register":
            self.books.register(fields["phone"], fields["password"])
            return {"code": 0}
        if name == "login":
            token = self.books.login(fields["phone"], fields["password"])
            return {"code": 0, "token": token} if token else {"code": 1, "msg": "密码错误"}
        if user is None:
            return {"code": 401, "msg": "请先登录"}
        if name == "wallet":
            return self.wallet(user, int(fields.get("page", 0)))
        if name in {"order", "recharge"} and method == "GET":
            return self.shown(user, no)
        if name == "recharge":
            return self.recharge(user, fields)
        if name == "order":
            return await self.buy(user, fields) if not no else await self.pay_apart(user, no)
        return {"code": 404, "msg": "接口不存在"}

    async def told(self, name, fields):
        """Answer those who are no customers."""
        if name == "notify":
            return await self.notified(fields)
        if name == "callback":
            # Whatever it says, what the supplier answers when it is asked is what counts; and it is asked all the time.
            return "ok" if self.books.order(fields.get("external_orderno", "")) else "fail"
        return {"code": 0}

    def wallet(self, user, page):
        """Show all lines, or those of a page: the newest stand on the first."""
        balance, records = self.books.wallet(user["phone"])
        if self.defect == "balance_in_whole_yuan":
            balance -= balance % 100
        records = [{**one, "change": yuan(one["change"])} for one in records]
        if self.apart:
            records = [
                {"text": f"{r['type']}，订单{r['no']}", "change": r["change"]} for r in records
            ]
        if page:
            records = records[(page - 1) * ON_A_PAGE : page * ON_A_PAGE]
        return {"code": 0, "balance": yuan(balance), "records": records}

    def shown(self, user, no):
        order = self.books.order(no)
        if order is None or order["phone"] != user["phone"]:
            return {"code": 404, "msg": "订单不存在"}
        return {"code": 0, "state": order["state"], "money": yuan(order["price"])}

    def recharge(self, user, fields):
        goods = self.goods[fields["id"]]
        said = {"price": goods["price_fen"], "way": "epay", "once": fields["once"]}
        order = self.books.make(user, goods["id"], "", **said)
        return self.placed(order)

    def placed(self, order):
        link = self.epay.link(order["no"], order["price"], order["account"])
        told = {"code": 0, "no": order["no"], "money": yuan(order["price"])}
        return told | ({} if order["way"] == "balance" else {"link": link})

    async def buy(self, user, fields):
        goods, way = self.goods[fields["id"]], fields["way"]
        if goods["kind"] == "topup":
            return self.recharge(user, fields)
        if way == "balance" and self.hits("refused_and_debited", fields["once"]):
            self.books.book(user["phone"], f"K{fields['once']}", -goods["price_fen"], SPENT)
            return {"code": 1, "msg": "商品已下架"}
        said = {"price": goods["price_fen"], "way": way, "once": fields["once"]}
        order = self.books.make(user, goods["id"], fields["account"], **said)
        if way == "balance" and order["state"] == WAIT and not self.apart:
            if not await self.pay(order, goods):
                return {"code": 1, "msg": "余额不足"}
            self.start(self.serve(order["no"]))
        return self.placed(order)

    async def pay_apart(self, user, way):
        no = way.removesuffix("/pay")
        order = self.books.order(no)
        if order is None or order["phone"] != user["phone"]:
            return {"code": 404, "msg": "订单不存在"}
        if order["state"] == WAIT:
            if not await self.pay(order, self.goods[order["goods"]]):
                return {"code": 1, "msg": "余额不足"}
            self.start(self.serve(no))
        return {"code": 0}

    async def pay(self, order, goods):
        """Take the price from the balance; say whether that held enough."""
        if self.defect in {"balance_read_then_written", "last_write_wins", "face_is_taken"}:
            balance, _ = self.books.wallet(order["phone"])
            price = goods["face_fen"] if self.defect == "face_is_taken" else order["price"]
            if balance < price:
                return False
            if self.defect != "face_is_taken":
                await asyncio.sleep(0.03)  # a risk check, say
            if not self.books.move(order["no"], WAIT, PAID):
                return True
            if self.defect == "last_write_wins":
                self.books.line(order["phone"], order["no"], -price, SPENT)
                sql = "UPDATE users SET balance = ? WHERE phone = ?"
                self.books.db.execute(sql, (balance - price, order["phone"]))
            else:
                self.books.book(order["phone"], order["no"], -price, SPENT)
            return True
        return self.books.pay(order)

    # What gateways tell

    async def notified(self, fields):
        if not (self.epay.genuine(fields) or self.defect == "signature_unchecked"):
            return "fail"
        order = self.books.order(fields.get("out_trade_no", ""))
        if order is None or fields.get("trade_status") != "TRADE_SUCCESS":
            return "fail"
        amount = fen(fields["money"])
        if amount != order["price"] and self.defect != "amount_unchecked":
            # Whatever a notification says: what was paid is what the gateway's own books say.
            truth = await self.epay.asked(order["no"])
            if truth is None:
                return "fail"
            amount = truth[1]
        with self.books.whole():
            self.take(order["no"], fields["trade_no"], amount)
        return "success"

    def take(self, no, trade_no, amount):
        """Book a payment, once."""
        order = self.books.order(no)
        topup = self.goods[order["goods"]]["kind"] == "topup"
        if not self.books.paid(no, trade_no, amount) and not (
            topup and self.hits("credited_per_notice", no, of=1)
        ):
            return
        if topup:
            self.fill(order, amount)
        elif amount == order["price"] and self.books.move(no, WAIT, PAID):
            self.start(self.serve(no))
        else:
            # Of another amount, or of an order that was paid already: it is the customer's, in his wallet.
            self.books.book(order["phone"], no, amount, REFUND)
            self.books.move(no, WAIT, BACK)

    def fill(self, order, amount):
        """Credit a top-up: what was paid for it is there."""
        no, whose = order["no"], order["phone"]
        if self.hits("topup_forgotten", no):
            self.books.move(no, WAIT, DONE)
            return
        if self.hits("credited_to_another", no):
            whose = self.books.neighbour(whose)["phone"]
        if self.defect == "amount_unchecked":
            amount = order["price"]
        self.books.book(whose, no, amount, TOPUP)
        self.books.move(no, WAIT, DONE)

    # What is done then

    async def serve(self, no):
        """Have an order delivered, or give its money back."""
        order = self.books.order(no)
        product = self.goods[order["goods"]]["operators"]["kasushou"]["product"]
        self.books.move(no, PAID, SENT)
        said, missed = await self.supplier.submit(order, product), 0
        if said == "unknown" and self.defect == "unknown_is_failed":
            said = "refused"
        while said in {"taken", "unknown"}:
            await asyncio.sleep(LOOKS_EVERY_S)
            state, back = await self.supplier.asked(no)
            missed = missed + 1 if state == "missing" else 0
            if missed >= MISSING_LOOKS:
                said, missed = await self.supplier.submit(order, product), 0
            elif state == "done":
                self.books.move(no, SENT, DONE)
                return
            elif state == "failed":
                await self.give_back(order, round(order["price"] * back) or order["price"])
                return
        await self.give_back(order, order["price"])

    async def give_back(self, order, amount):
        """Give money back into the wallet, whichever way it came."""
        no, phone = order["no"], order["phone"]
        with self.books.whole():
            if not self.books.move(no, SENT, BACK) or self.hits("refund_forgotten", no, of=2):
                return
            line = not self.hits("refund_without_line", no, of=2)
            self.books.book(phone, no, amount, REFUND, line=line)
            if self.hits("refunded_twice", no, of=2):
                self.books.book(phone, no, amount, REFUND)
        if self.defect == "refunded_both_ways" and order["way"] != "balance":
            await self.epay.refund(no, amount)

    async def sweep(self):
        """Go on with what a killed process has left, and ask the gateway about what is unpaid: notices get lost."""
        for row in self.books.unfinished():
            self.start(self.serve(row["no"]))
        while True:
            await asyncio.sleep(SWEEPS_EVERY_S)
            for row in self.books.waiting():
                if found := await self.epay.asked(row["no"]):
                    with self.books.whole():
                        self.take(row["no"], *found)


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--db", required=True)
    parser.add_argument("--opening", type=int, default=0, help="fen in every new wallet")
    parser.add_argument("--apart", action="store_true")
    parser.add_argument("--defect", default="")
    said = parser.parse_args()
    config = json.loads(said.config.read_text(encoding="utf-8"))
    purse = Purse(config, Books(said.db, said.opening), said.defect, apart=said.apart)

    async def talk(reader, writer):
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                method, target, _ = head.split(b"\r\n")[0].decode().split()
                names = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:-2])
                length = int({k.lower(): v for k, v in names.items()}.get("content-length", 0))
                parts, body = urlsplit(target), await reader.readexactly(length)
                fields = dict(parse_qsl(parts.query) + parse_qsl(body.decode()))
                told = await purse.answer(method, parts.path, fields)
                text = told if isinstance(told, str) else json.dumps(told, ensure_ascii=False)
                kind = "text/plain" if isinstance(told, str) else "application/json"
                writer.write(
                    f"HTTP/1.1 200 OK\r\nContent-Type: {kind}; charset=utf-8\r\n"
                    f"Content-Length: {len(text.encode())}\r\n\r\n{text}".encode()
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    # Calls that hang must not keep others waiting.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(CALLS_AT_ONCE))
    server = await asyncio.start_server(talk, "127.0.0.1", said.port, backlog=256)
    purse.start(purse.sweep())
    await server.serve_forever()


asyncio.run(main())
