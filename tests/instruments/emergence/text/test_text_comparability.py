"""Every fault planted in a record is told with its amount; a clean record is told nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from planted_faults import (
    BESIDE,
    FAULTS,
    abstracts_in_even_years,
    in_chinese,
    judged,
    one_venue,
    told,
    value,
)
from planted_records import SCHEMA, ByYear, Plan, always, clean, planted, since

from firstlight.errors import InputError
from firstlight.instruments.emergence.text.comparability import comparability
from firstlight.instruments.emergence.text.comparability_notices import base_rates_jump
from firstlight.sources.documents import read_documents
from firstlight.texts import Code, family_texts


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_told_and_nothing_else(fault: str) -> None:
    _, found = judged(fault)
    assert set(told(found)) == {fault} | BESIDE.get(fault, set())


@pytest.mark.parametrize("fault", FAULTS)
def test_notices_have_words_in_both_languages(fault: str) -> None:
    texts = family_texts("emergence")
    for one in judged(fault)[1].notices:
        english, chinese = (texts.sentence(lang, one.message) for lang in ("en", "zh"))
        assert english != chinese and not {"{", "}"} & set(english + chinese)


@pytest.mark.parametrize(
    "seeds", [range(4), pytest.param(range(4, 50), marks=pytest.mark.slow)], ids=["few", "many"]
)
def test_a_clean_record_is_told_nothing(seeds: range) -> None:
    notices = 0
    for seed in seeds:
        frame = clean(seed)
        found = comparability(frame)
        notices += len(found.notices)
        has_abstracts = frame["abstract"].null_count() < frame.height
        assert found.text == ("title_and_abstract" if has_abstracts else "title")
        assert (found.first_year, found.last_year, found.forecast_year) == (2003, 2018, 2018)
        assert found.documents["is_counted"].all() and found.comparable > 0.5
    assert notices <= 1


def test_abstracts_of_even_years_are_not_counted() -> None:
    frame, found = judged("abstracts_come_and_go")
    notice = told(found)["abstracts_come_and_go"]
    assert found.text == "title" and notice.severity == "yellow"
    assert value(notice, "least") == 0 and value(notice, "least_year") % 2 == 1
    assert 0.9 < value(notice, "most") <= 1 and value(notice, "most_year") % 2 == 0
    assert value(notice, "lowest_rate") < 0.1 and value(notice, "highest_rate") > 0.9
    assert abs(value(notice, "change")) > 0.5
    shares = dict(found.years.select("year", "abstract_share").iter_rows())
    counted = frame.filter(pl.col("year") == 2010)["abstract"].is_not_null().mean()
    assert shares[2010] == counted and shares[2011] == 0


def test_a_few_missing_abstracts_are_no_reason_to_count_titles() -> None:
    frame = one_venue(abstract_share=lambda year: 1.0 if year < 2012 else 0.97)
    found = comparability(frame)
    assert found.text == "title_and_abstract" and not found.notices


def test_texts_of_one_sentence_say_a_thing_once_whatever_later_ones_do() -> None:
    sentence = pl.lit(
        "reads tables of counts and writes them as a page that works without a network"
    )
    short = one_venue().with_columns(abstract=sentence)
    last = int(short["year"].max()) - 4  # type: ignore[arg-type]
    assert comparability(short, last).says_once
    text = pl.concat_str([sentence] * 8, separator=". ")
    later = pl.when(pl.col("year") > last).then(text).otherwise("abstract")
    assert comparability(short.with_columns(abstract=later), last).says_once
    assert not comparability(short.with_columns(abstract=text), last).says_once
    assert comparability(short.with_columns(abstract=pl.lit(None, pl.String)), last).says_once


def test_a_placeholder_is_no_abstract() -> None:
    frame = abstracts_in_even_years().with_columns(
        pl.col("abstract").fill_null("[No abstract available]")
    )
    assert told(comparability(frame)).keys() == {"abstracts_come_and_go"}


def test_summaries_of_a_line_that_grow_a_little_are_abstracts_throughout() -> None:
    """From 52 bytes to 70, so that few have 60 in the first year and most in the last."""
    frame = one_venue()
    first = int(frame["year"].min())  # type: ignore[arg-type]
    sentence = "reads tables of counts and writes them as pages, without a network or a server"
    length = 52 + 2 * (pl.col("year") - first) + pl.int_range(pl.len()) % 9 - 4
    short = frame.with_columns(abstract=pl.lit(sentence).str.slice(0, length))
    found = comparability(short)
    assert found.text == "title_and_abstract" and "text_changes" not in told(found)
    assert found.years["abstract_share"].min() == 1


def test_texts_that_double_change_all_shares_by_so_much() -> None:
    """Shares of words in titles of 14 rather than 7 words are measured directly."""
    frame, found = judged("text_changes")
    notice = told(found)["text_changes"]
    words = frame.select("year", n=pl.col("title").str.split(" ").list.n_unique())
    mean = dict(words.group_by("year").agg(pl.col("n").mean()).iter_rows())
    assert (value(notice, "before"), value(notice, "after")) == (2012, 2013)
    assert value(notice, "change") == pytest.approx(mean[2013] / mean[2012] - 1, abs=0.1)
    assert notice.severity == "red" and found.text == "title"
    assert (value(notice, "words_before"), value(notice, "words_after")) == (7, 14)
    level = dict(found.years.select("year", "text_level").iter_rows())
    assert level[2018] == 1 and level[2010] == pytest.approx(mean[2010] / mean[2018], abs=0.1)


def test_longer_abstracts_are_left_out() -> None:
    found = judged("abstracts_change")[1]
    notice = told(found)["abstracts_change"]
    assert found.text == "title" and 0.3 < value(notice, "change") < 1


@pytest.mark.parametrize(
    "words",
    [since(2013, 120, before=80), since(2010, 80, before=120), lambda year: 10 * (year - 1998)],
)
def test_of_texts_that_grow_longer_or_shorter_as_many_words_are_counted(words: ByYear) -> None:
    """Words per document, counted directly: they change by half, and by less than a twentieth of
    those that are counted."""
    frame = one_venue(words=words)
    found = comparability(frame)
    assert found.text == "title_and_abstract" and found.first_year == 2003
    length = pl.concat_str("title", "abstract", separator=" ").str.split(" ").list.len()
    counted = frame.select("year", whole=length, first=length.clip(upper_bound=found.most_words))
    means = counted.group_by("year").agg(pl.all().mean())
    spread = means.select(pl.exclude("year").max() / pl.exclude("year").min()).row(0, named=True)
    assert spread["whole"] > 1.4 and spread["first"] < 1.05
    notice = told(found)["equal_lengths"]
    assert value(notice, "most_words") == found.most_words and notice.severity == "yellow"
    assert abs(value(notice, "change")) > 0.1 and abs(value(notice, "left")) < 0.05
    levels = found.years["text_level"]
    assert levels.max() - levels.min() < 0.05  # type: ignore[operator]


def test_words_are_not_cut_where_too_few_would_be_left() -> None:
    assert judged("abstracts_change")[1].most_words is None
    short = one_venue(words=since(2013, 120, before=35))
    assert (comparability(short).text, comparability(short).most_words) == ("title", None)


def test_texts_that_shorten_after_the_forecast_year_are_told() -> None:
    """They have fewer words than are counted; longer ones change nothing that is counted."""
    longer = one_venue(
        words=lambda year: {2017: 200.0, 2018: 200.0}.get(year, 70 + 5 * (year - 2003))
    )
    found = comparability(longer, 2016)
    assert told(found).keys() == {"equal_lengths"}
    shorter = one_venue(words=lambda year: {2018: 40.0}.get(year, 70 + 5 * (year - 2003)))
    seen = comparability(shorter, 2016)
    assert seen.most_words == found.most_words
    assert told(seen).keys() == {"equal_lengths", "outcome_text_changes"}


def test_a_few_absent_abstracts_are_not_what_made_them_longer() -> None:
    frame, _ = judged("abstracts_change")
    few = (pl.col("year") == 2010) & (pl.int_range(pl.len()) % 30 == 0)
    absent = frame.with_columns(pl.when(~few).then("abstract").alias("abstract"))
    assert absent["abstract"].null_count() - frame["abstract"].null_count() >= 4
    assert told(comparability(absent)).keys() == {"abstracts_change"}


def test_years_before_abstracts_are_left_out_where_enough_follow() -> None:
    frame, found = judged("abstracts_begin")
    assert found.text == "title_and_abstract" and found.first_year == 2003
    early = (frame["year"] < 2003).to_numpy()
    reasons = np.where(early, "before_first_year", None)
    assert found.documents["reason"].to_list() == reasons.tolist()
    notice = told(found)["abstracts_begin"]
    assert (value(notice, "before"), value(notice, "after")) == (0, 1)
    late = one_venue(abstract_share=since(2010, 1.0))
    assert comparability(late).text == "title"


def test_outcomes_without_abstracts_are_told_apart() -> None:
    found = judged("outcome_text_changes")[1]
    notice = told(found)["outcome_text_changes"]
    assert found.text == "title_and_abstract" and notice.severity == "red"
    assert (value(notice, "before"), value(notice, "after")) == (2016, 2017)
    assert value(notice, "change") < -0.5


def test_a_venue_that_joins_is_standardised_away() -> None:
    _, found = judged("strata_join")
    notice = told(found)["strata_join"]
    assert found.stratum == "source" and notice.severity == "yellow"
    assert [(one.name, one.kind, one.year) for one in found.movements] == [("new", "joins", 2016)]
    assert value(notice, "share") == pytest.approx(0.4, abs=0.03)
    assert value(notice, "take_offs") > 20 and value(notice, "due") > 0.8
    assert value(notice, "denied") > 0.8
    assert found.comparable == pytest.approx(0.6, abs=0.03)


def test_no_share_of_no_take_offs_is_told_where_no_earlier_year_can_be_read() -> None:
    venues = {"old": always(1200), "new": since(2018, 1200)}
    frame = planted(Plan(venues=venues, abstract_share=always(0), years=(2016, 2018)))
    notice = told(comparability(frame, None))["strata_join_alone"]
    assert value(notice, "take_offs") == 0 and value(notice, "share") == pytest.approx(
        0.5, abs=0.05
    )


def test_a_venue_that_leaves_is_standardised_away() -> None:
    notice = told(judged("strata_leave")[1])["strata_leave"]
    assert value(notice, "when") == 2016 and value(notice, "count") == 1
    assert value(notice, "share") == pytest.approx(0.5, abs=0.05)
    assert value(notice, "due") > 0.8 and value(notice, "denied") > 0.8


def test_venues_in_turn_are_paired_by_what_they_publish() -> None:
    _, found = judged("strata_in_turn")
    assert found.in_turn == (("even", "odd"),)
    assert set(found.documents["stratum"]) == {"even + odd", "biennial", "yearly"}
    assert not found.movements


def test_a_language_that_comes_is_told_apart() -> None:
    frame, found = judged("languages_change")
    notice = told(found)["languages_change"]
    assert found.stratum == "language" and value(notice, "least") == 0
    late = frame.filter(pl.col("year") >= 2014)
    share = late["title"].str.contains(r"\p{Han}").mean()
    assert value(notice, "most") == pytest.approx(share, abs=0.1)
    assert set(found.documents["language"]) == {"en", "zh"}
    assert set(found.documents["stratum"]) == {"all · en", "all · zh"}
    assert value(notice, "due") > 0.8 and value(notice, "take_offs") > 20


@pytest.mark.parametrize("stratum", ["none", "language"])
def test_a_year_without_a_document_needs_no_venues(stratum: str) -> None:
    frame = planted(Plan(venues={"": always(150)}, years=(2008, 2018))).drop("source")
    if stratum == "language":
        frame = in_chinese(frame, 0.4, 2012)
    stray = pl.col("id") == frame.filter(pl.col("year") == 2018)["id"][0]
    found = comparability(frame.filter((pl.col("year") < 2017) | stray), None)
    assert (found.stratum, found.forecast_year) == (stratum, 2016)
    fallen = [one for one in found.notices if one.code in ("year_falls", "sources_end")]
    told_of = [(one.code, value(one, "year"), value(one, "documents")) for one in fallen]
    assert told_of == [("year_falls", 2017, 0), ("year_falls", 2018, 1)]


def test_a_partial_year_is_not_the_last() -> None:
    frame, found = judged("partial_year")
    notice = told(found)["partial_year"]
    assert (found.forecast_year, found.last_year, value(notice, "year")) == (2017, 2017, 2018)
    assert value(notice, "missing") == pytest.approx(0.25, abs=0.05)
    assert value(notice, "expected") == pytest.approx(150, rel=0.15)
    assert told(comparability(frame, 2018))["partial_year"].severity == "red"
    assert notice.severity == "yellow"


def test_a_year_that_falls_is_not_the_last() -> None:
    found = judged("year_falls")[1]
    notice = told(found)["year_falls"]
    assert found.forecast_year == 2017 and value(notice, "missing") == pytest.approx(0.5, abs=0.1)


def test_a_source_that_ends_is_named() -> None:
    frame, found = judged("sources_end")
    notice = told(found)["sources_end"]
    before = frame.filter(pl.col("year").is_between(2015, 2017))
    assert [one.value for one in value(notice, "names")] == ["ended"]
    assert value(notice, "share") == pytest.approx((before["source"] == "ended").mean(), abs=1e-6)
    assert found.forecast_year == 2017


def test_languages_whose_names_are_missed_are_told() -> None:
    notice = told(judged("languages_missed")[1])["languages_missed"]
    assert value(notice, "share") == pytest.approx(0.2, abs=0.01)
    assert value(notice, "languages") == (Code("languages.de"),)


def test_a_gap_is_told() -> None:
    found = judged("year_with_gap")[1]
    notice = told(found)["year_with_gap"]
    assert value(notice, "year") == 2010 and value(notice, "missing") == pytest.approx(0.6, abs=0.1)
    assert found.years.filter(~pl.col("is_complete"))["year"].to_list() == [2010]


def test_an_early_gap_is_held_against_the_years_around_it() -> None:
    sizes = {**dict.fromkeys(range(2005, 2013), 200), 2007: 60}
    frame = planted(Plan(venues={"a": sizes.__getitem__}, years=(2005, 2012)))
    notice = told(comparability(frame, None))["year_with_gap"]
    held = dict(frame["year"].value_counts().iter_rows())
    before, after = (held[2005] + held[2006]) / 2, sorted(held[2008 + at] for at in range(3))[1]
    assert (value(notice, "year"), value(notice, "documents")) == (2007, held[2007])
    around = min(before, after, held[2005], held[2009])
    assert value(notice, "expected") == pytest.approx(around, abs=0.5)


def test_a_first_year_with_the_documents_of_earlier_ones_is_not_counted() -> None:
    frame, found = judged("year_of_earlier")
    notice = told(found)["year_of_earlier"]
    held = dict(frame["year"].value_counts().iter_rows())
    assert (value(notice, "year"), value(notice, "documents")) == (2006, held[2006])
    assert held[2006] > 4 * held[2007]
    assert value(notice, "expected") == max(
        sorted(held[2007 + at] for at in range(3))[1], held[2008]
    )
    assert found.years.filter(~pl.col("is_complete"))["year"].to_list() == [2006]
    assert found.first_year == 2007


def test_a_record_that_begins_large_is_no_heap() -> None:
    """A venue held every other year, and one that shrinks slowly."""
    sizes = {year: 300 if year % 2 == 0 else 100 for year in range(2006, 2019)}
    frame = planted(Plan(venues={"a": sizes.__getitem__}, years=(2006, 2018)))
    assert "year_of_earlier" not in told(comparability(frame, None))
    frame = planted(Plan(venues={"a": lambda year: 400 - 20 * (year - 2006)}, years=(2006, 2018)))
    assert "year_of_earlier" not in told(comparability(frame, None))


def test_rejected_documents_do_not_count() -> None:
    frame, found = judged("turned_down")
    out = frame["status"] == "rejected"
    assert found.documents["id"].equals(frame["id"])
    assert (found.documents["is_counted"] == ~out).all()
    assert found.documents.filter(out)["stratum"].null_count() == out.sum()
    notice = told(found)["turned_down"]
    assert value(notice, "count") == out.sum() and notice.severity == "note"
    assert value(notice, "share") == pytest.approx(out.mean(), abs=1e-6)
    total = found.years["documents_count"].sum()
    assert total == frame.height - out.sum()


def test_little_that_can_be_compared_is_red() -> None:
    found = judged("few_comparable")[1]
    notice = told(found)["few_comparable"]
    assert notice.severity == "red" and found.notices[0] == notice
    assert value(notice, "share") == pytest.approx(0.2, abs=0.03)


def test_what_left_with_most_of_the_documents_is_red() -> None:
    frame, found = judged("few_still_there")
    notice = told(found)["few_still_there"]
    assert notice.severity == "red" and found.notices[0] == notice
    before = frame.filter(pl.col("year").is_between(2014, 2015))
    assert value(notice, "share") == pytest.approx((before["source"] == "goes_on").mean())
    assert value(notice, "share") == pytest.approx(300 / 720, abs=0.02)
    assert (value(notice, "before"), value(notice, "year")) == (2015, 2018)
    # all that is recent can be compared: the rule on recent documents sees nothing
    assert found.comparable == 1.0


@pytest.mark.parametrize(
    "fault",
    [
        "strata_join",
        "equal_lengths",
        pytest.param("strata_in_turn", marks=pytest.mark.slow),
        pytest.param("abstracts_come_and_go", marks=pytest.mark.slow),
    ],
)
def test_documents_after_the_forecast_year_decide_nothing(fault: str) -> None:
    frame = judged(fault)[0]
    other = FAULTS["languages_change"][0]().filter(pl.col("year") > 2016)
    other = other.with_columns(source=pl.lit("later"), id="x" + pl.col("id"))
    past = frame.filter(pl.col("year") <= 2016)
    seen = [comparability(one, 2016) for one in (frame, past, pl.concat([past, other]))]
    decisions = [
        (
            each.text,
            each.most_words,
            each.first_year,
            each.stratum,
            each.in_turn,
            each.movements,
            each.comparable,
        )
        for each in seen
    ]
    assert decisions[0] == decisions[1] == decisions[2]
    until = pl.col("year") <= 2016
    years = [each.years.filter(until) for each in seen]
    assert years[0].equals(years[1]) and years[0].equals(years[2])
    known = [each.documents.head(past.height) for each in seen]
    assert known[0].equals(known[1]) and known[0].equals(known[2])
    about_later = {"outcome_text_changes", "year_falls", "sources_end"}
    spoken = [[one for one in each.notices if one.code not in about_later] for each in seen]
    assert spoken[0] == spoken[1] == spoken[2]


@pytest.mark.parametrize(
    "fault", ["strata_join", "equal_lengths", "languages_change", "partial_year"]
)
def test_the_order_of_rows_changes_nothing(fault: str) -> None:
    frame, found = judged(fault)
    order = np.random.default_rng(1).permutation(frame.height)
    shuffled = comparability(frame[order])
    assert shuffled.notices == found.notices and shuffled.years.equals(found.years)
    assert shuffled.documents.equals(found.documents[order])


def test_a_record_without_documents_is_refused() -> None:
    empty = pl.DataFrame(schema=SCHEMA)
    with pytest.raises(InputError, match="no document to count"):
        comparability(empty)
    with pytest.raises(InputError, match="up to 1990"):
        comparability(one_venue(), 1990)


@pytest.mark.parametrize("rows", [1, 2, 30])
def test_a_tiny_record_is_judged_all_the_same(rows: int) -> None:
    frame = one_venue().sample(rows, seed=1)
    for fields in (["source"], ["abstract"], ["source", "abstract", "status"]):
        bare = frame.with_columns(pl.lit(None, pl.String).alias(name) for name in fields)
        assert comparability(bare).documents.height == rows
    assert comparability(frame.drop("source", "status")).stratum == "none"
    assert comparability(frame.with_columns(title=pl.lit(None, pl.String))).text != "title"


def test_base_rates() -> None:
    """Rates of a record with abstracts in even years only, and of words of a steady one."""
    years = list(range(2004, 2010))
    jump = base_rates_jump(years, [200] * 6, [0, 184, 8, 200, 6, 192])
    assert jump is not None and jump.severity == "red"
    assert (value(jump, "lowest"), value(jump, "highest"), value(jump, "count")) == (0, 1, 4)
    steady = base_rates_jump(years, [1929, 1916, 1946, 1968, 1984, 1996], [33, 28, 18, 14, 28, 45])
    assert steady is None
    assert base_rates_jump([2001, 2003], [200, 200], [0, 184]) is None  # not one after another
    assert base_rates_jump([2001], [5], [0]) is None and base_rates_jump([], [], []) is None


def test_base_rates_that_vary_by_chance_do_not_jump() -> None:
    """Take-offs in groups of three: 200 records of 15 years."""
    rng = np.random.default_rng(5)
    sizes = rng.integers(50, 2000, size=(200, 15))
    took_off = 3 * rng.binomial(sizes // 3, 0.06)
    jumps = [
        base_rates_jump(list(range(15)), list(n), list(k)) is not None
        for n, k in zip(sizes, took_off, strict=True)
    ]
    assert sum(jumps) <= 2


@pytest.fixture(scope="module")
def real(shared: Path) -> Callable[[str], pl.DataFrame]:
    folder = shared / "data" / "documents"

    @cache
    def read(name: str) -> pl.DataFrame:
        return read_documents(folder / name).table.frame

    return read


@pytest.mark.slow
def test_conferences(real: Callable[[str], pl.DataFrame]) -> None:
    """What the description of the data says: abstracts come and go, venues join, 2025 is partial."""
    frame = real("ai_conferences.parquet")
    found = comparability(frame)
    notices = told(found)
    assert (found.forecast_year, found.last_year, found.text) == (2024, 2024, "title")
    assert found.in_turn == (("eccv", "iccv"),)
    assert value(notices["turned_down"], "share") == pytest.approx(0.068, abs=0.002)
    join = notices["strata_join"]
    assert value(join, "count") == 15 and 0.3 < value(join, "due") < 0.5
    assert 0.4 < value(join, "denied") < 0.6
    moved = {(one.name, one.kind): one.year for one in found.movements}
    assert moved[("ijcai", "joins")] == moved[("wacv", "joins")] == 2020
    assert moved[("icra", "leaves")] == moved[("iros", "leaves")] == 2024
    assert value(notices["sources_end"], "names")[0].value == "nips"
    assert notices.keys() == {
        "sources_end",
        "abstracts_come_and_go",
        "strata_join",
        "strata_leave",
        "strata_in_turn",
        "turned_down",
    }


@pytest.mark.slow
def test_robotics(real: Callable[[str], pl.DataFrame]) -> None:
    """2016, 2024 and 2025 are visibly incomplete; nothing else is wrong."""
    frame = real("robotics_ml_with_countries.parquet")
    found = comparability(frame)
    incomplete = found.years.filter(~pl.col("is_complete") & (pl.col("year") > 2000))
    assert incomplete["year"].to_list() == [2016, 2024, 2025]
    assert found.forecast_year == 2023 and found.text == "title_and_abstract"
    assert told(found).keys() == {"year_with_gap", "sources_end", "year_falls"}
    seen = comparability(frame, 2016)
    assert seen.notices[0].code == "year_falls" and seen.notices[0].severity == "red"
    assert comparability(frame, 2024).notices[0].severity == "red"


@pytest.mark.slow
def test_arxiv(real: Callable[[str], pl.DataFrame]) -> None:
    found = comparability(real("arxiv_tech.parquet"), 2016)
    assert (found.text, found.stratum, found.last_year) == ("title_and_abstract", "category", 2019)
    assert told(found).keys() <= {"weights_change"}
    assert found.comparable > 0.99


def test_patents_scopus_and_chinese(real: Callable[[str], pl.DataFrame]) -> None:
    patents = comparability(real("us_neural_network_patents.parquet"))
    assert told(patents).keys() == {"partial_year"} and patents.forecast_year == 2017
    assert (patents.text, patents.stratum) == ("title_and_abstract", "none")
    scopus = comparability(real("scopus_export.csv.gz"))
    assert told(scopus).keys() == {"year_falls"} and scopus.forecast_year == 2016
    chinese = comparability(real("arxiv_chinese.parquet"))
    assert (chinese.forecast_year, chinese.text) == (2024, "title")
    assert told(chinese).keys() == {"year_falls", "partial_year"}  # 2025, and 2026 up to August
