"""Finds the adapter of a target: ours, or a subclass in a file of the user's."""

import importlib.util
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from harness.core.errors import UsageError
from harness.targets._accounts import AccountsFile, read
from harness.targets.adapter import Adapter
from harness.targets.target import Target


def adapter_of(target: Target, folder: Path, gateway_urls: Iterable[str] = ()) -> Adapter:
    """Build the adapter of a target whose file lies in `folder`.

    Raises:
        UsageError: the file has no subclass of Adapter, or cannot be run.
    """
    kind = _own(folder / target.adapter) if target.adapter else Adapter
    return kind(target, folder, gateway_urls)


def from_json(raw: Mapping[str, Any]) -> Adapter:
    """Build an adapter from a target in plain data, as the traffic job carries it.

    Beside the target's own keys it has `folder`, and each gateway may have its `url`, and the `linked` one over a
    link that is struck: the platform hands out whichever it was told.
    """
    told = dict(raw)
    folder = Path(told.pop("folder", "."))
    gateways = told["gateways"].values()
    urls = [str(one[key]) for one in gateways for key in ("url", "linked") if one.get(key)]
    return adapter_of(msgspec.convert(told, Target), folder, urls)


def with_accounts(target: Target, folder: Path) -> Target:
    """Return a target whose accounts have been read from their file, and which has no more customers than those.

    Raises:
        UsageError: the file cannot be read, or is empty.
    """
    accounts = target.accounts
    if isinstance(accounts, AccountsFile):
        accounts = read(folder / accounts.csv)
    if accounts is None:
        return target
    if not accounts:
        raise UsageError("accounts: the list is empty")
    return msgspec.structs.replace(
        target, accounts=accounts, customers=min(target.customers, len(accounts))
    )


def _own(path: Path) -> type[Adapter]:
    spec = importlib.util.spec_from_file_location(f"target_adapter_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise UsageError(f"{path}: a Python file was expected")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise UsageError(f"{path}: {type(error).__name__}: {error}") from error
    for kind in vars(module).values():
        if isinstance(kind, type) and issubclass(kind, Adapter) and kind is not Adapter:
            return kind
    raise UsageError(f"{path}: there is no subclass of Adapter in it")
