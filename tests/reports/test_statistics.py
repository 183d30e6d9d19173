"""The tests that a comparison rests on, held against published values and against brute force."""

import itertools
import random

import pytest

from reports.parts.statistics import fisher, holm, mann_whitney


@pytest.mark.parametrize(
    ("table", "p"),
    # Source: Fisher's tea tasting (1935), 3 of 4 and 1 of 4: 0.4857 two-sided; the second is R's fisher.test help page
    # (Convictions of twins, two-sided 0.0005367).
    [((3, 4, 1, 4), 0.485714), ((2, 17, 10, 13), 0.0005367), ((0, 10, 0, 10), 1.0), ((5, 5, 5, 5), 1.0)],
)  # fmt: skip
def test_fisher_gives_published_values(table, p):
    assert fisher(*table) == pytest.approx(p, rel=1e-3)


def test_fisher_of_many_is_like_the_normal_approximation():
    assert fisher(0, 0, 3, 9) == 1.0
    few, many = fisher(2000, 400_000, 2000, 400_000), fisher(200_000, 900_000, 201_500, 900_000)
    assert few == pytest.approx(1.0, abs=1e-6)
    assert 0 < many < 0.05


def ranked(a, b):
    """Return what Mann and Whitney's test is told of two samples."""
    both = sorted(a + b)
    places = {x: both.index(x) + (both.count(x) + 1) / 2 for x in both}
    ties = sum(both.count(x) ** 3 - both.count(x) for x in set(both))
    return sum(places[x] for x in a), len(a), len(b), ties


def test_mann_whitney_is_near_the_exact_permutation_test():
    draw = random.Random(3)
    a = [draw.randint(0, 20) for _ in range(7)]
    b = [draw.randint(4, 24) for _ in range(7)]
    told = ranked(a, b)
    middle = told[1] * (told[1] + told[2] + 1) / 2
    places = [
        ranked([x], [y for j, y in enumerate(a + b) if j != i])[0] for i, x in enumerate(a + b)
    ]
    sums = [sum(chosen) for chosen in itertools.combinations(places, 7)]
    exact = sum(abs(s - middle) >= abs(told[0] - middle) - 1e-9 for s in sums) / len(sums)
    assert mann_whitney(*told) == pytest.approx(exact, abs=0.02)


def test_samples_that_are_alike_differ_as_often_as_chance_says():
    draw = random.Random(11)
    alarms = 0
    for _ in range(400):
        a, b = ([draw.random() for _ in range(25)] for _ in range(2))
        alarms += mann_whitney(*ranked(a, b)) < 0.05
    assert 0.02 < alarms / 400 < 0.09
    assert mann_whitney(0, 0, 5) == mann_whitney(*ranked([1, 1], [1, 1])) == 1.0


def test_many_questions_make_each_answer_weaker():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == []
