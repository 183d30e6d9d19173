"""What became of a commit whose answer was lost: each writing transaction at a server leaves a mark of its own.

    the transaction      INSERT mark ... COMMIT --> (no answer)
    whoever asks         INSERT the same mark, ROLLBACK
        it waits         the transaction is still under way
        it is refused    the transaction was committed
        it is taken      the transaction is gone, and nothing of it has happened

PostgreSQL can also be asked by number (pg_xact_status), but a server that crashed may give a number that it had not
written down to another transaction, whose fate would then be taken for that of ours.
"""

import logging
import threading
import uuid

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError

from harness.targets.reference.clock import tick_s

log = logging.getLogger("reference.database")

ASK_FOR_S = 30.0
ASK_AGAIN_S = 0.2
_LAST = "last mark"
_TABLE = "CREATE TABLE IF NOT EXISTS commits (mark text PRIMARY KEY)"
_FORGET = "DELETE FROM commits WHERE mark = %s"
# A transaction that wrote nothing has no number; nothing is lost with the answer to it.
_LEAVE = "INSERT INTO commits SELECT %s::text WHERE pg_current_xact_id_if_assigned() IS NOT NULL"
_AGAIN = "INSERT INTO commits VALUES (%s)"


class Marks:
    """The marks of one server; one at a time stays for each connection."""

    def __init__(self, engine: Engine, ask_for_s: float = ASK_FOR_S) -> None:
        self._ask_for_s = ask_for_s
        self._over = threading.Event()
        with engine.begin() as connection:
            connection.exec_driver_sql(_TABLE)

    def leave(self, connection: Connection) -> str | None:
        """Leave a mark at the end of a transaction, if that has written anything; return it."""
        mark = uuid.uuid4().hex
        if not connection.exec_driver_sql(_LEAVE, (mark,)).rowcount:
            return None
        if last := connection.info.get(_LAST):
            connection.exec_driver_sql(_FORGET, (last,))
        return mark

    def kept(self, connection: Connection, mark: str | None) -> None:
        """Note that a transaction was committed: the next one of this connection takes its mark away."""
        if mark is not None:
            connection.info[_LAST] = mark

    def came_about(self, connection: Connection, mark: str) -> bool | None:
        """Say whether a transaction was committed; None if the server does not say so in time, or nobody waits longer.

        Doing its steps again could do them twice, and leaving them undone could lose what others have been told. It is
        never the asking that is committed: an answer lost to that would be taken for the transaction's own.
        """
        end_s = tick_s() + self._ask_for_s
        while not self._over.is_set() and tick_s() < end_s:
            try:
                with connection.begin() as asking:
                    connection.exec_driver_sql(_AGAIN, (mark,))
                    asking.rollback()
            except IntegrityError:
                return True
            except DBAPIError as error:
                log.warning("what became of commit %s cannot be asked yet: %s", mark, error)
                if not connection.invalidated:
                    connection.invalidate()
                self._over.wait(ASK_AGAIN_S)
            else:
                return False
        return None

    def close(self) -> None:
        """Ask no longer."""
        self._over.set()
