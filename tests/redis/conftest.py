import tempfile
from pathlib import Path

import pytest

from tests.redis.server import redis_server


@pytest.fixture
def server():
    # A server that is ended while it writes may put down one more file behind whoever clears up.
    folder = tempfile.TemporaryDirectory(prefix="rc-redis-", ignore_cleanup_errors=True)
    with folder as name, redis_server(Path(name)) as found:
        yield found
