"""Cards of the loaded stock in the source of a page that shows none: a hidden field, a script, a comment.

Whoever opens the source of a page reads them as well as those that are shown.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from html import unescape

_WORD = re.compile(r"[^\s\"'<>,;:=|&()\[\]{}]+")
_SECRET_CHARS = 6
"""A card without a word of this length at least could stand in a page by chance."""


class Leaks:
    """Finds cards by their longest words, so that a page is read once, however many cards there are."""

    def __init__(self, stock: Iterable[str]) -> None:
        self._by_word: defaultdict[str, list[tuple[str, frozenset[str]]]] = defaultdict(list)
        for card in stock:
            words = frozenset(w for w in _WORD.findall(card) if len(w) >= _SECRET_CHARS)
            if words:
                self._by_word[max(words, key=lambda w: (len(w), w))].append((card, words))

    def found(self, text: str) -> list[str]:
        """Return the cards all of whose words stand in a text, in no order."""
        here = set(_WORD.findall(unescape(text)))
        return [
            card
            for word in here & self._by_word.keys()
            for card, words in self._by_word[word]
            if words <= here
        ]
