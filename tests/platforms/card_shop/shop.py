"""The shop's books: users, sessions, orders and cards in SQLite, one writer at a time; processes may share them."""

import hashlib
import secrets
import sqlite3
import threading

SCHEMA = """
CREATE TABLE IF NOT EXISTS users (phone TEXT PRIMARY KEY, password TEXT);
CREATE TABLE IF NOT EXISTS orders (number TEXT PRIMARY KEY, phone TEXT, gid TEXT, amount_fen INTEGER,
                                   status TEXT, trade_no TEXT, once TEXT UNIQUE);
CREATE TABLE IF NOT EXISTS cards (code TEXT PRIMARY KEY, number TEXT);
CREATE INDEX IF NOT EXISTS card_of ON cards (number);
CREATE TABLE IF NOT EXISTS visits (cookie TEXT PRIMARY KEY, token TEXT, phone TEXT);
"""
WAITING, DONE, SHORT = "待支付", "已完成", "缺货待补"
SORRY = "抱歉，卡密暂时缺货，请联系客服"


def signed(fields, key):
    """Sign as 易支付 does. Source: 彩虹易支付 includes/functions.php, read 2026-11-22."""
    said = {k: v for k, v in fields.items() if v and k not in {"sign", "sign_type"}}
    text = "&".join(f"{k}={v}" for k, v in sorted(said.items()))
    return hashlib.md5((text + key).encode()).hexdigest()


class Shop:
    def __init__(self, config, db, stock, defect):
        self.base_url = config["base_url"]
        self.gateway = config["gateways"]["epay"]
        self.goods = {item["id"]: item for item in config["goods"]}
        self.defect = defect
        self.lock = threading.Lock()
        self.db = sqlite3.connect(db, check_same_thread=False, isolation_level=None)
        self.db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;" + SCHEMA)
        with self.lock:
            self.db.execute("BEGIN")
            rows = ((line.strip(),) for line in stock if line.strip())
            self.db.executemany("INSERT OR IGNORE INTO cards VALUES (?, NULL)", rows)
            self.db.execute("COMMIT")

    def register(self, phone, password):
        with self.lock:
            self.db.execute("INSERT OR IGNORE INTO users VALUES (?, ?)", (phone, password))

    def known(self, phone, password):
        with self.lock:
            row = self.db.execute("SELECT password FROM users WHERE phone = ?", (phone,)).fetchone()
        return row is not None and row[0] == password

    def create(self, phone, gid, once, money):
        """Make an order, or return the one that this very form has made before."""
        number = secrets.token_hex(8).upper()
        amount = self.goods[gid]["price_fen"]
        if self.defect == "price_of_the_form":
            amount = round(float(money) * 100)
        if self.defect == "form_sent_twice":
            once = number
        with self.lock:
            self.db.execute(
                "INSERT OR IGNORE INTO orders VALUES (?, ?, ?, ?, ?, '', ?)",
                (number, phone, gid, amount, WAITING, f"{phone} {once}"),
            )
            (made,) = self.db.execute(
                "SELECT number FROM orders WHERE once = ?", (f"{phone} {once}",)
            ).fetchone()
        return made

    def order(self, number, phone=None):
        with self.lock:
            row = self.db.execute(
                "SELECT number, phone, gid, amount_fen, status FROM orders WHERE number = ?",
                (number,),
            ).fetchone()
            cards = self.db.execute("SELECT code FROM cards WHERE number = ?", (number,)).fetchall()
        if row is None or (phone is not None and row[1] != phone):
            return None
        codes = [code for (code,) in cards] or ([SORRY] if row[4] == SHORT else [])
        return {
            "number": row[0],
            "gid": row[2],
            "amount_fen": row[3],
            "status": row[4],
            "cards": codes,
        }

    def payment(self, number):
        """Return what the browser must post to the gateway; the pay number is not the order's."""
        order = self.order(number)
        fields = {
            "pid": self.gateway["pid"],
            "type": "alipay",
            "out_trade_no": f"P{number}",
            "notify_url": f"{self.base_url}/notify/{number}",
            "return_url": f"{self.base_url}/order/{number}",
            "name": number,
            "money": f"{order['amount_fen'] // 100}.{order['amount_fen'] % 100:02d}",
        }
        fields["sign"] = signed(fields, self.gateway["key"])
        return f"{self.gateway['url']}/submit.php", {**fields, "sign_type": "MD5"}

    def notified(self, number, fields):
        """Take a notification; return the acknowledgement, or nothing where it is refused."""
        order = self.order(number)
        money = fields.get("money", "")
        fine = (
            order is not None
            and signed(fields, self.gateway["key"]) == fields.get("sign")
            and fields.get("pid") == self.gateway["pid"]
            and fields.get("trade_status") == "TRADE_SUCCESS"
            and fields.get("out_trade_no") == f"P{number}"
            and money == f"{order['amount_fen'] // 100}.{order['amount_fen'] % 100:02d}"
        )
        if not fine:
            return "fail"
        if self.defect == "delivers_later":
            threading.Timer(1.0, self.deliver, (number, fields.get("trade_no", ""))).start()
        else:
            self.deliver(number, fields.get("trade_no", ""))
        return "success"

    def deliver(self, number, trade_no):
        with self.lock:
            self.db.execute("BEGIN IMMEDIATE")
            (status,) = self.db.execute(
                "SELECT status FROM orders WHERE number = ?", (number,)
            ).fetchone()
            if status != DONE or self.defect == "card_per_notify":
                taken = self.db.execute(
                    "UPDATE cards SET number = ? WHERE code ="
                    " (SELECT code FROM cards WHERE number IS NULL LIMIT 1)",
                    (number,),
                ).rowcount
                self.db.execute(
                    "UPDATE orders SET status = ?, trade_no = ? WHERE number = ?",
                    (DONE if taken else SHORT, trade_no, number),
                )
            self.db.execute("COMMIT")

    def next_card(self):
        with self.lock:
            sql = "SELECT code FROM cards WHERE number IS NULL LIMIT 1"
            (card,) = self.db.execute(sql).fetchone() or ("",)
        return card

    def visit(self, cookie):
        """Return a session by its cookie, a new one if there is none: its CSRF token, and who is logged in."""
        with self.lock:
            row = self.db.execute(
                "SELECT cookie, token, phone FROM visits WHERE cookie = ?", (cookie,)
            ).fetchone()
            if row is None:
                row = (secrets.token_hex(16), secrets.token_hex(16), None)
                self.db.execute("INSERT INTO visits VALUES (?, ?, ?)", row)
        return row

    def enter(self, cookie, phone):
        with self.lock:
            self.db.execute("UPDATE visits SET phone = ? WHERE cookie = ?", (phone, cookie))
