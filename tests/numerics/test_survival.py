"""Waiting times: published estimates, identities, and what order and censoring may do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firstlight.errors import InputError
from firstlight.numerics.survival import kaplan_meier

# Weeks of remission under 6-mercaptopurine, 21 patients, + = still in remission (Freireich and
# others 1963, Blood 21, 699-716). The estimates and Greenwood's errors are printed in many
# textbooks, e.g. Collett, Modelling Survival Data in Medical Research, and Kleinbaum and Klein,
# Survival Analysis, table 2.2.
WEEKS = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
RELAPSED = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]


def test_the_published_remission_times() -> None:
    found = kaplan_meier(WEEKS, np.array(RELAPSED, dtype=bool), level=0.95)
    assert found.time.tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert found.at_risk.tolist() == [21, 17, 15, 12, 11, 7, 6]
    assert found.share == pytest.approx(
        [0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482], abs=5e-5
    )
    assert found.error == pytest.approx(
        [0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346], abs=5e-5
    )
    assert found.quantile(0.5)[0] == 23
    assert np.isnan(found.quantile(0.9)[0]), "the record ends before nine in ten have relapsed"


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=25),
    st.randoms(use_true_random=False),
)
def test_bounds_order_and_identity(pairs: list[tuple[int, bool]], order: object) -> None:
    """Without censoring it is the plain share; it never rises, lies within its bounds, and order
    never shows."""
    times, events = [t for t, _ in pairs], [e for _, e in pairs]
    found = kaplan_meier(times, events)
    assert (np.diff(found.share) <= 1e-12).all()
    assert (found.low <= found.share + 1e-12).all() and (found.share <= found.high + 1e-12).all()
    assert (found.low >= 0).all() and (found.high <= 1).all()
    order.shuffle(pairs)  # type: ignore[attr-defined]
    again = kaplan_meier([t for t, _ in pairs], [e for _, e in pairs])
    assert again.share.tolist() == found.share.tolist()
    whole = kaplan_meier(times, [True] * len(times))
    assert whole.share == pytest.approx([np.mean(np.array(times) > t) for t in whole.time])


def test_censoring_keeps_more_waiting() -> None:
    seen = kaplan_meier([1, 2, 3, 4], [True] * 4)
    censored = kaplan_meier([1, 2, 3, 4], [True, False, True, True])
    assert censored.share[censored.time == 3][0] > seen.share[seen.time == 3][0]


def test_bad_durations_are_named() -> None:
    with pytest.raises(InputError) as below:
        kaplan_meier([1, -1], [True, True])
    assert below.value.code == "duration_below_zero" and below.value.where == "durations[1]"
    with pytest.raises(InputError) as unpaired:
        kaplan_meier([1, 2], [True])
    assert unpaired.value.code == "durations_unpaired"
    assert kaplan_meier([1, 2], [False, False]).time.size == 0
