"""YAML files that people write: read safely, converted to structs, and every mistake named by line and column.

    scenarios/x.yaml:14:9 strikes[0].fault.kind: invalid value 'dely', did you mean 'delay'?

Only `true` and `false` are booleans and dates stay text (YAML 1.2 ways), keys are words (`0: unpaid` is no other than
`'0': unpaid`) and may not repeat, and what aliases expand to is bounded.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import yaml

from harness.core.errors import UsageError, did_you_mean

Shape = TypeVar("Shape")

MAX_BYTES = 4 << 20
MAX_NODES = 200_000
_MESSAGE = re.compile(r"(?P<says>.*?)(?: - at `(?P<key>key in )?\$(?P<path>[^`]*)`)?$", re.DOTALL)
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")
ANY = "..."
"""How a message calls an entry of a mapping, whichever it is."""
_WORD, _MERGE = "tag:yaml.org,2002:str", "tag:yaml.org,2002:merge"
_QUOTED = re.compile(r"'([^']*)'")


class _Loader(yaml.SafeLoader):
    """SafeLoader without YAML 1.1's surprises: `on` and `no` are words, 2026-01-01 is text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in rules if not tag.endswith((":bool", ":timestamp"))]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))


class Document:
    """One YAML file: its data, and where each part of it stands."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self.text = text
        loader = _Loader(text)
        try:
            self.root = loader.get_single_node()
            if self.root is None:
                raise self.wrong((), "the file is empty")
            self._read_keys(self.root, (), set())
            self.data: Any = loader.construct_document(self.root)
        except yaml.MarkedYAMLError as error:
            raise self._syntax(error) from None
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            raise UsageError(f"{path}:1:1 this is no YAML: {error}") from None
        finally:
            loader.dispose()
        if sum(1 for _ in _expanded(self.data)) > MAX_NODES:
            raise UsageError(f"{path}:1:1 more than {MAX_NODES} values, aliases expanded")

    def convert(self, shape: type[Shape]) -> Shape:
        """Return the data as a struct.

        Raises:
            UsageError: it does not fit; the message names line, column, path and the nearest valid word.
        """
        try:
            return msgspec.convert(self.data, shape, str_keys=True)
        except msgspec.ValidationError as error:
            raise self._misfit(str(error), shape) from None

    def wrong(self, path: tuple[str | int, ...], says: str) -> UsageError:
        """Return an error that points at a part of this file."""
        node = _node_at(self.root, path)
        line, column = (node.start_mark.line + 1, node.start_mark.column + 1) if node else (1, 1)
        where = f"{dotted(path)}: " if path else ""
        return UsageError(f"{self.path}:{line}:{column} {where}{says}")

    def _syntax(self, error: yaml.MarkedYAMLError) -> UsageError:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        says = " ".join(filter(None, (error.context, error.problem)))
        return UsageError(f"{self.path}:{line}:{column} this is no YAML: {says}")

    def _misfit(self, message: str, shape: Any) -> UsageError:
        match = _MESSAGE.match(message)
        assert match is not None
        says, path = match["says"], self._named(_parse(match["path"] or ""), message, shape)
        if unknown := re.search(r"unknown field `([^`]*)`", says):
            known = _fields(shape, path, self.data)
            key = unknown[1]
            return self._wrong_key(path, key, f"unknown key {key!r}{did_you_mean(key, known)}")
        if missing := re.search(r"missing required field `([^`]*)`", says):
            return self.wrong(path, f"the key {missing[1]!r} is required here")
        bad = re.search(r"[Ii]nvalid (?:enum )?value '([^']*)'", says)
        if bad and (choices := _choices(shape, path, self.data)):
            return self.wrong(path, f"invalid value {bad[1]!r}{did_you_mean(bad[1], choices)}")
        return self.wrong((*path, *self._guilty(path, says)), says[0].lower() + says[1:])

    def _named(
        self, path: tuple[str | int, ...], message: str, shape: Any
    ) -> tuple[str | int, ...]:
        """Name the entries of mappings that a message leaves unnamed: the one that fails alike if it stands alone."""
        while ANY in path:
            before = path[: path.index(ANY)]
            entries = _at(self.data, before)
            keys = [str(key) for key in entries] if isinstance(entries, dict) else []
            key = next(
                (k for k in keys if _fails_alike(self.data, before, k, shape, message)), None
            )
            if key is None:
                return tuple(step for step in path if step != ANY)
            path = (*before, key, *path[len(before) + 1 :])
        return path

    def _guilty(self, path: tuple[str | int, ...], says: str) -> tuple[str, ...]:
        """Find the child whose text a struct's own check quoted, so that the error points at it."""
        node = _node_at(self.root, path)
        quoted = set(_QUOTED.findall(says))
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if isinstance(value, yaml.ScalarNode) and value.value in quoted:
                    return (str(key.value),)
        return ()

    def _wrong_key(self, path: tuple[str | int, ...], key: str, says: str) -> UsageError:
        node = _node_at(self.root, path)
        if isinstance(node, yaml.MappingNode):
            for key_node, _ in node.value:
                if key_node.value == key:
                    mark = key_node.start_mark
                    where = dotted((*path, key))
                    place = f"{self.path}:{mark.line + 1}:{mark.column + 1}"
                    return UsageError(f"{place} {where}: {says}")
        return self.wrong(path, says)

    def _read_keys(self, node: yaml.Node, path: tuple[str | int, ...], known: set[int]) -> None:
        """Make every key the word that it was written as, and refuse one that stands twice."""
        if id(node) in known:  # an alias: its anchor has been looked at
            return
        known.add(id(node))
        if isinstance(node, yaml.MappingNode):
            keys: set[str] = set()
            for key, value in node.value:
                word = str(key.value)
                if isinstance(key, yaml.ScalarNode) and key.tag != _MERGE:
                    key.tag = _WORD
                if word in keys:
                    mark = key.start_mark
                    place = f"{self.path}:{mark.line + 1}:{mark.column + 1}"
                    raise UsageError(f"{place} {dotted((*path, word))}: this key stands twice")
                keys.add(word)
                self._read_keys(value, (*path, word), known)
        elif isinstance(node, yaml.SequenceNode):
            for i, item in enumerate(node.value):
                self._read_keys(item, (*path, i), known)


def load(path: Path) -> Document:
    """Read one YAML file.

    Raises:
        UsageError: it cannot be read, is no YAML, or is larger than `MAX_BYTES`.
    """
    try:
        raw = path.read_bytes()
        text = raw.decode()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{path}: is no UTF-8 text ({error.reason} at byte {error.start})"
        ) from None
    if len(raw) > MAX_BYTES:
        raise UsageError(f"{path}: larger than {MAX_BYTES} bytes")
    return Document(path, text)


def dotted(path: tuple[str | int, ...]) -> str:
    """Write a path as `strikes[0].fault.kind`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


def _parse(text: str) -> tuple[str | int, ...]:
    steps: list[str | int] = []
    for name, index in _STEP.findall(text):
        if name:
            steps.append(name)
        else:
            steps.append(index if index == ANY else int(index))
    return tuple(steps)


def _at(data: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        data = _child(data, step)
    return data


def _fails_alike(
    data: Any, path: tuple[str | int, ...], key: str, shape: Any, message: str
) -> bool:
    """Say whether the same mistake is found when the mapping at a path has one entry alone."""
    try:
        msgspec.convert(_alone(data, path, key), shape, str_keys=True)
    except msgspec.ValidationError as error:
        return str(error) == message
    return False


def _alone(data: Any, path: tuple[str | int, ...], key: str) -> Any:
    if not path:
        return {key: data[key]}
    if isinstance(data, list):
        return [_alone(v, path[1:], key) if i == path[0] else v for i, v in enumerate(data)]
    return {k: _alone(v, path[1:], key) if k == path[0] else v for k, v in data.items()}


def _node_at(node: yaml.Node | None, path: tuple[str | int, ...]) -> yaml.Node | None:
    """Follow a path through the file's nodes; return the deepest node that exists on it."""
    for step in path:
        nearer: yaml.Node | None = None
        if isinstance(node, yaml.MappingNode):
            nearer = next((v for k, v in node.value if str(k.value) == str(step)), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            nearer = node.value[step] if step < len(node.value) else None
        if nearer is None:
            break
        node = nearer
    return node


def _expanded(value: Any) -> Iterator[None]:
    """Count values the way a converter meets them, each alias anew; stop soon after the bound."""
    stack = [value]
    for _ in range(MAX_NODES + 2):
        if not stack:
            return
        top = stack.pop()
        yield None
        if isinstance(top, dict):
            stack.extend(top.values())
        elif isinstance(top, list):
            stack.extend(top)


def _types_at(shape: Any, path: tuple[str | int, ...], data: Any) -> list[msgspec.inspect.Type]:
    """Return the types that a path may have, choosing tagged structs by the data's own tag."""
    types = _alternatives(msgspec.inspect.type_info(shape), data)
    for step in path:
        data = _child(data, step)
        types = [deep for t in types for deep in _alternatives(_step_into(t, step), data)]
    return types


def _child(data: Any, step: str | int) -> Any:
    if isinstance(data, dict):
        return data.get(step)
    if isinstance(data, list) and isinstance(step, int) and step < len(data):
        return data[step]
    return None


def _step_into(kind: msgspec.inspect.Type, step: str | int) -> msgspec.inspect.Type | None:
    if isinstance(kind, msgspec.inspect.StructType):
        return next((f.type for f in kind.fields if f.encode_name == step), None)
    if isinstance(kind, msgspec.inspect.DictType):
        return kind.value_type
    if isinstance(kind, msgspec.inspect.VarTupleType | msgspec.inspect.ListType):
        return kind.item_type
    return None


def _alternatives(kind: msgspec.inspect.Type | None, data: Any) -> list[msgspec.inspect.Type]:
    if kind is None:
        return []
    if not isinstance(kind, msgspec.inspect.UnionType):
        return [kind]
    fitting: list[msgspec.inspect.Type] = [
        t
        for t in kind.types
        if isinstance(t, msgspec.inspect.StructType)
        and t.tag_field
        and isinstance(data, dict)
        and data.get(t.tag_field) == t.tag
    ]
    return fitting or list(kind.types)


def _fields(shape: Any, path: tuple[str | int, ...], data: Any) -> set[str]:
    structs = [t for t in _types_at(shape, path, data) if isinstance(t, msgspec.inspect.StructType)]
    tags = {t.tag_field for t in structs if t.tag_field}
    return tags | {f.encode_name for t in structs for f in t.fields}


def _choices(shape: Any, path: tuple[str | int, ...], data: Any) -> set[str]:
    """Return the words allowed at a path: an enum's, a literal's, or the tags of a union."""
    found: set[str] = set()
    for kind in _types_at(shape, path, data):
        if isinstance(kind, msgspec.inspect.EnumType):
            found |= {str(member.value) for member in kind.cls}
        elif isinstance(kind, msgspec.inspect.LiteralType):
            found |= {str(value) for value in kind.values}
    for kind in _types_at(shape, path[:-1], data):
        if isinstance(kind, msgspec.inspect.StructType) and kind.tag_field == (path or ("",))[-1]:
            found.add(str(kind.tag))
    return found
