"""Two tests and one correction, small enough to be read: is a difference between two runs more than chance?

fisher       two rates, by Fisher's exact test; by the normal approximation where counts are too large for sums
mann_whitney two samples, by ranks: no assumption about how latencies are distributed
holm         p-values of many questions that were asked at once
"""

import math
from collections.abc import Sequence

MOST_TERMS = 200_000
_TIE = 1 + 1e-9


def fisher(bad_a: int, all_a: int, bad_b: int, all_b: int) -> float:
    """Return the two-sided p-value of two rates being one; 1 where there is nothing to compare.

    Source: Fisher, The Design of Experiments (1935); two-sided by summing what is no likelier than what was seen.
    """
    bad, everything = bad_a + bad_b, all_a + all_b
    if not all_a or not all_b or bad in {0, everything}:
        return 1.0
    low, high = max(0, bad - all_b), min(bad, all_a)
    if high - low > MOST_TERMS:
        return _two_proportions(bad_a, all_a, bad_b, all_b)

    def log_chance(k: int) -> float:
        return _log_choose(all_a, k) + _log_choose(all_b, bad - k)

    seen, whole = log_chance(bad_a), _log_choose(everything, bad)
    terms = (log_chance(k) for k in range(low, high + 1))
    likely = math.fsum(
        math.exp(term - whole) for term in terms if term <= seen + math.log(_TIE) + 1e-7
    )
    return min(1.0, likely)


def mann_whitney(rank_sum_a: float, n_a: int, n_b: int, ties: float = 0.0) -> float:
    """Return the two-sided p-value of two samples being alike, by the normal approximation.

    `rank_sum_a` is the sum of the (mean) ranks of the first sample among both, `ties` the sum of t**3 - t over
    groups of t equal values. Source: Mann and Whitney, Annals of Mathematical Statistics 18 (1947), 50-60.
    """
    n = n_a + n_b
    if not n_a or not n_b or n < 2:
        return 1.0
    u = rank_sum_a - n_a * (n_a + 1) / 2
    variance = n_a * n_b / 12 * (n + 1 - ties / (n * (n - 1)))
    if variance <= 0:
        return 1.0
    distance = max(abs(u - n_a * n_b / 2) - 0.5, 0.0)
    return math.erfc(distance / math.sqrt(variance) / math.sqrt(2))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return the p-values corrected for their number, in the order given.

    Source: Holm, Scandinavian Journal of Statistics 6 (1979), 65-70.
    """
    corrected = [1.0] * len(p_values)
    worst = 0.0
    for place, index in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        worst = max(worst, min(1.0, (len(p_values) - place) * p_values[index]))
        corrected[index] = worst
    return corrected


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def _two_proportions(bad_a: int, all_a: int, bad_b: int, all_b: int) -> float:
    pooled = (bad_a + bad_b) / (all_a + all_b)
    error = math.sqrt(pooled * (1 - pooled) * (1 / all_a + 1 / all_b))
    return math.erfc(abs(bad_a / all_a - bad_b / all_b) / error / math.sqrt(2)) if error else 1.0
