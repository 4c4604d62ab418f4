"""Digital content: the definition by dense matrices, identities, ends, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.instruments.concordance.industry_definitions.definition_files import (
    read_definition,
)
from firstlight.joins import digital_content

Floats = NDArray[np.float64]
SECTORS = ["26", "62", "46", "10"]
HOME = np.array([[20.0, 2, 4, 10], [3, 6, 5, 4], [4, 1, 2, 9], [0, 0, 3, 30]])
ABROAD = np.array([[9.0, 1, 2, 5], [1, 2, 0, 1], [0, 0, 0, 0], [2, 0, 1, 6]])
FINAL = {"households": np.array([10.0, 12, 30, 60]), "exports": np.array([40.0, 4, 6, 20])}
OUTPUT = HOME.sum(axis=1) + FINAL["households"] + FINAL["exports"]
VALUE_ADDED = OUTPUT - HOME.sum(axis=0) - ABROAD.sum(axis=0)
ALL = pl.DataFrame({"code": SECTORS})


def table(year: int | None = None, home: Floats = HOME, abroad: Floats = ABROAD) -> pl.DataFrame:
    """The rows of a table with imports in rows of their own."""
    rows: list[tuple[Any, ...]] = []
    for origin, flows in (("domestic", home), ("imports", abroad)):
        rows += [
            (one, other, origin, float(flows[i, j]))
            for i, one in enumerate(SECTORS)
            for j, other in enumerate(SECTORS)
        ]
    for use, column in FINAL.items():
        rows += [(one, use, "domestic", float(column[i])) for i, one in enumerate(SECTORS)]
    paid = home.sum(axis=1) + sum(FINAL.values()) - home.sum(axis=0) - abroad.sum(axis=0)
    rows += [("value added", one, "", float(paid[i])) for i, one in enumerate(SECTORS)]
    schema = ["supplier", "user", "origin", "value"]
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame if year is None else frame.with_columns(year=pl.lit(year))


def by_sector(result: Any, column: str) -> list[float]:
    """A column of both tables of industries, in the order of the sectors."""
    tables = [
        result.tables[name]
        for name in ("industries", "digital_industries")
        if name in result.tables
    ]
    both = pl.concat([each.select("sector", column) for each in tables])
    found = dict(both.iter_rows())
    return [found[name] for name in SECTORS]


def by_definition(digital: Floats) -> dict[str, Floats]:
    """The figures as they are defined, by dense matrices."""
    a, m = HOME / OUTPUT, ABROAD / OUTPUT
    inverse = np.linalg.inv(np.eye(4) - a)
    return {
        "direct_share": digital @ (a + m),
        "direct_imported_share": digital @ m,
        "input_share": digital @ (HOME + ABROAD) / (HOME + ABROAD).sum(axis=0),
        "total_inputs": digital @ (inverse - np.eye(4) + m @ inverse),
        "content_share": (digital * VALUE_ADDED / OUTPUT + digital @ m) @ inverse,
        "imported_content_share": digital @ m @ inverse,
    }


def test_figures_are_those_of_the_definition() -> None:
    found = digital_content(table())
    expected = by_definition(np.array([0.0, 1, 0, 0]))
    ict = digital_content(table(), codes=pl.DataFrame({"code": ["62"]}))
    for column, figures in expected.items():
        assert by_sector(ict, column) == pytest.approx(figures.tolist(), abs=1e-12), column
    # 26 and 46 hold codes of the definition, and others
    doubtful = found.tables["digital_sectors"].filter("is_doubtful")["sector"].to_list()
    assert doubtful == ["26", "46"]
    low = by_definition(np.array([0.0, 1, 0, 0]))["content_share"]
    high = by_definition(np.array([1.0, 1, 1, 0]))["content_share"]
    assert by_sector(found, "content_low_share") == pytest.approx(low.tolist())
    assert by_sector(found, "content_high_share") == pytest.approx(high.tolist())


def test_a_definition_of_everything_gives_one_and_nothing_gives_nothing() -> None:
    whole = digital_content(table(), codes=ALL)
    assert by_sector(whole, "content_share") == pytest.approx([1.0] * 4)
    assert whole.said[0].code == "all_digital" and whole.table.is_empty()
    assert whole.tables["final_uses"]["content_share"].to_list() == pytest.approx([1.0] * 3)
    nobody = np.array(HOME)
    nobody[1] = 0  # programs are sold to final users alone
    none = digital_content(
        table(home=nobody, abroad=ABROAD * np.array([[1], [0], [1], [1]])),
        codes=pl.DataFrame({"code": ["62"]}),
    )
    assert none.table["content_share"].to_list() == [0.0] * 3
    assert none.table["direct_share"].to_list() == [0.0] * 3


def test_content_of_all_final_demand_is_digital_value_added_and_digital_imports() -> None:
    digital = np.array([0.75, 1.0, 0, 0])
    parts = pl.DataFrame(
        {
            "code": ["26", "62"],
            "status": ["verified"] * 2,
            "least_share": [0.5, 1],
            "most_share": [1.0, 1],
        }
    )
    uses = digital_content(table(), codes=parts).tables["final_uses"]
    added = digital @ VALUE_ADDED + digital @ ABROAD.sum(axis=1)
    held = dict(uses.select("use", pl.col("content_share") * pl.col("amount")).iter_rows())
    assert held["all"] == pytest.approx(added)
    assert held["households"] + held["exports"] == pytest.approx(held["all"])
    row = uses.row(by_predicate=pl.col("use") == "all", named=True)
    assert row["imported_content_share"] * row["amount"] == pytest.approx(
        digital @ ABROAD.sum(axis=1)
    )


def test_ends_are_those_without_and_with_all_doubtful_codes() -> None:
    doubt = pl.DataFrame({"code": ["62", "10"], "status": ["verified", "doubtful"]})
    found = digital_content(table(), codes=doubt)
    for end, codes in (("low", ["62"]), ("high", ["62", "10"])):
        alone = digital_content(table(), codes=pl.DataFrame({"code": codes}))
        for name in ("direct", "content"):
            ends = by_sector(found, f"{name}_{end}_share")
            assert ends == pytest.approx(by_sector(alone, f"{name}_share"))
    uses = found.tables["final_uses"].filter(use="all").row(0, named=True)
    width = uses["content_high_share"] - uses["content_low_share"]
    assert found.tables["doubts"]["width_share"].sum() == pytest.approx(width)
    hangs = next(each for each in found.said if each.code == "hangs")
    assert hangs.values["points"].value == pytest.approx(100 * width)


def test_codes_of_a_sector_weigh_by_their_shares_or_leave_it_in_doubt() -> None:
    held = pl.DataFrame(
        {
            "sector": ["26", "26", "62", "10", "10"],
            "code": ["261", "265", "62", "582", "10"],
            "share": [0.8, 0.2, None, None, None],
        }
    )
    found = digital_content(table(), sectors=held)
    sectors = found.tables["digital_sectors"].select(
        "sector", "stated_share", "least_share", "most_share"
    )
    assert sectors.rows() == [
        ("10", 0.5, 0.0, 1.0),
        ("26", 0.8, 0.8, 0.8),
        ("46", 0.0, 0.0, 0.0),
        ("62", 1.0, 1.0, 1.0),
    ]
    no_code = next(each for each in found.said if each.code == "no_code")
    assert no_code.values["count"].value == 1


def test_what_industries_gained_between_years() -> None:
    later = HOME.copy()
    later[1, 3] += 8  # mills buy twice as many programs and more
    both = pl.concat([table(2010), table(2020, home=later)])
    found = digital_content(both, codes=pl.DataFrame({"code": ["62"]}))
    changes = found.tables["changes"]
    assert changes["sector"][0] == "10" and changes["content_change_pp"][0] > 0
    own = found.table.filter(sector="10").sort("year")["content_share"]
    assert changes["content_change_pp"][0] == pytest.approx(100 * (own[1] - own[0]))
    assert found.table.filter(year=2020)["rank"].to_list() == [1, 2, 3]
    assert {each.code for each in found.said} >= {"most_in", "gained", "no_doubt"}


def test_a_table_without_value_added_or_imports_says_so() -> None:
    rows = table().filter((pl.col("origin") == "domestic") & (pl.col("supplier") != "value added"))
    found = digital_content(rows.drop("origin"), codes=pl.DataFrame({"code": ["62"]}))
    assert found.table["content_share"].null_count() == 3
    assert found.table["reason"].to_list() == ["no_value_added"] * 3
    assert found.said[0].code == "most_direct"
    assert "home_alone" in [each.code for each in found.said]
    direct = np.array([0.0, 1, 0, 0]) @ (HOME / OUTPUT)
    assert by_sector(found, "direct_share") == pytest.approx(direct.tolist())


def test_names_and_letters_of_sections_stand_for_codes() -> None:
    named = table().with_columns(
        pl.col("supplier").replace({code: f"C{code}" for code in SECTORS}),
        pl.col("user").replace({code: f"C{code}" for code in SECTORS}),
        sector_name=pl.col("supplier").replace_strict(
            dict(zip(SECTORS, ["chips", "programs", "shops", "mills"], strict=True)), default=None
        ),
    )
    found = digital_content(named)
    assert found.table.drop("sector").equals(digital_content(table()).table.drop("sector"))
    assert set(found.table["sector"]) <= {"chips", "programs", "shops", "mills"}


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"codes": pl.DataFrame({"code": ["99"]})}, "nothing_digital"),
        ({"sectors": pl.DataFrame({"sector": ["x"], "code": ["62"]})}, "no_sector_known"),
        (
            {
                "sectors": pl.DataFrame(
                    {"sector": ["62"] * 2, "code": ["62", "63"], "share": [0.6, 0.6]}
                )
            },
            "shares_above_one",
        ),
        (
            {
                "sectors": pl.DataFrame(
                    {"sector": ["62"] * 2, "code": ["62", "63"], "share": [0.6, None]}
                )
            },
            "share_lacking",
        ),
        ({"codes": pl.DataFrame({"code": ["62"], "status": ["perhaps"]})}, "bad_status"),
    ],
)
def test_what_is_refused(options: dict[str, Any], code: str) -> None:
    with pytest.raises(InputError) as refused:
        digital_content(table(), **options)
    assert refused.value.code == code


def test_the_core_of_chinas_digital_economy() -> None:
    codes = read_definition("digital_economy_china").codes
    verified = codes.filter(status="verified")["code"].to_list()
    assert verified == ["39", "63", "64", "65"]
    assert (codes.filter(status="doubtful")["code"].str.len_chars() >= 3).all()


def test_imports_in_a_column_serve_home_uses_in_proportion() -> None:
    """Uses of either origin in one cell, and a column of imports: each good is imported in the same
    share, whoever uses it at home, and none of its exports."""
    both, households, exports = HOME + ABROAD, FINAL["households"] + 5, FINAL["exports"]
    bought = ABROAD.sum(axis=1) + 5
    paid = OUTPUT - both.sum(axis=0)
    columns = [*both.T, households, exports, bought]
    rows = [
        (name, user, float(column[i]))
        for user, column in zip(
            [*SECTORS, "households", "exports", "imports"], columns, strict=True
        )
        for i, name in enumerate(SECTORS)
    ]
    rows += [("value added", name, float(paid[i])) for i, name in enumerate(SECTORS)]
    frame = pl.DataFrame(rows, schema=["supplier", "user", "value"], orient="row")
    found = digital_content(frame, codes=pl.DataFrame({"code": ["62"]}))
    share = bought / (both.sum(axis=1) + households)
    digital = np.array([0.0, 1, 0, 0])
    home, abroad = (own[:, None] * both / OUTPUT for own in (1 - share, share))
    content = (digital * paid / OUTPUT + digital @ abroad) @ np.linalg.inv(np.eye(4) - home)
    assert by_sector(found, "content_share") == pytest.approx(content.tolist(), rel=1e-12)
    direct = digital @ both / OUTPUT
    assert by_sector(found, "direct_share") == pytest.approx(direct.tolist(), rel=1e-12)


def test_running_numbers_are_no_codes_of_a_classification() -> None:
    """26 of a national table is its 26th sector: with that read as ISIC's 26, water was digital."""
    numbers = [f"{number:02d}" for number in range(1, 31)]
    cells = pl.DataFrame(
        {
            "supplier": [*numbers, *numbers, "value added"] + ["value added"] * 29,
            "user": [*reversed(numbers), *["final demand"] * 30, *numbers],
            "value": [1.0] * 30 + [9.0] * 30 + [9.0] * 30,
        }
    )
    with pytest.raises(InputError, match="01 to 30, number its sectors") as refused:
        digital_content(cells)
    assert refused.value.code == "only_numbers"
    own = pl.DataFrame({"code": ["26"], "status": ["verified"]})
    assert digital_content(cells, codes=own).tables["digital_industries"]["sector"].to_list() == [
        "26"
    ]
    held = pl.DataFrame({"sector": ["20"], "code": ["62"], "share": [1.0]})
    found = digital_content(cells, sectors=held).tables["digital_industries"]
    assert found["sector"].to_list() == ["20"]
