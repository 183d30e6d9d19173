"""The books: users, orders, lines of wallets, payments. Every method is one transaction; nothing in it waits."""

import secrets
import sqlite3

SCHEMA = """
CREATE TABLE users (phone TEXT PRIMARY KEY, password TEXT, token TEXT UNIQUE, balance INTEGER NOT NULL);
CREATE TABLE orders (no TEXT PRIMARY KEY, phone TEXT, goods TEXT, account TEXT, price INTEGER, way TEXT,
                     state TEXT, once TEXT UNIQUE);
CREATE TABLE records (id INTEGER PRIMARY KEY, phone TEXT, no TEXT, change INTEGER, type TEXT);
CREATE INDEX record_of ON records (phone);
CREATE TABLE payments (trade_no TEXT PRIMARY KEY, no TEXT, amount INTEGER);
"""
WAIT, PAID, SENT, DONE, BACK = "WAIT", "PAID", "SENT", "DONE", "BACK"
TOPUP, SPENT, REFUND = "充值", "消费", "退款"


class Books:
    def __init__(self, path, opening=0):
        self.opening = opening
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.row_factory = sqlite3.Row
        self.db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;" + SCHEMA)

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
        self.db.execute("BEGIN IMMEDIATE")
        sql = "UPDATE users SET balance = balance - ? WHERE phone = ? AND balance >= ?"
        took = self.db.execute(sql, (order["price"], order["phone"], order["price"])).rowcount == 1
        if took:
            self.line(order["phone"], order["no"], -order["price"], SPENT)
            self.move(order["no"], WAIT, PAID)
        self.db.execute("COMMIT")
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

    def neighbour(self, phone):
        return self.one(
            "SELECT phone FROM users WHERE phone > ? ORDER BY phone", phone
        ) or self.one("SELECT phone FROM users ORDER BY phone")
