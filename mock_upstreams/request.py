"""One request as it came off the wire."""

from collections.abc import Sequence


class Request:
    """One request as it came: `target` and `body` exactly as on the wire; header names in lower case."""

    __slots__ = ("_headers", "body", "method", "path", "query", "raw_headers", "target")

    def __init__(
        self,
        method: str,
        target: str,
        raw_headers: Sequence[tuple[bytes, bytes]] = (),
        body: bytes = b"",
    ) -> None:
        self.method = method
        self.target = target
        """Path and query as signed: an absolute-form target has lost its scheme and host."""
        path, _, self.query = target.partition("?")
        self.path = path.replace("//", "/")  # as web servers do: bases are often told with a slash
        self.raw_headers = raw_headers
        self.body = body
        self._headers: dict[str, str] | None = None

    @property
    def headers(self) -> dict[str, str]:
        """The headers, built when first asked for since most dialects never look."""
        if self._headers is None:
            self._headers = {
                name.decode("latin-1").lower(): value.decode("latin-1")
                for name, value in self.raw_headers
            }
        return self._headers
