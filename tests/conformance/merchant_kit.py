"""What a client's script needs beside the client: a place to be notified at, and a customer who pays and complains.

This file is read as text and put in front of a script, so it may use nothing but the standard library.
"""

import json
import queue
import sys
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DEADLINE_S = 20
given = json.load(sys.stdin)


class Inbox(BaseHTTPRequestHandler):
    """Keeps what is sent; answers what `answers` says next, else 200."""

    told = queue.Queue()
    answers = queue.Queue()

    def do_POST(self):
        self._take(self.rfile.read(int(self.headers["Content-Length"])))

    def do_GET(self):
        self._take(self.path.partition("?")[2].encode())

    def _take(self, body):
        try:
            status, answer = self.answers.get_nowait()
        except queue.Empty:
            status, answer = 200, b""
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
        self.told.put((dict(self.headers.items()), body))

    def log_message(self, *_):
        """Say nothing."""


def inbox():
    """Open a place to be notified at; return its URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Inbox)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/notify"


def next_told():
    """Wait for the next notification: its headers and its raw body, or the query of a GET."""
    return Inbox.told.get(timeout=DEADLINE_S)


def customer(act, **what):
    """Let a customer do something on the control port: pay or complain."""
    request = urllib.request.Request(
        f"{given['control']}/payer/{act}",
        json.dumps(what).encode(),
        {"Authorization": f"Bearer {given['token']}"},
    )
    with urllib.request.urlopen(request, timeout=DEADLINE_S) as answer:
        done = json.load(answer)
    assert done["outcome"] == "ok", done
    return done


def say(**found):
    """Hand back what was found."""
    print(json.dumps(found, ensure_ascii=False))
