"""Pairs that may meet: who is a candidate, what counts, how lists are scored, and that planted
mergers are found."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from threadpoolctl import threadpool_limits

from firstlight.instruments.emergence.links import combination, forecast
from firstlight.instruments.emergence.links.combination import (
    Fitted,
    Sample,
    design_of,
    fit,
    sample_of,
)
from firstlight.instruments.emergence.links.figures import SIZES, figures, neighbours, profiles
from firstlight.instruments.emergence.links.forecast import COMBINATION, backtest, new_links
from firstlight.instruments.emergence.links.pairs import (
    HORIZON,
    Candidates,
    candidates,
    charted,
    is_new_link,
    is_within,
    meetings,
    shared_documents,
)
from firstlight.instruments.emergence.links.record import CHOICE, first_of, measured, record_table
from firstlight.instruments.emergence.technologies.membership import yearly_counts
from firstlight.instruments.emergence.technologies.survey import Survey

FIRST, LAST, PER_YEAR = 2000, 2016, 300
FIELDS, OF_A_FIELD = 6, 8


def survey_of(
    belongs: sparse.csr_matrix, years: np.ndarray, year: int, labels: list[str]
) -> Survey:
    """A survey of technologies that are all scored, each its own group."""
    ids = [label.replace(" ", "") for label in labels]
    counts = yearly_counts(belongs, ids, years, pl.Series(["all"] * len(years)), year)
    size = len(labels)
    forms = pl.DataFrame({"technology": range(size), "form": labels})
    nobody = np.zeros(counts.counts.shape)
    everyone = np.ones(size, dtype=bool)
    first = np.full(size, FIRST)
    return Survey(
        counts, tuple(labels), everyone, np.arange(size), first, nobody, nobody, forms, 1.0
    )


@pytest.fixture(scope="module")
def planted() -> tuple[sparse.csr_matrix, np.ndarray, list[str]]:
    """Documents of six fields; technologies of one field appear together, two of each field only
    late."""
    rng = np.random.default_rng(3)
    years = np.repeat(np.arange(FIRST, LAST + 1), PER_YEAR)
    field = rng.integers(FIELDS, size=len(years))
    uses = np.zeros((FIELDS * OF_A_FIELD, len(years)), dtype=bool)
    for row in range(len(uses)):
        rate = np.where(field == row // OF_A_FIELD, 0.3, 0.004)
        uses[row] = rng.random(len(years)) < rate
    for own in range(FIELDS):
        for late in range(4):  # of each field four pairs keep apart until a year of their own
            one, other = own * OF_A_FIELD + 2 * late, own * OF_A_FIELD + 2 * late + 1
            apart = years < FIRST + 4 + 3 * late + own % 3
            uses[other] &= ~(uses[one] & apart)
    labels = [f"thing{row:02d}" for row in range(len(uses))]
    return sparse.csr_matrix(uses.astype(np.float32)), years, labels


def of_years(
    planted: tuple[sparse.csr_matrix, np.ndarray, list[str]], years: range
) -> tuple[dict, dict]:
    belongs, dated, labels = planted
    surveys = {year: survey_of(belongs, dated, year, labels) for year in years}
    return surveys, {year: shared_documents(belongs, own, dated) for year, own in surveys.items()}


def small() -> tuple[Survey, pl.DataFrame]:
    """Four technologies: 0 and 1 share two documents, 0 and 2 one, 1 and 3 none, and 2 is a part of
    3's name."""
    labels = ["alpha", "beta", "gamma ray", "deep gamma ray"]
    documents = [(0, 1), (0, 1), (0, 2), (3,), (2, 3), (1, 3), (1, 3), (1, 3), *[()] * 40]
    years = np.array([2010, 2011, 2012, 2012, 2012, 2013, 2014, *[2015] * 41])
    belongs = np.zeros((4, len(years)), dtype=np.float32)
    for column, rows in enumerate(documents):
        belongs[list(rows), column] = 1
    held = sparse.csr_matrix(belongs)
    own = survey_of(held, years, 2012, labels)
    return own, shared_documents(held, own, years)


def test_shared_documents_are_counted_before_and_after_the_forecast_year() -> None:
    own, shared = small()
    rows = {(one, other): tuple(rest) for one, other, *rest in shared.iter_rows()}
    assert rows == {(0, 1): (2, 2, 0), (0, 2): (1, 1, 0), (1, 3): (0, 0, 3), (3, 2): (1, 1, 0)}
    assert charted(own).tolist() == [0, 1, 3, 2]  # by name


def test_candidates_hardly_met_and_are_no_part_of_each_other() -> None:
    own, shared = small()
    pairs = candidates(own, shared)
    named = {
        frozenset((own.labels[pairs.rows[a]], own.labels[pairs.rows[b]]))
        for a, b in zip(pairs.one, pairs.other, strict=True)
    }
    assert named == {
        frozenset(("alpha", "gamma ray")),
        frozenset(("alpha", "deep gamma ray")),
        frozenset(("beta", "gamma ray")),
        frozenset(("beta", "deep gamma ray")),
    }
    met = meetings(own, shared, pairs)
    came = is_new_link(own, met, pairs, 3)
    assert met[came].tolist() == [3] and came.sum() == 1


def test_a_year_without_years_before_has_figures_by_size(
    planted: tuple[sparse.csr_matrix, np.ndarray, list[str]],
) -> None:
    surveys, shared = of_years(planted, range(FIRST, FIRST + 1))
    found = figures(surveys[FIRST], candidates(surveys[FIRST], shared[FIRST]))
    order = np.argsort(found["product_of_growth"], kind="stable")
    assert all(np.isfinite(values).all() for values in found.values())
    assert (np.diff(found[SIZES][order]) >= 0).all()


def test_a_meeting_that_sizes_explain_is_none() -> None:
    """Two technologies in half of all documents share a quarter of them by chance."""
    rng = np.random.default_rng(0)
    years = np.repeat([2010, 2011, 2012, 2013], 200)
    uses = rng.random((2, 800)) < 0.5
    uses[1, years == 2010] &= ~uses[0, years == 2010]
    held = sparse.csr_matrix(uses.astype(np.float32))
    own = survey_of(held, years, 2010, ["alpha", "beta"])
    shared = shared_documents(held, own, years)
    pairs = candidates(own, shared)
    met = meetings(own, shared, pairs)
    assert met[0] > 100 and not is_new_link(own, met, pairs, 3)[0]


def test_figures_are_those_of_their_definitions(
    planted: tuple[sparse.csr_matrix, np.ndarray, list[str]],
) -> None:
    surveys, shared = of_years(planted, range(2008, 2009))
    own = surveys[2008]
    pairs = candidates(own, shared[2008])
    found = figures(own, pairs)
    near, information = neighbours(pairs), profiles(pairs)
    place = int(np.argmax(found["common_neighbours"]))
    one, other = int(pairs.one[place]), int(pairs.other[place])
    common = np.flatnonzero(near[one] & near[other])
    degree = near.sum(axis=1)
    expected = {
        "common_neighbours": len(common),
        "adamic_adar": (1 / np.log(degree[common])).sum(),
        "resource_allocation": (1 / degree[common]).sum(),
        "cosine": information[one]
        @ information[other]
        / np.linalg.norm(information[one])
        / np.linalg.norm(information[other]),
    }
    for name, value in expected.items():
        assert found[name][place] == pytest.approx(value, abs=1e-6), name
    size = pairs.documents
    assert found[SIZES][place] == pytest.approx(np.log(size[one] * size[other]))
    assert len(common) > 0


def test_planted_mergers_come_first(
    planted: tuple[sparse.csr_matrix, np.ndarray, list[str]],
) -> None:
    surveys, shared = of_years(planted, range(2002, LAST - HORIZON + 1))
    found = new_links(surveys, shared, LAST - HORIZON, LAST)
    pooled = {
        row["ranking"]: row
        for row in found.record.filter(pl.col("year").is_null()).iter_rows(named=True)
    }
    assert pooled["cosine"]["auc"] > 0.9 > pooled[SIZES]["auc"]
    assert pooled[CHOICE]["average_precision"] > 3 * pooled[CHOICE]["base_rate"]
    fields = [
        (int(one[-2:]) // OF_A_FIELD, int(other[-2:]) // OF_A_FIELD)
        for one, other in found.links.head(3).select("technology_id", "other_id").iter_rows()
    ]
    assert all(one == other for one, other in fields)
    named = [*found.links["technology_id"], *found.links["other_id"]]
    assert len(named) == len(set(named))


def test_what_comes_later_moves_no_forecast(
    planted: tuple[sparse.csr_matrix, np.ndarray, list[str]],
) -> None:
    belongs, dated, labels = planted
    year = 2011
    turned = belongs.toarray()
    turned[:, dated > year] = turned[::-1, dated > year]
    surveys, shared = of_years(planted, range(2002, year + 1))
    others, apart = of_years((sparse.csr_matrix(turned), dated, labels), range(2002, year + 1))
    one, other = (new_links(*each, year, LAST) for each in ((surveys, shared), (others, apart)))
    said = pl.exclude("outcome", "outcome_count")
    assert one.links.select(said).equals(other.links.select(said)) and one.record.equals(
        other.record
    )
    assert not one.links["outcome_count"].equals(other.links["outcome_count"])


def test_company_that_reads_later_years_would_be_found(
    planted: tuple[sparse.csr_matrix, np.ndarray, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test above can fail."""
    read = forecast.candidates

    def leaky(survey: Survey, shared: pl.DataFrame) -> Candidates:
        return read(survey, shared.with_columns(pl.col("recent") + pl.col("later")))

    monkeypatch.setattr(forecast, "candidates", leaky)
    with pytest.raises(AssertionError):
        test_what_comes_later_moves_no_forecast(planted)


def test_the_order_of_technologies_does_not_matter(
    planted: tuple[sparse.csr_matrix, np.ndarray, list[str]],
) -> None:
    belongs, dated, labels = planted
    order = np.random.default_rng(1).permutation(len(labels))
    mixed = (belongs[order].tocsr(), dated, [labels[row] for row in order])
    one, other = (
        new_links(*of_years(each, range(2002, 2012)), 2011, LAST) for each in (planted, mixed)
    )
    assert one.links.equals(other.links) and one.record.equals(other.record)


def test_lists_name_each_technology_once_and_scores_are_those_of_their_definitions() -> None:
    scores = np.array([5.0, 4.0, 3.0, 2.0])
    one, other = np.array([0, 0, 2, 4]), np.array([1, 2, 3, 5])
    assert first_of(scores, one, other, 3).tolist() == [0, 2, 3]
    came = np.array([True, False, False, True])
    found = measured(scores, came, one, other)
    assert found["precision_20"] == pytest.approx(2 / 3)  # three lines, two of which met
    assert found["average_precision"] == pytest.approx((1 + 2 / 4) / 2)
    assert found["auc"] == pytest.approx(0.5)
    assert np.isnan(measured(scores, came & False, one, other)["auc"])


def test_the_combination_finds_planted_weights() -> None:
    rng = np.random.default_rng(2)
    names = ("product_of_sizes", "product_of_growth", "common_neighbours", "adamic_adar")
    names += ("resource_allocation", "shared_paths", "cosine", "latent_cosine")
    values = {name: rng.uniform(0, 1, 40_000) for name in names}
    odds = -6 + 4 * values["product_of_sizes"]
    came = rng.random(40_000) < 1 / (1 + np.exp(-odds))
    design = design_of(values, np.zeros(40_000, dtype=bool))
    learnt = fit([sample_of(design, came)])
    assert learnt is not None
    slopes = learnt.coefficients[1:] / learnt.spread
    assert slopes[0] == pytest.approx(4, abs=0.5) and np.abs(slopes[[1, 7]]).max() < 0.5
    told = 1 / (1 + np.exp(-learnt.log_odds(design)))
    assert told.sum() == pytest.approx(came.sum(), rel=0.1)
    assert fit([sample_of(design, came & (rng.random(40_000) < 0.01))]) is None


def test_log_odds_do_not_depend_on_threads() -> None:
    """Products of fewer rows are never split between threads."""
    rng = np.random.default_rng(3)
    design = rng.normal(size=(130_001, 9))
    found = Fitted(np.zeros(9), np.ones(9), rng.normal(size=10))
    said = []
    for threads in (1, 2):
        with threadpool_limits(threads):
            said.append(found.log_odds(design))
    assert np.array_equal(*said) and np.array_equal(said[0], np.round(said[0], 9))


def test_a_figure_that_tells_everything_has_a_finite_weight() -> None:
    """On such data plain Newton steps grow without bound."""
    came = np.arange(1_000) < 60
    design = np.column_stack([came, np.arange(1_000) % 7]).astype(float)
    learnt = fit([sample_of(design, came)])
    assert learnt is not None and np.abs(learnt.coefficients).max() < 10
    rows, weights = (design - learnt.centre) / learnt.spread, learnt.coefficients
    chance = 1 / (1 + np.exp(-weights[0] - rows @ weights[1:]))
    assert (came - chance).sum() == pytest.approx(0, abs=1e-6)  # the likelihood is flat there
    assert rows.T @ (came - chance) == pytest.approx(10 * weights[1:], abs=1e-6)


def test_nothing_is_learnt_where_every_pair_met() -> None:
    came = np.ones(100, dtype=bool)
    assert fit([sample_of(np.arange(100.0)[:, None], came)]) is None


def test_a_listed_combination_is_learnt_once(
    planted: tuple[sparse.csr_matrix, np.ndarray, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    surveys, shared = of_years(planted, range(2002, 2012))
    _, known = backtest({year: surveys[year] for year in range(2002, 2009)}, shared, [], fewest=3)
    for precision in known.precision.values():
        precision[COMBINATION] = 1.0
    learnt = []

    def noted(samples: Sequence[Sample]) -> Fitted | None:
        learnt.append(fit(samples))
        return learnt[-1]

    monkeypatch.setattr(combination, "FEWEST_NEW_LINKS", 1)
    monkeypatch.setattr(forecast, "fit", noted)
    links, used, _ = forecast._listed(surveys[2011], shared[2011], known, LAST, 3)
    assert (
        used == COMBINATION and len(learnt) == 1 and links["probability"].is_sorted(descending=True)
    )


@pytest.mark.parametrize(
    ("one", "other", "within"),
    [
        ("图神经网络", "神经网络", True),
        ("图神经网络", "图像", False),
        ("BERT模型", "bert", True),
        ("graph network", "network", True),
        ("graph network", "net", False),
    ],
)
def test_a_name_that_stands_in_another_is_a_part_of_it(one: str, other: str, within: bool) -> None:
    held = sparse.csr_matrix(np.ones((2, 3), dtype=np.float32))
    own = survey_of(held, np.array([2010, 2011, 2012]), 2012, [one, other])
    assert is_within(own, np.array([0, 1])).tolist() == [[True, within], [within, True]]


def test_the_record_has_no_combination_before_it_can_be_learnt(
    planted: tuple[sparse.csr_matrix, np.ndarray, list[str]],
) -> None:
    rows, _ = backtest(*of_years(planted, range(2002, 2013)), checked=range(2002, 2013))
    table = record_table(rows, SIZES)
    first = table.filter(pl.col("year") == 2002)
    assert COMBINATION not in first["ranking"].to_list()
    assert first.filter("is_used")["ranking"].to_list() == [SIZES]
    yearly = table.filter(pl.col("year").is_not_null())
    used = yearly.filter("is_used")["precision_20"].mean()
    choice = table.filter(pl.col("ranking") == CHOICE)["precision_20"][0]
    assert choice == pytest.approx(used, abs=1e-6)


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 9), st.integers(10, 19)), max_size=60),
    st.integers(1, 8),
)
def test_a_list_is_the_same_however_many_pairs_are_looked_at_at_once(
    pairs: list[tuple[int, int, int]], block: int
) -> None:
    columns = np.array(pairs, dtype=np.int64).reshape(-1, 3)
    scores, one, other = columns[:, 0].astype(np.float64), columns[:, 1], columns[:, 2]
    expected: list[int] = []
    for place in sorted(range(len(pairs)), key=lambda place: -pairs[place][0]):
        named = {row for listed in expected for row in pairs[listed][1:]}
        if len(expected) < 5 and not named & set(pairs[place][1:]):
            expected.append(place)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(f"{first_of.__module__}.BLOCK", block)
        assert first_of(scores, one, other, 5).tolist() == expected
