"""What a user merges, splits, renames and hides overrules every rule, and nothing else moves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from small_records import YEAR, record
from test_technology_names import about

from firstlight.instruments.emergence.technologies.own_names import OwnNames, circle, on_survey
from firstlight.instruments.emergence.technologies.survey import Survey
from firstlight.instruments.emergence.technologies.text_record import TextRecord

TEXTS = about(
    *["unmanned aerial vehicle"] * 60,
    *["aerial vehicle"] * 10,
    *["graph network"] * 20,
    *["message passing"] * 15,
)


def own(*rows: tuple[str, str, str | None]) -> OwnNames:
    table = pl.DataFrame(
        [(number, *row) for number, row in enumerate(rows, 1)],
        schema=["row", "name", "action", "to"],
        orient="row",
    )
    return OwnNames.of(table)


def survey(decided: OwnNames, found: TextRecord | None = None) -> Survey:
    found = record(TEXTS) if found is None else found
    return replace(found, own_names=decided).at(YEAR).survey


def forms(found: Survey, technology: str) -> set[tuple[str, str]]:
    row = found.counts.names.index(technology)
    return set(found.forms.filter(pl.col("technology") == row).select("form", "kind").rows())


def counted(found: Survey, technology: str) -> float:
    return float(found.counts.documents_of((YEAR,))[found.counts.names.index(technology)])


def test_a_merge_joins_the_documents_of_both() -> None:
    before, after = (
        survey(OwnNames.none()),
        survey(own(("Message passing", "merge", "graph networks"))),
    )
    assert counted(before, "graphnetwork") == 20 and counted(before, "messagepassing") == 15
    assert counted(after, "graphnetwork") == 35 and "messagepassing" not in after.counts.names
    assert ("message passing", "user") in forms(after, "graphnetwork")
    others = [
        name for name in before.counts.names if name not in ("graphnetwork", "messagepassing")
    ]
    assert others == [name for name in after.counts.names if name != "graphnetwork"]
    assert all(counted(before, name) == counted(after, name) for name in others)


def test_a_split_stands_by_itself() -> None:
    before, after = survey(OwnNames.none()), survey(own(("aerial vehicle", "split", None)))
    assert "aerialvehicle" not in before.counts.names
    assert counted(after, "aerialvehicle") == counted(before, "unmannedaerialvehicle") == 70
    assert counted(after, "unmannedaerialvehicle") == 60


def test_a_merge_against_a_join_turns_it_round() -> None:
    after = survey(own(("unmanned aerial vehicle", "merge", "aerial vehicle")))
    assert forms(after, "aerialvehicle") >= {
        ("aerial vehicle", "name"),
        ("unmanned aerial vehicle", "user"),
    }
    assert "unmannedaerialvehicle" not in after.counts.names


def test_merges_run_on_to_the_last() -> None:
    rows = (
        ("message passing", "merge", "graph network"),
        ("graph network", "merge", "unmanned aerial vehicle"),
    )
    after = survey(own(*rows))
    assert counted(after, "unmannedaerialvehicle") == 105
    assert counted(survey(own(*reversed(rows))), "unmannedaerialvehicle") == 105


def test_names_that_nobody_wrote_change_nothing() -> None:
    before, after = (
        survey(OwnNames.none()),
        survey(own(("qubit", "merge", "graph network"), ("qubit", "split", None))),
    )
    assert before.counts.names == after.counts.names and before.forms.equals(after.forms)


def test_rename_translate_and_hide() -> None:
    before = survey(OwnNames.none())
    decided = own(
        ("graph networks", "rename", "graph neural network"),
        ("aerial vehicle", "translate", "无人机"),
        ("message passing", "hide", None),
        ("qubit", "hide", None),
    )
    found = on_survey(before, decided)
    after = found.survey
    assert (
        "messagepassing" not in after.counts.names and len(after.labels) == len(before.labels) - 1
    )
    assert after.labels[after.counts.names.index("graphnetwork")] == "graph neural network"
    assert found.names_zh == {"unmannedaerialvehicle": "无人机"}
    assert found.hidden.rows() == [("message passing", 15)]
    assert found.applied["technology_id"].to_list() == [
        "graphnetwork",
        "unmannedaerialvehicle",
        "messagepassing",
        None,
    ]
    place = [before.counts.names.index(name) for name in after.counts.names]
    assert found.number[place].tolist() == list(range(len(place)))
    assert (found.number >= 0).sum() == len(place)
    np.testing.assert_array_equal(after.counts.counts, before.counts.counts[place])
    assert set(after.forms["technology"]) == set(range(len(place)))


def test_a_group_whose_head_is_hidden_has_another_head() -> None:
    before = survey(OwnNames.none())
    heads = np.zeros(len(before.labels), dtype=np.int64)
    found = on_survey(replace(before, groups=heads), own((before.labels[0], "hide", None))).survey
    assert found.groups.tolist() == [0] * len(found.labels)


def test_a_circle_is_found() -> None:
    assert circle(own(("a b", "merge", "c d"), ("c d", "merge", "e f"))) is None
    assert circle(own(("x y", "hide", None), ("a b", "merge", "c d"), ("c d", "merge", "a b"))) == 2


@pytest.mark.parametrize(
    "label",
    ["unmanned aerial vehicles (UAV)", "Unmanned Aerial Vehicle", " unmanned aerial vehicle "],
)
def test_a_label_fits_as_the_list_shows_it(label: str) -> None:
    found = on_survey(survey(OwnNames.none()), own((label, "rename", "drone")))
    assert "drone" in found.survey.labels
