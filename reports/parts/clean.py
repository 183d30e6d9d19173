"""Strings of unknown origin, made safe to look at: what cannot be seen is shown by its code point.

Accounts, order numbers and answers come from platforms and from attackers of our own making. Escaping keeps them from
running; this keeps them from hiding, reordering the line they stand in, or making it endless.
"""

import re

LONGEST = 2_000
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters but tab and newline
    "\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # marks without width
    "\ud800-\udfff\ufffe\uffff\U000e0000-\U000e0fff]"  # halves of pairs, tags, no characters at all
)


def clean(text: str, longest: int = LONGEST) -> str:
    """Return text that any encoder, terminal and XML reader accepts, at most `longest` characters of the original.

    Characters that would not be seen are written as `⟨U+202E⟩`, in isolated brackets.
    """
    cut = text if len(text) <= longest else text[:longest] + "…"
    return _HIDDEN.sub(lambda found: f"⟨U+{ord(found[0]):04X}⟩", cut)


def one_line(text: str, longest: int) -> str:
    """Return clean text without line breaks, at most `longest` characters and an ellipsis."""
    return clean(" ".join(text.split()), longest)
