"""The scenarios that ship and strike workers and schedulers, and the example of a platform that has them."""

from harness.scenario import SCENARIOS

QUEUE = SCENARIOS / "targets" / "queue.yaml"
OF_PARTS = {"i08_workers_killed": QUEUE}
