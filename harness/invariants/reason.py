"""A sentence, in both languages, that says why a run is not simply PASS."""

import msgspec


class Reason(msgspec.Struct, frozen=True):
    """One sentence twice."""

    en: str
    zh: str
