"""What stories about defects share: how much was delivered, and when nothing is left to do."""

from tests.reference.world import eventually


def delivered(world):
    return sum(world.first.delivered.values()) + sum(world.second.delivered.values())


async def quiet(world):
    """Wait until nothing is left to deliver or to refund."""

    async def idle():
        return await world.tasks("supply", "refund", "stock", "batch") == 0

    await eventually(idle)
