"""Indices by declaration: a public index reproduced whole, what must not change a score, what is
missing, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from declared_indices import asem, declared, rows

from firstlight import measure
from firstlight.composites import (
    combined_weights,
    composite_scores,
    critic_weights,
    entropy_weights,
    index,
    index_weights,
    min_max,
    read_declaration,
    score_nodes,
    with_choices,
)
from firstlight.errors import InputError
from firstlight.measurement import folders
from firstlight.result import Result
from firstlight.texts import Count, Name, Share, names
from firstlight.views.publish import publish_result

SHIPPED = ("new_quality", "high_quality", "four_chains")


def drawn(n: int = 12, k: int = 3) -> Any:
    return np.random.default_rng(2).lognormal(size=(n, k))


def scores(result: Result) -> dict[str, float]:
    return dict(result.table.select("unit", "score_index").iter_rows())


# the first rows that the vignette "Presenting Results" of the R package COINr 1.1 prints for its
# example: index, connectivity, sustainability, and the eight pillars
ASEM = {
    "CHE": (68.38, 62.79, 73.98, 63.41, 32.87, 74.78, 85.94, 56.93, 77.21, 87.85, 56.88),
    "NLD": (64.82, 61.94, 67.70, 64.87, 46.62, 84.55, 71.74, 41.92, 58.73, 86.58, 57.78),
    "DNK": (64.80, 57.10, 72.51, 50.52, 30.43, 78.13, 75.35, 51.04, 69.83, 86.40, 61.29),
    "NOR": (64.47, 57.44, 71.50, 58.18, 25.70, 80.03, 89.46, 33.80, 70.90, 87.00, 56.59),
    "BEL": (63.54, 63.99, 63.09, 71.97, 48.22, 80.84, 75.60, 43.32, 53.01, 86.17, 50.09),
    "SWE": (63.00, 53.87, 72.12, 51.51, 23.87, 80.98, 74.51, 38.50, 66.37, 87.74, 62.27),
}
LEVELS = ("Connectivity", "Sustainability", "Physical", "Economic and Financial (Con)")
LEVELS += ("Political", "Institutional", "People to People", "Environmental", "Social")
LEVELS += ("Economic and Financial (Sus)",)


def test_the_public_index_of_49_indicators_is_reproduced_whole(reference: Path) -> None:
    long, given = asem(reference)
    result = index(long, declaration=given)
    assert result.table["unit"].head(6).to_list() == list(ASEM)
    assert result.table["rank"].head(6).to_list() == [1, 2, 3, 4, 5, 6]
    by_level = {
        (row["unit"], row["dimension"]): row["score_index"]
        for row in result.tables["dimensions"].iter_rows(named=True)
    }
    for unit, (whole, *levels) in ASEM.items():
        assert scores(result)[unit] == pytest.approx(whole, abs=0.0051)
        found = [by_level[unit, level] for level in LEVELS]
        assert found == pytest.approx(levels, abs=0.0051)
    steps = dict(result.tables["treatment"]["step"].value_counts().iter_rows())
    assert steps["filled_mean"] == 65  # as its first version prints
    added = result.tables["contributions"].group_by("unit").agg(pl.col("contribution_index").sum())
    assert dict(added.iter_rows()) == pytest.approx(scores(result))


def test_a_score_is_the_sum_of_what_indicators_add_with_gaps_too() -> None:
    x = drawn(20, 5)
    x[2, 0] = x[5, 4] = x[7, 1] = np.nan
    for aggregation in ("arithmetic", "grey_relational"):
        result = index(rows(x), declaration=declared(5), aggregation=aggregation, least_weight=0)
        parts = (
            result.tables["contributions"].group_by("unit").agg(pl.col("contribution_index").sum())
        )
        assert dict(parts.iter_rows()) == pytest.approx(scores(result), abs=1e-10)


def test_units_of_measure_order_and_direction() -> None:
    x = drawn()
    plain = index(rows(x), declaration=declared())
    other = index(rows(x * [1e-6, 1e9, 40] + [3, -7, 0]).reverse(), declaration=declared())
    assert scores(other) == pytest.approx(scores(plain), abs=1e-6)
    assert other.table["unit"].to_list() == plain.table["unit"].to_list()
    turned = declared()
    turned["indicators"][2]["direction"] = "positive"
    assert scores(index(rows(x * [1, 1, -1]), declaration=turned)) == pytest.approx(scores(plain))
    assert index(rows(x), declaration=declared()).table.equals(plain.table)


WEIGHTINGS = ("equal", "given", "entropy", "critic", "variation", "principal_components", "merec")


@pytest.mark.parametrize("weights", WEIGHTINGS)
def test_weights_add_up_to_one(weights: Any) -> None:
    result = index(rows(drawn()), declaration=declared(), weights=weights)
    assert result.tables["weights"]["weight_share"].sum() == pytest.approx(1)
    assert result.tables["weights"]["weight_share"].min() > 0


def test_weights_of_the_panel_of_each_year_and_of_one_year() -> None:
    x, years = drawn(12), [2000] * 6 + [2001] * 6
    u = min_max(x, [False, False, True])

    def shares(over: str, **choices: Any) -> pl.DataFrame:
        given = declared(weights="entropy", weights_over=over, **choices)
        return index(rows(x, years), declaration=given).tables["weights"]

    def of(frame: pl.DataFrame) -> list[float]:
        return frame.sort("indicator")["weight_share"].to_list()

    assert of(shares("panel")) == pytest.approx(entropy_weights(u))
    early = entropy_weights(min_max(x[:6], [False, False, True]))
    late = entropy_weights(min_max(x[6:], [False, False, True]))
    by_year = shares("year")
    assert of(by_year.filter(pl.col("year") == 2000)) == pytest.approx(early)
    assert of(by_year.filter(pl.col("year") == 2001)) == pytest.approx(late)
    assert of(shares("one_year")) == pytest.approx(late)
    assert of(shares("one_year", weights_year=2000)) == pytest.approx(early)
    with pytest.raises(InputError) as raised:
        shares("one_year", weights_year=1999)
    assert raised.value.code == "no_such_year"


def test_judgements_and_combinations() -> None:
    given = declared(weights="combination", combine=["ahp", "critic"], combine_by="product")
    given["judgements"] = [
        {"of": "own", "order": ["a", "b"], "matrix": [[1, 3], ["1/3", 1]]},
        {"of": "a", "order": ["x1", "x0"], "matrix": [[1, 4], [0.25, 1]]},
    ]
    x = drawn()
    result = index(rows(x), declaration=given)
    critic = critic_weights(min_max(x, [False, False, True])).weight
    product = np.sqrt(np.array([0.75 * 0.2, 0.75 * 0.8, 0.25]) * critic)
    found = result.tables["weights"].sort("indicator")["weight_share"].to_list()
    assert found == pytest.approx(product / product.sum())
    assert result.tables["weightings"]["weighting"].unique().sort().to_list() == ["ahp", "critic"]
    assert result.tables["judgements"]["verdict"].to_list() == ["consistent"] * 2
    given["judgements"][0] = {
        "of": "",
        "order": ["b", "a"],
        "matrix": [[1, 2], [0.5, 1]],
    }
    with pytest.raises(InputError) as raised:
        index(rows(x), declaration=given)
    assert raised.value.code == "not_quoted"


def test_judgements_that_contradict_each_other_are_said() -> None:
    given = declared(4, weights="ahp")
    matrix = [[1, 9, "1/9"], ["1/9", 1, 9], [9, "1/9", 1]]
    given["judgements"] = [{"of": "a", "order": ["x0", "x1", "x2"], "matrix": matrix}]
    result = index(rows(drawn(12, 4)), declaration=given)
    said = {each.code: each.values for each in result.said}
    assert said["inconsistent"]["ratio"].value > 1
    assert "consistent" not in said


def test_no_score_rests_on_less_than_seven_tenths_of_the_weight_unless_asked() -> None:
    x = drawn()
    x[4, 2] = np.nan  # half of the weight: all of dimension b
    result = index(rows(x), declaration=declared())
    row = result.table.row(by_predicate=pl.col("unit") == "u04", named=True)
    assert (row["score_index"], row["rank"], row["reason"]) == (None, None, "little_known")
    assert row["known_share"] == pytest.approx(0.5)
    said = {each.code: each.values for each in result.said}
    assert said["no_score"]["count"] == Count(1)
    assert said["no_score"]["least"] == Share(0.7)
    asked = index(rows(x), declaration=declared(), least_weight=0.5)
    parts = asked.tables["dimensions"].filter(pl.col("unit") == "u04").sort("dimension")
    assert scores(asked)["u04"] == pytest.approx(parts["score_index"][0])
    assert parts["reason"].to_list() == [None, "little_known"]
    filled = index(rows(x), declaration=declared(missing="median"))
    assert scores(filled)["u04"] is None  # what was filled in is no value


def test_an_indicator_that_the_table_lacks_keeps_its_weight_as_missing() -> None:
    long = rows(drawn()).filter(pl.col("indicator") != "x0")
    result = index(long, declaration=declared(), weights="entropy", least_weight=0.7)
    assert result.table["known_share"].to_list() == pytest.approx([0.75] * 12)
    assert {each.code for each in result.said} >= {"absent", "rests_on"}
    assert "absent" in result.tables["treatment"]["step"].to_list()


def test_limits() -> None:
    same = index(rows(np.ones((4, 3))), declaration=declared())
    assert same.table["score_index"].to_list() == [None] * 4
    assert same.table["reason"].to_list() == ["no_spread"] * 4
    x = drawn()
    x[:, 1] = 5
    constant = index(rows(x), declaration=declared())
    assert constant.table["known_share"].to_list() == [1.0] * 12
    weights = dict(constant.tables["weights"].select("indicator", "weight_share").iter_rows())
    assert weights == pytest.approx({"X0": 1 / 3, "X1": 0, "X2": 2 / 3})
    ties = index(rows([[1, 1, 2], [1, 1, 2], [2, 2, 1]]), declaration=declared())
    assert ties.table["rank"].to_list() == [1, 2, 2]
    top = index(rows([[2, 2, 1], [2, 2, 1], [1, 1, 2]]), declaration=declared())
    assert top.said[0].code == "tied"
    assert top.said[0].values["units"] == names(["u00", "u01"])
    zeros = index(rows(drawn()), declaration=declared(), aggregation="geometric")
    assert zeros.table["score_index"].min() == 0
    assert "zeros" in {each.code for each in zeros.said}
    one = index(rows(drawn(1)), declaration=declared())
    assert one.table["score_index"].to_list() == [None]


def test_each_year_by_itself() -> None:
    x, years = drawn(12), [2000] * 6 + [2001] * 6
    both = index(rows(x, years), declaration=declared(over="year"))
    alone = index(rows(x[6:], [2001] * 6), declaration=declared())
    late = both.table.filter(pl.col("year") == 2001)["score_index"].to_list()
    assert late == pytest.approx(alone.table["score_index"].to_list())


def test_denominators_and_what_is_wrong_with_them() -> None:
    given = declared()
    given["denominators"] = [{"code": "size", "title": "Size", "unit": "1"}]
    given["indicators"][0]["denominator"] = "size"
    x = drawn()
    by = np.arange(1.0, 13)
    by[3], by[5] = 0, np.nan
    long = pl.concat([rows(x), rows(by[:, None]).with_columns(indicator=pl.lit("size"))])
    result = index(long, declaration=given, least_weight=0.5)
    part = result.tables["contributions"].filter(pl.col("indicator") == "X0").sort("unit")
    assert part["value"][1] == pytest.approx(x[1, 0] / 2)
    reasons = {"u03": "denominator_zero", "u05": "denominator_missing"}
    assert dict(part.drop_nulls("reason").select("unit", "reason").iter_rows()) == reasons


def aimed_at(target: Any) -> dict[str, Any]:
    """One indicator, best at a target."""
    given = declared(1)
    given["dimensions"] = given["dimensions"][1:]
    given["indicators"][0] |= {"direction": "moderate", "target": target}
    return given


def test_a_moderate_indicator_is_best_at_its_target() -> None:
    x = [[0.0], [2.0], [4.0], [5.0], [6.0], [10.0], [12.0]]
    # distances from 4 to 6 are 4, 2, 0, 0, 0, 4 and 6
    found = scores(index(rows(x), declaration=aimed_at([4, 6])))
    assert list(found[f"u{at:02d}"] for at in range(7)) == pytest.approx(
        [100 / 3, 200 / 3, 100, 100, 100, 100 / 3, 0]
    )
    # a target beyond all values is a direction
    high, low = (scores(index(rows(x), declaration=aimed_at(target))) for target in (99, -99))
    assert [high["u00"], high["u06"], low["u00"], low["u06"]] == [0, 100, 100, 0]


def test_a_target_goes_with_no_scale_of_the_indicators_own_unit() -> None:
    with pytest.raises(InputError) as raised:
        index(rows([[1.0], [2.0]]), declaration=aimed_at(1), normalisation="reference")
    assert raised.value.code == "no_target"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"normalisation": "goalposts"}, "no_goalposts"),
        ({"normalisation": "z", "aggregation": "geometric"}, "below_zero"),
        ({"weights": "ahp"}, "no_judgements"),
        ({"weights": "combination"}, "nothing_to_combine"),
        ({"weights": "benefit_of_the_doubt", "aggregation": "topsis"}, "doubt_from_zero"),
    ],
)
def test_choices_that_do_not_go_together(options: Mapping[str, Any], code: str) -> None:
    with pytest.raises(InputError) as raised:
        index(rows(drawn()), declaration=declared(), **options)
    assert raised.value.code == code


def test_a_table_of_other_indicators_is_refused_where_nobody_has_a_score() -> None:
    """One indicator of the shipped index among two that it does not know: refused; scored on what
    there is where that is asked for; and where the table has no others, the answer says it."""
    strange = rows(drawn()).with_columns(
        indicator=pl.col("indicator").replace({"x0": "schooling", "x1": "Life expectancy"})
    )
    with pytest.raises(InputError) as raised:
        index(strange)
    assert raised.value.code == "other_indicators"
    told = str(raised.value)
    assert all(word in told for word in ("schooling", "Life expectancy", "x2", "new_quality"))
    assert index(strange, least_weight=0).table["score_index"].is_not_null().all()
    known = strange.filter(pl.col("indicator") == "schooling")
    assert index(known).said[0].code == "nobody"


def test_messages_name_indicator_unit_and_year() -> None:
    x = drawn(6)
    x[4, 2] = 0
    with pytest.raises(InputError) as raised:
        index(rows(x, [2000] * 6), declaration=declared(), normalisation="reference")
    told = str(raised.value)
    assert raised.value.code == "not_above_zero"
    assert all(word in told for word in ("x2", "u04", "2000"))
    x[:4, 0] = x[5, 1] = np.nan
    with pytest.raises(InputError) as raised:
        index(rows(x), declaration=declared(), weights="critic")
    assert raised.value.code == "few_complete_rows" and "x0" in str(raised.value)
    with pytest.raises(InputError) as raised:
        index(rows(np.ones((4, 3))), declaration=declared(), weights="entropy")
    assert raised.value.code == "no_weights"
    with pytest.raises(InputError) as raised:
        index(rows(drawn()), declaration="new_quality")
    assert raised.value.code == "no_indicator"
    twice = pl.concat([rows(drawn()), rows(drawn()).with_columns(indicator=pl.lit("X0")).head(1)])
    with pytest.raises(InputError) as raised:
        index(twice, declaration=declared())
    assert raised.value.code == "two_names"


def test_every_combination_of_scale_and_aggregation_keeps_a_better_unit_before() -> None:
    x = np.array([[3.0, 3, 1], [2, 2, 2], [1, 1, 3], [1.5, 1.2, 2.9]])
    for normalisation in ("min_max", "z", "rank", "percentile", "reference", "vector"):
        for aggregation in ("arithmetic", "mazziotta_pareto", "topsis", "grey_relational", "vikor"):
            if (normalisation, aggregation) == ("vector", "mazziotta_pareto"):
                continue  # which has values below 0
            found = index(
                rows(x),
                declaration=declared(),
                normalisation=normalisation,
                aggregation=aggregation,
            )
            assert found.table["unit"].to_list() == ["u00", "u01", "u03", "u02"]


def test_a_wide_frame_is_the_long_one() -> None:
    """Numbers beside the keys are indicators; a text beside them is none."""
    x = drawn()
    x[3, 1] = np.nan
    long = rows(x, [2000] * 6 + [2001] * 6)
    wide = long.pivot("indicator", index=["unit", "year"], values="value")
    wide = wide.with_columns(note=pl.lit("from the yearbook"))
    one, other = index(long, declaration=declared()), index(wide, declaration=declared())
    assert all(table.equals(other.tables[name]) for name, table in one.tables.items())
    pandas = index(wide.to_pandas(), declaration=declared())
    assert pandas.table.equals(one.table)
    for lacking in (wide.drop("unit"), wide.select("unit", "year", "note"), long.drop("value")):
        with pytest.raises(InputError) as raised:
            index(lacking, declaration=declared())
        assert raised.value.code == "no_column"


def test_weightings_combined_by_game_theory() -> None:
    given = declared(weights="combination", combine=["entropy", "critic"], combine_by="game_theory")
    x = drawn()
    result = index(rows(x), declaration=given)
    scaled = min_max(x, [False, False, True])
    both = [entropy_weights(scaled), critic_weights(scaled).weight]
    found = result.tables["weights"].sort("indicator")["weight_share"].to_list()
    assert found == pytest.approx(combined_weights(both, "game_theory"))
    given["choices"]["combine_shares"] = [1, 2]
    with pytest.raises(InputError) as raised:
        index(rows(x), declaration=given)
    assert raised.value.code == "shares_of_game"


def test_deviations_of_a_population_where_the_declaration_says_so() -> None:
    x = drawn(5)
    options = {"normalisation": "z", "aggregation": "mazziotta_pareto"}
    given = declared(deviations="population", **options)
    given["dimensions"] = given["dimensions"][:1]
    given["indicators"][2]["dimension"] = "a"
    z = 10 * (x - x.mean(axis=0)) / x.std(axis=0) * [1, 1, -1] + 100
    expected = z.mean(axis=1) - z.var(axis=1) / z.mean(axis=1)
    result = index(rows(x), declaration=given)
    assert scores(result) == pytest.approx({f"u{at:02d}": own for at, own in enumerate(expected)})
    assert "deviations" in {each.code for each in result.conventions}


def test_weights_that_the_data_cannot_give_say_why() -> None:
    x = drawn()
    years = [2000] * 11 + [2001]
    with pytest.raises(InputError) as raised:
        index(rows(x, years), declaration=declared(weights="entropy", weights_over="year"))
    assert raised.value.code == "few_rows_of_weights" and "2001" in str(raised.value)
    even = x.copy()
    even[:, 1] = [-1, 1] * 6
    with pytest.raises(InputError) as raised:
        index(rows(even), declaration=declared(weights="variation"))
    assert (raised.value.code, raised.value.values["indicator"]) == ("mean_zero", Name("x1"))


@pytest.mark.parametrize("penalty", ["minus", "plus"])
@pytest.mark.parametrize(
    "means",
    [
        {"aggregation": kind, "above": above}
        for kind in ("arithmetic", "geometric", "mazziotta_pareto")
        for above in ("arithmetic", "mazziotta_pareto")
    ],
)
def test_the_scale_that_is_said_holds_every_score(means: dict[str, str], penalty: str) -> None:
    choices = {"normalisation": "min_max", "lowest": 0, "highest": 100, "penalty": penalty, **means}
    # far apart in the first dimension, and between both
    x = [[0, 1, 1], [1, 0, 0], [1, 1, 1], [0, 0, 0]]
    found = index(rows(x), declaration=declared(3, **choices))
    (scale,) = (own.values["scale"].value for own in found.said if "scale" in own.values)
    is_within = found.table["score_index"].is_between(0, 100).all()
    assert is_within or scale.code == "phrases.penalised"
    assert ("mazziotta_pareto" in means.values()) == (scale.code == "phrases.penalised")


def test_goalposts_do_not_move_with_the_table() -> None:
    given = declared(normalisation="goalposts")
    for each in given["indicators"]:
        each["goalposts"] = [0, 4]
    x = [[1.0, 2, 3], [5, 4, 0]]
    result = index(rows(x), declaration=given)
    assert scores(result) == pytest.approx({"u00": 31.25, "u01": 100})
    assert "beyond" in {each.code for each in result.said}


def test_wide_tables_chinese_headings_and_a_changed_file(tmp_path: Path) -> None:
    wide = pl.DataFrame(
        {
            "地区": ["甲", "乙", "丙"],
            "年份": [2020] * 3,
            "单位地区生产总值能耗": [0.4, 0.6, 0.5],
            "常住人口城镇化率（%）": [70.0, 60.0, 65.0],
            "employment": [3.0, 4.0, 5.0],
        }
    )
    file = tmp_path / "wide.csv"
    wide.write_csv(file)
    options: dict[str, Any] = {"declaration": "high_quality", "project": tmp_path / "kept"}
    result = measure("index", file, least_weight=0.05, **options)
    assert result.table["unit"].to_list() == ["甲", "丙", "乙"]
    assert result.table["score_index"].to_list() == pytest.approx([100, 50, 0])
    text = (Path(__file__).parents[3] / DECLARATIONS / "high_quality.toml").read_text("utf-8")
    own = tmp_path / "own.toml"
    own.write_text(text, "utf-8")
    options["declaration"] = own
    before = measure("index", file, least_weight=0.05, **options)
    own.write_text(text.replace("highest = 100", "highest = 10"), "utf-8")
    after = measure("index", file, least_weight=0.05, **options)
    assert before.table["score_index"].max() == 100 and after.table["score_index"].max() == 10


DECLARATIONS = "src/firstlight/instruments/composites/declarations"


@pytest.mark.parametrize("name", SHIPPED)
def test_what_ships_says_what_it_is_in_both_languages(name: str) -> None:
    read = read_declaration(name)
    assert read.clash is None and read.choices.least_weight == 0.7
    for part in (*read.dimensions, *read.indicators):
        assert part.title["en"] != part.title["zh"]
    for each in read.indicators:
        assert each.publisher is not None and each.unit["zh"]
        assert each.measured_by is None or each.measured_by in folders()
        assert each.source is not None or each.measured_by is not None
    assert any(each.measured_by for each in read.indicators)


def test_its_page_leaves_that_of_an_observation_alone(tmp_path: Path) -> None:
    result = measure("index", project=tmp_path)
    files = publish_result(result, tmp_path)
    assert files["page"].name == "composite_index.html" and files["page"].exists()
    page = files["page"].read_text("utf-8")
    assert "劳动对象" in page and not (tmp_path / "index.html").exists()


def test_other_choices_can_be_scored_without_reading_again() -> None:
    read = read_declaration(declared(5))
    x = drawn(50, 5)
    found = composite_scores(x, read)
    draws = np.random.default_rng(0).dirichlet(np.ones(5), 100)[:, None, :]
    for aggregation in ("geometric", "topsis"):
        other = with_choices(read, aggregation=aggregation)
        many = score_nodes(found.normalised, draws, other)[-1]
        assert many.shape == (100, 50)
        one = score_nodes(found.normalised, draws[0, 0], other)[-1]
        assert many[0] == pytest.approx(one)
    weights, _ = index_weights(found.treated, found.normalised, found.is_constant, read)
    assert weights[0] == pytest.approx(found.weights[0])


def _shares(**columns: list[float]) -> Result:
    rows = pl.DataFrame({"unit": ["a", "b", "c"], **columns})
    long = rows.unpivot(index="unit", variable_name="indicator")
    return index(long, declaration="new_quality", least_weight=0.01)


def test_a_ratio_under_its_own_name_is_not_divided_again() -> None:
    ratio, output = [2.0, 4.0, 1.0], [10.0, 40.0, 4.0]
    spent = [one * of / 100 for one, of in zip(ratio, output, strict=True)]
    given = _shares(**{"研发经费投入强度（%）": ratio, "地区生产总值（亿元）": output})
    divided = _shares(**{"研发经费内部支出（亿元）": spent, "地区生产总值（亿元）": output})
    scores = [found.table.sort("unit")["score_index"].to_list() for found in (given, divided)]
    assert scores[0] == pytest.approx(scores[1])
    assert scores[0] == pytest.approx([100 / 3, 100, 0])
    assert "ready" in {own.code for own in given.said}
    assert "ready" not in {own.code for own in divided.said}


def test_what_an_indicator_lacks_to_be_divided_by_is_named() -> None:
    found = _shares(
        **{"研发经费内部支出": [1.0, 2.0, 3.0], "就业人员平均受教育年限": [9.0, 8.0, 7.0]}
    )
    (said,) = (own for own in found.said if own.code == "undivided")
    assert "地区生产总值" in found.texts.sentence("zh", said)
