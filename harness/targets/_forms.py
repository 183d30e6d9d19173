"""A form that places an order, sent once more: by a second tap, by a refresh, by a retry after a lost answer.

A browser sends what it has: the same hidden fields, by which a platform with a one-time token in its form knows it.
Only after a refusal does a customer go back to the page for a fresh one.
"""

import msgspec

from harness.targets._spoken import Call, Spoken
from harness.targets.template import Scope

Forms = dict[str, Call]
"""What was sent for an order, by the account that it was for."""


def kept(scope: Scope, name: str, steps: list[Spoken]) -> Forms:
    """Return where this order's form is kept, if the last of these steps sends one that pages before it have shown."""
    *pages, last = steps
    forms: Forms | None = scope.get("submitted")
    shown = bool(pages) and not last.reads_only and all(one.reads_only for one in pages)
    return forms if forms is not None and name == "place" and shown else {}


def again(forms: Forms, scope: Scope, call: Call) -> Call:
    """Return the form as it was sent before for the same account, with the cookies of now; else this one."""
    intent = scope.get("intent") or {"account": ""}
    first = forms.setdefault(intent["account"], call)
    cookies = {name: text for name, text in call.headers.items() if name == "Cookie"}
    return msgspec.structs.replace(
        call, path=first.path, headers={**first.headers, **cookies}, body=first.body
    )


def refused(forms: Forms, outcome: str) -> None:
    """Forget a form that was refused: the customer goes back to the page for a fresh one."""
    if outcome == "fail":
        forms.clear()
