import tempfile
from pathlib import Path

import pytest

from tests.redis.server import redis_server


@pytest.fixture
def server():
    with tempfile.TemporaryDirectory(prefix="rc-redis-") as name, redis_server(Path(name)) as found:
        yield found
