"""What a target file's requests say wrong: found when it is read, named by line and column, before anything is sent."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from harness.core.document import Document
from harness.core.errors import UsageError, did_you_mean
from harness.targets._taking import condition, mistakes
from harness.targets._words import Condition, Step, Steps, Take, steps_of
from harness.targets.template import compiled, holes

if TYPE_CHECKING:
    from harness.targets.target import Target

Path = tuple[str | int, ...]

MOMENTS = ("timestamp", "timestamp_ms", "nonce", "uuid")
"""What every request may ask for."""
SIGNED = ("fields", "values", "key", "method", "path", "body")
"""What the text of a signature may ask for beside them."""
_OF_BATCH = ("batch_no", "order_nos")
_OF_STATUS = ("delivered", "failed", "failures")
_PARTS = ("get", "post", "put", "delete", "query", "headers", "json", "form")


class Names:
    """What templates may ask for: plain names, and the parts of some.

    `lacking` says of names that not everybody has why they are not known.
    """

    def __init__(
        self, plain: set[str], parts: Mapping[str, set[str]], lacking: Mapping[str, str]
    ) -> None:
        self._plain = plain
        self._parts = parts
        self._lacking = lacking

    def plus(self, *names: str) -> "Names":
        """Return the same with further plain names."""
        return Names({*self._plain, *names}, self._parts, self._lacking)

    def wrong(self, name: str, more: tuple[str, ...] = ()) -> str:
        """Return why a name can never be known, with the nearest that can; empty if it may be."""
        first, _, rest = name.partition(".")
        if first in self._plain or name in more:
            return ""
        if name in self._lacking:
            return f"{{{{{name}}}}} has no value: {self._lacking[name]}"
        if first not in self._parts:
            near = {*self._plain, *more, *self._parts, *self._dotted()}
            return f"nothing is called {{{{{name}}}}}{did_you_mean(name, near)}"
        if rest in self._parts[first]:
            return ""
        near = {f"{first}.{part}" for part in self._parts[first]}
        return f"nothing is called {{{{{name}}}}}{did_you_mean(name, near)}"

    def _dotted(self) -> Iterator[str]:
        for first, parts in self._parts.items():
            yield from (f"{first}.{part}" for part in parts)


def check_steps(doc: Document, said: Mapping[Path, Steps | None], names: Names | None) -> None:
    """Point at the part of a request that cannot be read, or asks for what nothing is called.

    Without `names` an adapter of the user's own may know more than we do, and names are not looked at.

    Raises:
        UsageError: with file, line, column and the nearest valid word.
    """
    for path, steps in said.items():
        for at, step in enumerate(steps_of(steps)):
            where = (*path, at) if isinstance(steps, list) else path
            for part, wrong in mistakes(step):
                raise doc.wrong((*where, *part), wrong)
            for deep, wrong in _unknown(step, names) if names else ():
                raise doc.wrong((*where, *deep), wrong)


def check_session(
    doc: Document, send: Mapping[str, str], ended: Condition | None, names: Names | None
) -> None:
    """Point at a header of the session, or at its end, that cannot be read.

    Raises:
        UsageError: with file, line and column.
    """
    try:
        where: Path = ("session", "ended_when")
        if ended is not None:
            condition(ended)
        where = ("session", "send")
        compiled(send)
    except UsageError as error:
        raise doc.wrong(where, str(error)) from None
    for part, wrong in _unknown_in(send, names) if names else ():
        raise doc.wrong((*where, *part), wrong)


def check_batches(
    doc: Document, batch: Steps | None, status: Steps | None, line: Any, names: Names | None
) -> None:
    """Point at what a batch, or the reading of one, does not take from its answers, and at a line that cannot be made.

    Raises:
        UsageError: with file, line and column.
    """
    if (batch is None) is not (status is None):
        there, lacks = ("batch_status", "batch") if batch is None else ("batch", "batch_status")
        raise doc.wrong((there,), f"{there} is of no use without {lacks}")
    for key, steps, wanted in (("batch", batch, _OF_BATCH), ("batch_status", status, _OF_STATUS)):
        taken = {name for step in steps_of(steps) for name in step.take}
        if steps is not None and (lacking := [name for name in wanted if name not in taken]):
            raise doc.wrong((key,), f"take must have {', '.join(lacking)}")
    try:
        compiled(line)
    except UsageError as error:
        raise doc.wrong(("batch_line",), str(error)) from None
    for part, wrong in _unknown_in(line, names) if names else ():
        raise doc.wrong(("batch_line", *part), wrong)


def check_list(doc: Document, said: Steps | None, names: Names | None) -> None:
    """Point at a list of orders that takes none, and at what is wrong in its steps.

    Raises:
        UsageError: with file, line and column.
    """
    check_steps(doc, {("order_list",): said}, names)
    if said is not None and "order_nos" not in steps_of(said)[-1].take:
        raise doc.wrong(("order_list",), "the last step of a list takes `order_nos`")


def check_refusal(doc: Document, where: Path, said: Condition | None) -> None:
    """Point at a refusal that cannot be read.

    Raises:
        UsageError: with file, line and column.
    """
    try:
        if said is not None:
            condition(said)
    except UsageError as error:
        raise doc.wrong(where, str(error)) from None


def check_compensation(doc: Document, target: "Target") -> None:
    """Refuse a compensation for goods that are not sold, and one that nothing would show.

    Raises:
        UsageError: with file, line, column and the nearest id of goods.
    """
    promised = target.promises.compensation
    if promised is None:
        return
    where: Path = ("promises", "compensation")
    sold = [one.id for one in target.goods]
    for at, name in enumerate(promised.goods):
        if name not in sold:
            raise doc.wrong((*where, "goods", at), f"no goods {name!r}{did_you_mean(name, sold)}")
    if not promised.promised(target.goods):
        raise doc.wrong(where, "no goods of the kind member; name those that it is promised for")
    shown = any("compensation" in one.take for one in steps_of(target.status))
    booked = target.database is not None and "compensations" in target.database.views
    if not (shown or booked or target.adapter):
        told = "nothing shows it: take `compensation` in `status`, or a view `compensations` of the database"
        raise doc.wrong(where, told)


def check_rules(doc: Document, target: "Target") -> None:
    """Refuse a rule for goods that are not sold, or for a gateway that the platform does not have.

    Raises:
        UsageError: with file, line, column and the nearest name.
    """
    known = {"goods": [one.id for one in target.goods], "gateways": [*target.gateways]}
    for at, rule in enumerate(target.promises.settle_rules):
        for key, names in known.items():
            for place, name in enumerate(getattr(rule, key)):
                if name not in names:
                    told = f"no {key} {name!r}{did_you_mean(name, names)}"
                    raise doc.wrong(("promises", "settle_rules", at, key, place), told)


def check_forbidden(doc: Document, target: "Target") -> None:
    """Refuse a ban of a channel that the platform does not have, or for goods that are not sold.

    Raises:
        UsageError: with file, line, column and the nearest name.
    """
    sold = [one.id for one in target.goods]
    for at, one in enumerate(target.promises.forbidden):
        said: list[tuple[Path, str, list[str]]] = [
            (("goods", n), name, sold) for n, name in enumerate(one.goods)
        ]
        for key, names in (("operator", [*target.operators]), ("gateway", [*target.gateways])):
            said += [((key,), name, names) for name in [getattr(one, key)] if name]
        for part, name, names in said:
            if name not in names:
                told = f"no {part[0]} {name!r}{did_you_mean(name, names)}"
                raise doc.wrong(("promises", "forbidden", at, *part), told)


def check_strangers(doc: Document, target: "Target") -> None:
    """Refuse promises about new devices and shared addresses where the platform could not tell one from another.

    Raises:
        UsageError: with file, line and column.
    """
    promises, apart = target.promises, bool(target.source_addresses)
    if promises.per_address is not None and not apart:
        told = "no `source_addresses`: all customers come from one address"
        raise doc.wrong(("promises", "per_address"), told)
    login = str(msgspec.to_builtins(steps_of(target.session.login)))
    if apart or "customer.device" in login or target.adapter:
        return
    told = "a new device looks like the old one: say `{{customer.device}}` in `login`, or `source_addresses`"
    if promises.limit_new_device:
        raise doc.wrong(("promises", "limit_new_device"), told)
    if promises.announces.device is not None:
        raise doc.wrong(("promises", "announces", "device"), told)


def _unknown(step: Step, names: Names) -> Iterator[tuple[Path, str]]:
    for key in _PARTS:
        for part, wrong in _unknown_in(getattr(step, key), names):
            yield (key, *part), wrong
    for name, take in step.take.items():
        if isinstance(take, Take):
            for _, wrong in _unknown_in(take.value, names):
                yield ("take", name, "value"), wrong
    if step.sign is not None:
        for _, wrong in _unknown_in(step.sign.text, names, SIGNED):
            yield ("sign", "text"), wrong
        for _, wrong in _unknown_in(step.sign.key.value, names):
            yield ("sign", "key", "value"), wrong


def _unknown_in(value: Any, names: Names, more: tuple[str, ...] = ()) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        for name in holes(value):
            if wrong := names.wrong(name, more):
                yield (), wrong
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            for part, wrong in _unknown_in(inner, names, more):
                yield (key, *part), wrong
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            for part, wrong in _unknown_in(inner, names, more):
                yield (at, *part), wrong
