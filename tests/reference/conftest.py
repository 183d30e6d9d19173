"""Stories told twice: to the honest platform, and to one with a defect."""

import asyncio

import pytest

from tests.reference.world import living


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Tell the same story to the honest platform and to one with a defect; return what both came to."""

    def tell(name, story, **settings):
        async def once(wrong):
            path = tmp_path / f"{len(wrong)}.sqlite"
            async with living(path, monkeypatch, wrong, **settings) as world:
                return await story(world)

        return asyncio.run(once([])), asyncio.run(once([name]))

    return tell
