"""Plain blocking connections for the final reads: to the address that a host was once resolved to."""

import ssl
from http.client import HTTPConnection, HTTPSConnection
from socket import create_connection

import msgspec

ANSWER_S = 10.0


class Reply(msgspec.Struct):
    """An answer; header names are lower case, several cookies stand on lines of their own."""

    status: int
    headers: dict[str, str]
    body: bytes


class Pinned(HTTPConnection):
    """A connection to the address that a host was once resolved to."""

    address = source = ""

    def connect(self) -> None:
        """Connect there, whatever the name means by now."""
        self.sock = create_connection(
            (self.address, self.port), ANSWER_S, (self.source, 0) if self.source else None
        )


class PinnedTls(Pinned):
    """The same over TLS, for the host's own name."""

    default_port = HTTPSConnection.default_port

    def connect(self) -> None:
        """Connect, and make sure who is there."""
        super().connect()
        context = ssl.create_default_context()
        self.sock = context.wrap_socket(self.sock, server_hostname=self.host)
