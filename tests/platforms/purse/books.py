"""The books: users, orders, lines of wallets, payments. What belongs together is one transaction, and never waits."""

import secrets
import sqlite3
from contextlib import contextmanager

SCHEMA = """
CREATE TABLE IF NOT EXISTS users (phone TEXT PRIMARY KEY, password TEXT, token TEXT UNIQUE, balance INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS orders (no TEXT PRIMARY KEY, phone TEXT, goods TEXT, account TEXT, price INTEGER, way TEXT,
                     state TEXT, once TEXT UNIQUE);
CREATE TABLE IF NOT EXISTS records (id INTEGER PRIMARY KEY, phone TEXT, no TEXT, change INTEGER, type TEXT);
CREATE INDEX IF NOT EXISTS record_of ON records (phone);
CREATE TABLE IF NOT EXISTS payments (trade_no TEXT PRIMARY KEY, no TEXT, amount INTEGER);
"""
WAIT, PAID, SENT, DONE, BACK = "WAIT", "PAID", "SENT", "DONE", "BACK"
TOPUP, SPENT, REFUND = "充值", "消费", "退款"


class Books:
    def __init__(self, path, opening=0):
        self.opening = opening
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.row_factory = sqlite3.Row
        self.db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;" + SCHEMA)

    @contextmanager
    def whole(self):
        """Do what is done within all at once, or not at all if the process is killed meanwhile."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def one(self, sql, *values):
        return self.db.execute(sql, values).fetchone()

    def register(self, phone, password):
        sql = "INSERT OR IGNORE INTO users VALUES (?, ?, NULL, ?)"
        self.db.execute(sql, (phone, password, self.opening))

    def login(self, phone, password):
        token = secrets.token_hex(16)
        sql = "UPDATE users SET token = COALESCE(token, ?) WHERE phone = ? AND password = ? RETURNING token"
        row = self.one(sql, token, phone, password)
        return row and row["token"]

    def who(self, token):
        return self.one("SELECT * FROM users WHERE token = ?", token)

    def make(self, user, goods, account, *, price, way, once):
        """Make an order, or return the one that this submission has made before."""
        no = f"K{secrets.token_hex(7).upper()}"
        sql = "INSERT OR IGNORE INTO orders VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        key = f"{user['phone']} {once}"
        self.db.execute(sql, (no, user["phone"], goods, account, price, way, WAIT, key))
        return self.one("SELECT * FROM orders WHERE once = ?", key)

    def order(self, no):
        return self.one("SELECT * FROM orders WHERE no = ?", no)

    def move(self, no, was, to):
        """Move an order on, if it still is where it was; say whether it was."""
        sql = "UPDATE orders SET state = ? WHERE no = ? AND state = ?"
        return self.db.execute(sql, (to, no, was)).rowcount == 1

    def book(self, phone, no, change, kind, line=True):
        """Change a balance, with the line that says why."""
        self.db.execute("UPDATE users SET balance = balance + ? WHERE phone = ?", (change, phone))
        if line:
            self.line(phone, no, change, kind)

    def line(self, phone, no, change, kind):
        sql = "INSERT INTO records (phone, no, change, type) VALUES (?, ?, ?, ?)"
        self.db.execute(sql, (phone, no, change, kind))

    def pay(self, order):
        """Take the price from the balance, if that holds enough; say whether it did."""
        with self.whole():
            price, phone = order["price"], order["phone"]
            sql = "UPDATE users SET balance = balance - ? WHERE phone = ? AND balance >= ?"
            took = self.db.execute(sql, (price, phone, price)).rowcount == 1
            if took:
                self.line(phone, order["no"], -price, SPENT)
                self.move(order["no"], WAIT, PAID)
        return took

    def paid(self, no, trade_no, amount):
        """Note a payment; say whether it is a new one."""
        sql = "INSERT OR IGNORE INTO payments VALUES (?, ?, ?)"
        return self.db.execute(sql, (trade_no, no, amount)).rowcount == 1

    def wallet(self, phone):
        balance = self.one("SELECT balance FROM users WHERE phone = ?", phone)["balance"]
        sql = "SELECT no, change, type FROM records WHERE phone = ? ORDER BY id DESC"
        return balance, [dict(row) for row in self.db.execute(sql, (phone,))]

    def waiting(self):
        """Return orders that nobody has paid for yet, as far as is known here."""
        return self.db.execute(
            "SELECT no FROM orders WHERE state = ? AND way <> 'balance'", (WAIT,)
        ).fetchall()

    def unfinished(self):
        """Return orders that are paid, and were neither delivered nor given back before this process was started."""
        sql = "SELECT no FROM orders WHERE state IN (?, ?)"
        return self.db.execute(sql, (PAID, SENT)).fetchall()

    def neighbour(self, phone):
        return self.one(
            "SELECT phone FROM users WHERE phone > ? ORDER BY phone", phone
        ) or self.one("SELECT phone FROM users ORDER BY phone")
