"""Co-operation across borders: by hand, adding up, intervals that hold, bad input named."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy.stats import binomtest

from firstlight.errors import InputError
from firstlight.instruments.networks.cooperation import cooperation, wilson


def rows(seed: int = 0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    held = [
        (w, f"p{p}", 2000 + w % 4)
        for w in range(200)
        for p in rng.integers(0, 5, 1 + rng.integers(0, 3))
    ]
    return pl.DataFrame(held, schema=["work", "place", "year"], orient="row")


def test_by_hand() -> None:
    frame = pl.DataFrame({"work": list("aaabbc"), "place": ["CN", "DE", "US", "CN", "CN", "CN"]})
    found = cooperation(frame)
    china = found.table.row(0, named=True)
    assert (china["work_count"], china["joint_count"]) == (3, 1)
    assert china["joint_share"] == pytest.approx(1 / 3)
    assert china["joint_fractional_share"] == pytest.approx((1 / 3) / (1 / 3 + 2))
    assert found.whole.row(0, named=True)["joint_share"] == pytest.approx(1 / 3)
    assert found.partners.filter(pl.col("place") == "CN")["partner_share"].to_list() == [1, 1]
    assert "33.3% of 3 works cross a border" in found.summary()
    assert "CN成果最多" in found.summary("zh")


def test_adding_up_and_order() -> None:
    frame = rows()
    found = cooperation(frame, year="year")
    mixed = cooperation(frame.sample(fraction=1, shuffle=True, seed=1), year="year")
    assert mixed.table.equals(found.table)
    assert mixed.partners.equals(found.partners)
    assert found.table["work_fractional_count"].sum() == pytest.approx(200)
    assert found.whole["work_count"].sum() == 200
    two = found.partners.join(
        found.partners, left_on=["year", "place", "partner"], right_on=["year", "partner", "place"]
    )
    assert two["joint_count"].to_list() == two["joint_count_right"].to_list()
    across = (found.table["work_fractional_count"] * found.table["joint_fractional_share"]).sum()
    assert across == pytest.approx(found.whole["joint_count"].sum())


@pytest.mark.parametrize(("k", "n"), [(0, 10), (10, 10), (3, 17), (400, 1000)])
def test_wilson_as_scipy(k: int, n: int) -> None:
    peer = binomtest(k, n).proportion_ci(0.9, "wilson")
    assert [float(end) for end in wilson(k, n, 0.9)] == pytest.approx(
        [peer.low, peer.high], abs=1e-12
    )
    assert np.isnan(wilson(0, 0)).all()


def test_bad_input_is_named() -> None:
    with pytest.raises(InputError, match="level 95"):
        cooperation(rows(), level=95)
    with pytest.raises(InputError, match="nothing in column 'place'"):
        cooperation(
            pl.DataFrame(
                {"work": ["a"], "place": [None]}, schema={"work": pl.String, "place": pl.String}
            )
        )


def test_a_partner_s_share_is_of_the_place_s_own_joint_works_and_intervals_have_the_level() -> None:
    frame = pl.DataFrame({"work": list("aabbc"), "place": ["CN", "DE", "CN", "US", "CN"]})
    found = cooperation(frame, level=0.5)
    shares = dict(((place, partner), share) for place, partner, _, share in found.partners.rows())
    assert shares == {("CN", "DE"): 0.5, ("CN", "US"): 0.5, ("DE", "CN"): 1.0, ("US", "CN"): 1.0}
    ends = [float(end) for end in wilson(2, 3, 0.5)]
    for table in (found.table.filter(place="CN"), found.whole):
        assert table.select("low_share", "high_share").row(0) == pytest.approx(ends)
