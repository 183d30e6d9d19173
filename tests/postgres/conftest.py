import tempfile
from pathlib import Path

import pytest

from tests.postgres.cluster import cluster


@pytest.fixture
def server():
    with tempfile.TemporaryDirectory(prefix="rc-pg-") as name, cluster(Path(name)) as running:
        yield running
