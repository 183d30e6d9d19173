from collections import Counter

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.traffic.arrivals import Arrivals, Curve, starts_ms

SHAPES = {
    "steady": {"rate": "40/s", "for": "5s"},
    "ramp": {"from": "10/s", "to": "50/s", "for": "10s"},
    "spike": {"base": "5/s", "peak": "100/s", "at": "2s", "lasts": "1s", "for": "6s"},
    "stairs": {"steps": ["10/s", "0/s", "40/s"], "each": "2s"},
    "holiday": {"base": "10/s", "peak": "60/s", "for": "20s"},
}
EXPECTED = {"steady": 200, "ramp": 300, "spike": 125, "stairs": 100}


def shape(kind, **more):
    return msgspec.convert({"shape": kind, **SHAPES[kind], **more}, Arrivals)


@pytest.mark.parametrize("kind", SHAPES)
def test_starts_rise_within_the_span_and_are_a_pure_function_of_the_seed(kind):
    arrivals = shape(kind)
    starts = starts_ms(arrivals, 7)
    assert starts == sorted(set(starts))
    assert starts[0] >= 0
    assert starts[-1] <= arrivals.curve().span_s * 1000
    assert starts == starts_ms(arrivals, 7)
    assert starts != starts_ms(arrivals, 8)


@pytest.mark.parametrize("kind", EXPECTED)
def test_as_many_come_as_without_it_but_so_many_at_the_same_instant(kind):
    starts = starts_ms(shape(kind, at_once=7), 7)
    assert starts == sorted(starts)
    assert starts[-1] <= shape(kind).curve().span_s * 1000
    assert len(starts) == EXPECTED[kind]
    together = Counter(starts)
    assert [*together.values()] == [7] * (EXPECTED[kind] // 7) + [EXPECTED[kind] % 7][
        : EXPECTED[kind] % 7
    ]


@pytest.mark.parametrize("kind", EXPECTED)
def test_there_are_as_many_arrivals_as_the_integral_says(kind):
    assert len(starts_ms(shape(kind), 7)) == EXPECTED[kind]


@pytest.mark.parametrize("kind", SHAPES)
def test_each_unit_of_the_integral_holds_one_arrival(kind):
    arrivals = shape(kind)
    curve = arrivals.curve()
    for number, at_ms in enumerate(starts_ms(arrivals, 7)):
        assert number - 1e-6 <= curve.expected(at_ms / 1000) <= number + 1 + 1e-6


@pytest.mark.parametrize("kind", SHAPES)
def test_the_integral_is_the_sum_of_the_rate(kind):
    curve = shape(kind).curve()
    step_s = curve.span_s / 100_000
    total = sum(curve.rate_per_s((i + 0.5) * step_s) for i in range(100_000)) * step_s
    assert total == pytest.approx(curve.expected(curve.span_s), rel=1e-3)


def test_nothing_arrives_while_the_rate_is_zero():
    assert not [ms for ms in starts_ms(shape("stairs"), 7) if 2000 < ms < 4000]


def test_a_spike_is_dense_only_while_it_lasts():
    starts = starts_ms(shape("spike"), 7)
    assert len([ms for ms in starts if 2000 <= ms < 3000]) == 100


def test_a_holiday_peaks_at_the_top_of_the_hour_and_decays_by_half_every_tenth():
    curve = shape("holiday").curve()
    assert curve.rate_per_s(0) == curve.rate_per_s(3.9) == 10
    assert curve.rate_per_s(5) == curve.rate_per_s(7.9) == 60
    assert curve.rate_per_s(10) == pytest.approx(35)
    assert curve.rate_per_s(12) == pytest.approx(22.5)
    assert curve.rate_per_s(20) == 0


@given(
    st.lists(
        st.tuples(st.floats(0.01, 50), st.floats(0, 500), st.floats(0, 500)), min_size=1, max_size=6
    )
)
def test_the_inverse_undoes_the_integral(pieces):
    knots, at_s = [], 0.0
    for span_s, low, high in pieces:
        knots += [(at_s, low), (at_s + span_s, high)]
        at_s += span_s
    try:
        curve = Curve(knots)
    except ValueError:
        return
    for share in (0.001, 0.3, 0.5, 0.9, 0.999):
        amount = curve.count * share
        assert curve.expected(curve.time_s(amount)) == pytest.approx(amount, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(
    ("kind", "more", "says"),
    [
        ("steady", {"rate": "5001/s"}, "5000"),
        ("steady", {"for": "61m"}, "1h"),
        ("steady", {"rate": "1000/s", "for": "30m"}, "1000000"),
        ("steady", {"rate": "0/s"}, "between 1"),
        ("steady", {"rate": "fast"}, "a rate such as"),
        ("spike", {"lasts": "10s"}, "ends within"),
        ("stairs", {"steps": []}, "length"),
        ("steady", {"speed": "1/s"}, "unknown field"),
    ],
)
def test_what_cannot_be_driven_is_refused(kind, more, says):
    with pytest.raises(msgspec.ValidationError, match=says):
        shape(kind, **more)
