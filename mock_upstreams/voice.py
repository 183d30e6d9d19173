"""What the engine lets speak, a dialect or the payer, and with which key while that is being changed."""

from typing import ClassVar, Protocol

from harness.core.delivery import Signature
from mock_upstreams.dialect import Answer, Ask, Dialect, Found, Request


class Voice(Protocol):
    """Who words the answers: a dialect, or the payer."""

    unclear: ClassVar[frozenset[str]]
    signs_slowly: ClassVar[bool]

    def answer(self, ask: Ask, found: Found) -> Answer:
        """Say that it was done, or what was found."""

    def refuse(self, ask: Ask, code: str) -> Answer:
        """Say no."""

    def seal(self, request: Request, answer: Answer) -> Answer:
        """Sign it."""


def read(dialect: Dialect, request: Request) -> Ask | Answer:
    """Read a request, with the next key if it does not fit the old one and that is being changed."""
    ask = dialect.read(request)
    if isinstance(ask, Ask) or not dialect.secrets or not dialect.rotating():
        return ask
    later = dialect.successor.read(request)
    if isinstance(later, Answer):
        return ask
    later.renewed = True
    return later


def signer(voice: Voice, dialect: Dialect, said: Signature) -> tuple[Voice, Signature]:
    """Return who signs an answer, and how: the next key is a good one, and a probe a forgery where none probes."""
    if said is Signature.ROTATED:
        return dialect.successor, Signature.VALID
    return voice, said if dialect.probes else Signature.FORGED
