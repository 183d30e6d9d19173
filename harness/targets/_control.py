"""How a run gets hold of the platform's own processes."""

from typing import Literal

import msgspec

from harness.core.units import duration_ms
from harness.handles import Action, Handled
from harness.targets._words import Step


class DefectFolder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Named mistakes that a platform can be started with: `argument NAME` is added to its command."""

    folder: str
    argument: str


class Instance(Handled, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of several processes of the platform, and what it is there for."""

    role: Literal["web", "worker", "scheduler"] = "web"
    """Who answers requests, who carries out what is queued, or who says when something is due."""

    def answers(self) -> bool:
        """Say whether it is seen to be healthy where the platform answers: a worker has no address."""
        return self.role == "web"


class Control(Handled, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to get hold of the platform (docs/targets.md, "Control"), and how to see that it is healthy."""

    instances: list[Instance] = []
    """Where there are several: each by a handle of its own, and none above. They are started in this order."""
    actions: dict[str, Action] = {}
    """What else can be done to it, by name."""
    health: Step | None = None
    healthy_within: str = "30s"
    defects: DefectFolder | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        duration_ms(self.healthy_within)
        if self.instances and self.held():
            raise ValueError("either instances or one handle")
        if not all(one.held() for one in self.instances):
            raise ValueError("each instance needs a handle, such as container: {name: shop-1}")
        if not (self.held() or self.instances or self.actions):
            raise ValueError("a handle (start, pid_file, container, compose, commands) or actions")
        if self.defects is not None and not self.start:
            raise ValueError("defects need start, the command that they are added to")

    def all_held(self) -> list[Handled]:
        """Return each instance, or the platform itself where it is one, if we may get hold of it."""
        return [*self.instances] or ([self] if self.held() else [])

    def playing(self, role: str) -> list[int]:
        """Return which instances have a role, from 0."""
        return [at for at, one in enumerate(self.instances) if one.role == role]
