"""Takes one act back, in a process of its own: `python -m harness.handles < undo.json`. The guard calls it.

It reads `{"kind", "handle", "step", "memory"}` and exits with 0 once that is done.
"""

import importlib
import sys

import msgspec

from harness.core import folder
from harness.handles._handle import Handle, HandleError, Memory


class Errand(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done, by whom, and what he must know."""

    kind: str
    handle: dict[str, object]
    step: str
    memory: Memory


def main() -> None:
    """Carry out the errand of standard input."""
    errand = msgspec.json.decode(sys.stdin.buffer.read(), type=Errand)
    package = importlib.import_module("harness.handles")
    shape = folder.member(package, errand.kind, Handle)
    handle = msgspec.convert(errand.handle, shape)
    try:
        handle.perform(errand.step, errand.memory)
    except HandleError as error:
        sys.exit(f"recharge-chaos: {error}")


if __name__ == "__main__":
    main()
