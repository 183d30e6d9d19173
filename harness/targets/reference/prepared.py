"""Statements of SQLAlchemy Core, compiled once and then run straight on the driver.

An execution through the Core costs 40 us of CPU here, one on the driver 6 us, and an order needs about thirty. What
is given up is what this platform does not use: result types, and lists of varying length.
"""

from typing import Any, NamedTuple

from sqlalchemy import Connection, Update
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.sql.expression import ClauseElement

from harness.targets.reference.database import CHANGED
from harness.targets.reference.tables import orders


class _Compiled(NamedTuple):
    sql: str
    names: list[str] | None
    """The order of the parameters, for drivers that take them by position."""
    constants: dict[str, Any]


class Prepared:
    """One statement; call it with a connection and the values of its parameters, get the driver's cursor.

    One that updates an order, whose number is its parameter `no`, is noted first, so that no cache can miss it.
    """

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}
        self._moves_order = isinstance(statement, Update) and statement.table is orders

    def __call__(self, c: Connection, **values: object) -> Any:
        """Run the statement in the connection's transaction."""
        compiled = self._compiled.get(c.dialect.name) or self._compile(c.dialect)
        if compiled.constants:
            values = {**compiled.constants, **values}
        if self._moves_order:
            c.info[CHANGED].add(values["no"])
        driver: Any = c.connection.driver_connection
        if compiled.names is None:
            return driver.execute(compiled.sql, values)
        return driver.execute(compiled.sql, [values[name] for name in compiled.names])

    def _compile(self, dialect: Dialect) -> _Compiled:
        done: Any = self._statement.compile(dialect=dialect)
        constants = {name: value for name, value in done.params.items() if value is not None}
        self._compiled[dialect.name] = _Compiled(str(done), done.positiontup, constants)
        return self._compiled[dialect.name]
