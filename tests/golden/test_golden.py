"""The kept run renders byte for byte the same."""

import pytest

from tests import golden


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    return golden.again(tmp_path_factory.mktemp("golden") / "run")


@pytest.mark.parametrize("name", golden.MADE)
def test_it_is_rendered_byte_for_byte_the_same(rendered, name):
    assert rendered[name] == (golden.KEPT / name).read_bytes()
