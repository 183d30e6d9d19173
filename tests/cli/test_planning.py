"""How many orders a run is planned to want: those of arrivals, and the further lines of batches."""

import pytest

from harness import scenario
from harness.planning import plan_of

TRAFFIC = (
    "traffic: {{arrivals: {{shape: steady, rate: 20/s, for: 2s}}, personas: {{{}}}, lines: 5}}"
)


@pytest.mark.parametrize(
    ("personas", "least", "most"),
    [("patient: 1", 40, 40), ("merchant: 1", 200, 200), ("merchant: 1, patient: 1", 80, 160)],
)
def test_each_line_of_a_batch_is_an_order(tmp_path, personas, least, most):
    path = tmp_path / "s.yaml"
    path.write_text(f"target: reference\n{TRAFFIC.format(personas)}\n", encoding="utf-8")
    plan = plan_of(scenario.stage(path), "r", workers=1, defects=())
    assert least <= plan.intents <= most
    assert plan.intents % 4 == 0
