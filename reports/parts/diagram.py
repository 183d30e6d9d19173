"""A story as a sequence diagram: where its arrows, dots and pauses stand. Units are SVG user units.

 time | Customer    Platform's answers    Gateway    Operator | strikes
0.0 s |    o--place-------->o                                 |
1.2 s |    o--pay------------------------->o                  |
1.2 s |                                    * money taken      |
2.0 s |                     o<----notice---o                  |  ! three-at-once
"""

from typing import Literal

import msgspec

from reports.parts.story import EXCHANGES, Mark, Row, Story

WIDTH = 1_000
LANES = {"customer": 190, "platform": 390, "gateway": 590, "operator": 790}
LANES_AND_MESSAGES = {
    "customer": 170,
    "platform": 330,
    "gateway": 490,
    "operator": 650,
    "message": 810,
}
"""The lanes of an order that the platform sent messages about."""
TOP = 58
STEP = 42
PAUSE = 26
LONG_MS = 10_000.0
"""A silence longer than this, in upstream time, is drawn as a pause."""
END = 11
"""How far an arrow stops from its lane's line, so that its outcome can stand there."""


class Beat(msgspec.Struct, frozen=True, kw_only=True):
    """One thing on the diagram at height `y`: an arrow from x1 to x2, a truth on a lane at x1, or a pause or phase."""

    what: Literal["arrow", "truth", "pause", "phase"]
    y: int
    x1: int = 0
    x2: int = 0
    row: Row | None = None
    later_ms: float = 0.0
    phases: tuple[str, ...] = ()
    gap: int = 200
    """How far one lane is from the next."""

    @property
    def label_x(self) -> float:
        """Return where the label is centred: over the first gap between lanes that the arrow crosses."""
        if self.what != "arrow":
            return self.x1
        step = self.gap if self.x2 > self.x1 else -self.gap
        return self.x1 + step / 2

    @property
    def tip_x(self) -> int:
        """Return where the arrow's head points."""
        return self.x2 - END if self.x2 > self.x1 else self.x2 + END

    @property
    def head(self) -> str:
        """Return the arrow head's points."""
        back = -8 if self.x2 > self.x1 else 8
        x, y = self.tip_x, self.y
        return f"{x},{y} {x + back},{y - 4.5} {x + back},{y + 4.5}"


class Diagram(msgspec.Struct, frozen=True, kw_only=True):
    """A story laid out: beats from top to bottom."""

    width: int
    height: int
    lanes: dict[str, int]
    beats: list[Beat]

    @property
    def lane_width(self) -> int:
        """Return how wide a lane's head is."""
        return 168 if len(self.lanes) == len(LANES) else 148


def draw(story: Story) -> Diagram:
    """Lay a story out, a row a beat, with pauses and phases between."""
    beats: list[Beat] = []
    y = TOP
    marks = list(story.marks)
    before: float | None = None
    with_messages = any(row.vantage == "message" for row in story.folded)
    lanes = LANES_AND_MESSAGES if with_messages else LANES
    for row in story.folded:
        y, passed = _phases(beats, marks, row.at_ms, y)
        if before is not None and not passed and row.at_ms - before > LONG_MS:
            beats.append(Beat(what="pause", y=y + PAUSE // 2, later_ms=row.at_ms - before))
            y += PAUSE
        y += STEP
        beats.append(_beat(row, y - STEP // 2 + 8, lanes))
        before = row.at_ms
    return Diagram(width=WIDTH, height=y + 24, lanes=lanes, beats=beats)


def _phases(beats: list[Beat], marks: list[Mark], until_ms: float, y: int) -> tuple[int, bool]:
    """Draw the phases that began before the next event; say where we are, and whether there were any."""
    began: list[str] = []
    while marks and marks[0].at_ms <= until_ms:
        began.append(marks.pop(0).phase)
    if began:
        beats.append(Beat(what="phase", y=y + PAUSE // 2, phases=tuple(began)))
        y += PAUSE
    return y, bool(began)


def _beat(row: Row, y: int, lanes: dict[str, int]) -> Beat:
    ends = _ends(row)
    if ends is None:
        return Beat(what="truth", y=y, x1=lanes.get(row.vantage, lanes["platform"]), row=row)
    gap = lanes["platform"] - lanes["customer"]
    return Beat(what="arrow", y=y, x1=lanes[ends[0]], x2=lanes[ends[1]], row=row, gap=gap)


def _ends(row: Row) -> tuple[str, str] | None:
    """Return who spoke to whom, or None for what happened in one place."""
    side = row.vantage
    if side == "customer":
        if row.kind == "pay":
            return "customer", "gateway"
        return None if row.kind in {"done", "intent"} else ("customer", "platform")
    if side not in EXCHANGES:
        return None
    if row.kind == "notify":
        return side, "platform"
    if row.kind == "pay":
        return "customer", side
    return ("platform", side) if row.kind in EXCHANGES[side] else None
