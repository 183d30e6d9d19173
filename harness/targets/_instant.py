"""The moment and the numbers used once of one request."""

from typing import Any

from harness.core.chance import keyed_int
from harness.core.clock import now_ns
from harness.targets.template import Scope


class Instant(dict[str, Any]):
    """A scope in which the moment and numbers used once are known, and stay the same within one request."""

    def __init__(self, scope: Scope, name: str) -> None:
        super().__init__(scope)
        self._name = name

    def __missing__(self, key: str) -> Any:
        if key not in {"timestamp", "timestamp_ms", "nonce", "uuid"}:
            raise KeyError(key)
        now = now_ns()
        who = self.get("intent", self.get("customer", ""))
        drawn = [keyed_int("nonce", self._name, who, now, part) for part in range(2)]
        text = f"{drawn[0]:016x}{drawn[1]:016x}"
        self["timestamp"], self["timestamp_ms"], self["nonce"] = now // 10**9, now // 10**6, text
        self["uuid"] = f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"
        return self[key]
