"""Keeps secrets out of what people are shown: known values, and whatever stands where secrets usually do."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

MASK = "***"
SHORTEST = 4
"""A shorter text would be found in words that are no secret."""
_WORDS = r"[\w-]*(?:password|passwd|pwd|secret|token|authorization|cookie|api_?key|private_?key)"
_HEADER = re.compile(rf"^({_WORDS}): *(.+)$", re.IGNORECASE | re.MULTILINE)
_JSON = re.compile(rf'("{_WORDS}" *: *")((?:[^"\\]|\\.)+)"', re.IGNORECASE)
_FORM = re.compile(rf"((?:^|[&?\s]){_WORDS}=)([^&\s]+)", re.IGNORECASE)
_SECRET_KEY = re.compile(r"key|secret|token|password|private|cert", re.IGNORECASE)


class Masker:
    """Masks the secrets that it was told, and those that are named like one."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = {text for text in secrets if len(text) >= SHORTEST}

    def learn(self, secrets: Iterable[str]) -> None:
        """Mask these too from now on."""
        self._secrets |= {text for text in secrets if len(text) >= SHORTEST}

    def masked(self, text: str) -> str:
        """Return a text without secrets."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, MASK)
        text = _HEADER.sub(rf"\1: {MASK}", text)
        text = _JSON.sub(rf'\1{MASK}"', text)
        return _FORM.sub(rf"\1{MASK}", text)


def secrets_in(settings: Mapping[str, Any]) -> list[str]:
    """Return the values, however deep, whose keys are named like a secret's."""
    found: list[str] = []
    for key, value in settings.items():
        if isinstance(value, Mapping):
            found += secrets_in(value)
        elif isinstance(value, str) and _SECRET_KEY.search(str(key)):
            found.append(value)
    return found
