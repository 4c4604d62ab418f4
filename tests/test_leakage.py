"""No forecast moves when documents or counts dated after the forecast year do; and this test can
fail.

Tables are compared byte for byte as they are written.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import take_off_corpus as made
from firstlight.instruments.emergence.forecast import outlook
from firstlight.instruments.emergence.technologies import evidence
from firstlight.run.observed import Observation
from firstlight.run.observing import observe
from firstlight.views.observation_contract import first_lines

AS_OF = 2014
COUNTED = 2012
OUTCOMES = ("outcome", "outcome_share", "outcome_ratio")
MAY_DIFFER = {"years", "warnings"}  # they describe the whole record, the later part too
SAID_LATER = {
    "verdict",
    "verdict_rule",
    "warn",
    "old",
}  # first lines on what came, and on the whole record
FACTS = (
    "as_of",
    "horizon",
    "factor",
    "gain",
    "z",
    "ranking",
    "ranking_reason",
    "coverage",
    "precedent_lines",
)
Change = Callable[[pl.DataFrame], pl.DataFrame]


def parted(frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    is_late = pl.col("date").dt.year() > AS_OF
    return frame.filter(~is_late), frame.filter(is_late)


def changed(frame: pl.DataFrame) -> pl.DataFrame:
    """Later documents have others' texts in capitals, new meanings of acronyms, other authors,
    venues and countries."""
    early, late = parted(frame)
    order = np.random.default_rng(5).permutation(late.height)
    named = made.names(30)
    pairs = zip(named, reversed(named), strict=True)
    redefined = "".join(f" We use {one} ({made.acronym(other)})." for one, other in pairs)
    rest = late.drop("id", "date")[order].with_columns(
        pl.col("title").str.to_uppercase(),
        pl.col("abstract").str.to_uppercase() + redefined,
        authors=pl.concat_list(pl.lit("A. Newcomer"), pl.lit("B. Newcomer")),
        source=pl.when(pl.int_range(pl.len()) % 3 == 0)
        .then(pl.lit("A New Journal"))
        .otherwise("source"),
        country=pl.concat_list(pl.lit("FJ")),
    )
    return pl.concat(
        [
            early,
            pl.concat([late.select("id", "date"), rest], how="horizontal").select(early.columns),
        ]
    )


def added(frame: pl.DataFrame) -> pl.DataFrame:
    """Three times as many later documents, about fewer technologies, beside the ones there were."""
    more = made.corpus(years=(AS_OF + 1, made.LAST), per_year=900, technologies=12, seed=9)
    return pl.concat([frame, more.with_columns(id="other-" + pl.col("id"))])


def removed(frame: pl.DataFrame) -> pl.DataFrame:
    """Nothing after the year."""
    return parted(frame)[0]


def partly_removed(frame: pl.DataFrame) -> pl.DataFrame:
    """A whole year in between goes, and half of the last one."""
    year = pl.col("date").dt.year()
    is_second_half = (year == made.LAST) & (pl.col("date").dt.month() > 6)
    return frame.filter((year != AS_OF + 1) & ~is_second_half)


@pytest.fixture(scope="module")
def as_is(tmp_path_factory: pytest.TempPathFactory) -> Observation:
    return observe(made.corpus(), as_of=AS_OF, project=tmp_path_factory.mktemp("as_is"))


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Observation:
    return observe(made.counts(), as_of=COUNTED, project=tmp_path_factory.mktemp("counted"))


def written(frame: pl.DataFrame) -> bytes:
    stream = io.BytesIO()
    frame.write_ndjson(stream)
    stream.write(repr(frame.schema).encode())
    return stream.getvalue()


def told_beforehand(found: Observation) -> Mapping[str, bytes]:
    """Everything that an observation says of its forecast year and of earlier ones, as bytes by
    table."""
    tables = {name: own for name, own in found.tables.items() if name not in MAY_DIFFER}
    tables["technologies"] = tables["technologies"].drop(OUTCOMES)
    tables["new_links"] = tables["new_links"].drop("outcome", "outcome_count")
    tables["history"] = tables["history"].filter(~pl.col("is_future"))
    told = {name: written(own) for name, own in tables.items()}
    told["facts"] = repr([found.facts[name] for name in FACTS]).encode()
    lines = [line for line in first_lines(found.facts) if line.code not in SAID_LATER]
    told["first_lines"] = repr(lines).encode()
    told["new_link_lines"] = repr(
        [one for one in found.facts["new_link_lines"] if one["code"] != "came"]
    ).encode()
    return told


def moved(one: Observation, other: Observation) -> list[str]:
    """Tables of which a byte differs."""
    before, after = told_beforehand(one), told_beforehand(other)
    assert set(before) == set(after)
    return [name for name in before if before[name] != after[name]]


def test_the_observations_compared_are_full_ones(as_is: Observation, counted: Observation) -> None:
    """A comparison of empty tables would prove nothing."""
    for name in (
        "technologies",
        "history",
        "fan",
        "forms",
        "record",
        "gains",
        "past_forecasts",
        "cases",
    ):
        assert as_is.tables[name].height > 0 and counted.tables[name].height > 0, name
    for name in ("themes", "links", "leaders", "documents", "dropped"):
        assert as_is.tables[name].height > 0, name
    assert (
        counted.tables["precedents"].height > 0 and counted.tables["precedents_record"].height > 0
    )
    for found in (as_is, counted):
        scored = found.tables["technologies"].filter(pl.col("status") == "scored")
        assert scored.height >= 30 and scored["outcome"].any() and not scored["outcome"].all()
        assert scored["probability"].n_unique() > 5


# what goes in part is what goes at all, with what stays as it was
PARTLY = pytest.param(partly_removed, marks=pytest.mark.slow)


@pytest.mark.parametrize(
    "change", [changed, added, removed, PARTLY], ids=lambda change: change.__name__
)
def test_nothing_told_moves_when_later_documents_do(
    change: Change, as_is: Observation, tmp_path: Path
) -> None:
    other = observe(change(made.corpus()), as_of=AS_OF, project=tmp_path)
    assert moved(as_is, other) == []
    outcomes = [found.tables["technologies"]["outcome_share"].to_list() for found in (as_is, other)]
    assert outcomes[0] != outcomes[1], "what came did change, so the later documents were read"
    if change is changed:
        assert other.facts["is_future_known"]


def test_what_came_is_unknown_where_no_venue_goes_on(as_is: Observation, tmp_path: Path) -> None:
    is_late = pl.col("date").dt.year() > AS_OF
    elsewhere = pl.when(is_late).then(pl.lit("A New Journal")).otherwise("source").alias("source")
    other = observe(made.corpus().with_columns(elsewhere), as_of=AS_OF, project=tmp_path)
    assert moved(as_is, other) == []
    assert not other.facts["is_future_known"]
    assert (
        other.tables["technologies"]["outcome"].null_count() == other.tables["technologies"].height
    )


def fewer(frame: pl.DataFrame) -> pl.DataFrame:
    is_late = pl.col("year") > COUNTED
    return frame.with_columns(
        pl.when(is_late).then(pl.col("count") // 3).otherwise("count").alias("count")
    )


def more(frame: pl.DataFrame) -> pl.DataFrame:
    late = frame.filter(pl.col("year") > COUNTED)
    new = late.with_columns(pl.col("count") * 3 + 50, entity="new " + pl.col("entity"))
    return pl.concat([frame, new])


def none(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.filter(pl.col("year") <= COUNTED)


FEWER = pytest.param(fewer, marks=pytest.mark.slow)


@pytest.mark.parametrize("change", [FEWER, more, none], ids=lambda change: change.__name__)
def test_nothing_told_moves_when_later_counts_do(
    change: Change, counted: Observation, tmp_path: Path
) -> None:
    other = observe(change(made.counts()), as_of=COUNTED, project=tmp_path)
    assert moved(counted, other) == []
    if change is not more:
        outcomes = [
            found.tables["technologies"]["outcome_share"].to_list() for found in (counted, other)
        ]
        assert outcomes[0] != outcomes[1]


class TestTheTestCanFail:
    """Deliberate leaks, each of which the comparison above finds."""

    def compared(self, tmp_path: Path) -> list[str]:
        whole = made.corpus()
        pair = [
            observe(own, as_of=AS_OF, project=tmp_path / name)
            for name, own in (("one", whole), ("other", changed(whole)))
        ]
        return moved(*pair)

    @pytest.mark.slow
    def test_scores_that_read_a_later_year_are_found(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        read = outlook.course

        def leaky(counts: Any, gain: float, quarters: Any) -> Any:
            later = replace(counts, forecast_year=counts.forecast_year + 1)
            return read(later, gain, quarters)

        monkeypatch.setattr(outlook, "course", leaky)
        assert "technologies" in self.compared(tmp_path)

    @pytest.mark.slow
    def test_documents_dated_later_are_found(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        behind = evidence.documents_behind

        def leaky(
            documents: pl.DataFrame, belongs: Any, uses: Any, ids: Any, year: int
        ) -> pl.DataFrame:
            return behind(documents, belongs, uses, ids, year + 1)

        monkeypatch.setattr(evidence, "documents_behind", leaky)
        assert self.compared(tmp_path) == ["documents"]

    def test_a_forecast_that_differs_in_one_number_is_found(self, as_is: Observation) -> None:
        frame = as_is.tables["technologies"]
        nudged = frame.with_columns((pl.col("probability") + 1e-9).alias("probability"))
        other = replace(as_is, tables={**as_is.tables, "technologies": nudged})
        assert moved(as_is, other) == ["technologies"]
