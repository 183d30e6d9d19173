"""The lines of a batch as a target wants them: mappings become a list for JSON, texts stand one under the other."""

from collections.abc import Callable
from typing import Any

from harness.targets.template import Scope, compiled

LINE = {
    "goods": "{{goods.id}}",
    "account": "{{intent.account}}",
    "client_no": "{{intent.token}}",
}
"""A line where the target file does not say another."""
Bought = Callable[[Scope], dict[str, Any]]


class Lines:
    """What `{{lines}}` is, by the target file's `batch_line`."""

    def __init__(self, line: str | dict[str, Any]) -> None:
        """Compile a line; raises UsageError where a filter does not exist."""
        self._fill = compiled(line)
        self._text = isinstance(line, str)

    def of(self, scope: Scope, bought: Bought) -> str | list[Any]:
        """Fill in each of `scope["lines"]`: its goods, account and token; `bought` tells all values of its goods."""
        filled = [self._fill({**scope, **line, "goods": bought(line)}) for line in scope["lines"]]
        return "\n".join(filled) if self._text else filled
