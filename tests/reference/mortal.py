"""The platform as a process that kills itself right after its n-th commit that changed anything."""

import os
import signal
import sys

from harness.targets.reference import __main__, database


def serve(arguments, dies_after):
    """Run the platform; 0 lets it live."""
    commit, commits = database._commit, 0

    def counted(connection, *told):
        nonlocal commits
        driver = connection.connection.driver_connection
        before = driver.total_changes
        fresh = commit(connection, *told)
        commits += driver.total_changes != before
        if dies_after and commits >= dies_after:
            os.kill(os.getpid(), signal.SIGKILL)
        return fresh

    database._commit = counted
    sys.argv = ["reference", *arguments]
    __main__.main()
