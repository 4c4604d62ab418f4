"""Chinese names from the glossary: how names meet it, what overrules it, and the tables themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy import sparse

import firstlight
from firstlight.concordance import plan
from firstlight.instruments.concordance import known_names
from firstlight.instruments.emergence.technologies.own_names import (
    OwnNames,
    keys_of_names,
    on_survey,
)
from firstlight.instruments.emergence.technologies.survey import Survey
from firstlight.instruments.emergence.technologies.yearly_counts import YearlyCounts
from firstlight.run import glossary as room
from firstlight.run.glossary import LABELLED, NAMES, by_glossary, chinese_names, glossary
from firstlight.store.code_version import files_used

PACKAGE = Path(firstlight.__file__).parent
FORMS = {"technology": pl.Int64, "form": pl.String, "kind": pl.String}


def survey(labels: Sequence[str], forms: Iterable[tuple[int, str, str]] = ()) -> Survey:
    """Technologies with ids t0, t1, ... and no documents."""
    size = len(labels)
    names = tuple(f"t{row}" for row in range(size))
    cells, years = sparse.csr_matrix((size, 1)), np.array([2020])
    nobody = np.zeros((size, 1))
    return Survey(
        YearlyCounts(2020, names, years, cells, np.ones((1, 1))),
        tuple(labels),
        np.ones(size, dtype=bool),
        np.arange(size),
        np.full(size, 2018),
        nobody,
        nobody,
        pl.DataFrame(list(forms), schema=FORMS, orient="row"),
        1.0,
    )


def own(*rows: tuple[int, str, str, str]) -> OwnNames:
    return OwnNames.of(pl.DataFrame(list(rows), ["row", "name", "action", "to"], orient="row"))


def found(label: str, *forms: tuple[str, str], names: OwnNames | None = None) -> str | None:
    """The Chinese name of a single technology."""
    made = survey([label], [(0, *form) for form in forms])
    return by_glossary(on_survey(made, names or OwnNames.none())).get("t0")


@pytest.fixture
def invented(monkeypatch: pytest.MonkeyPatch) -> None:
    """A glossary with a name of two meanings."""
    rows = [
        ("plasma", "等离子体"),
        ("plasma", "血浆"),
        ("plasma torch", "等离子炬"),
        ("graph network", "图网络"),
        ("network", "网络"),
    ]
    table = pl.DataFrame(rows, schema=["name_en", "name_zh"], orient="row")
    table = table.with_columns(keys_of_names(table["name_en"]).alias("key"))
    monkeypatch.setattr(room, "glossary", lambda: table)


@pytest.mark.parametrize(
    "label",
    [
        "graph neural network",
        "Graph Neural Networks",
        "graph neural networks (GNN)",
        "graph-neural network",
        "Graph neural network（GNN）",
    ],
)
def test_names_meet_in_any_case_number_and_spelling(label: str) -> None:
    assert found(label) == "图神经网络"


def test_what_has_no_entry_stays_english() -> None:
    assert found("PyTorch") is None and found("5G") is None
    assert by_glossary(on_survey(survey([]), OwnNames.none())) == {}


def test_labelled_acronyms_tell_nothing() -> None:
    labelled = set(pl.read_csv(PACKAGE / LABELLED, infer_schema=False)["name_en"])
    assert {"CoT", "FDA", "LSTM", "BERT"} <= labelled
    assert found("LSTM") is None and found("BERT") is None and found("COTS") is None
    assert found("method of functions", ("FDA", "acronym")) is None
    assert found("LSTMs", ("long short-term memory", "use")) == "长短期记忆网络"


def test_other_forms_tell_where_the_name_does_not() -> None:
    assert found("memory cells", ("long short-term memory", "use")) == "长短期记忆网络"
    assert found("blockchain", ("long short-term memory", "use")) == "区块链"


@pytest.mark.usefixtures("invented")
class TestDoubt:
    def test_a_name_of_two_meanings_has_none_whatever_its_forms_say(self) -> None:
        assert found("plasma") is None and found("plasmas", ("plasma torch", "use")) is None

    def test_forms_of_two_meanings_give_none(self) -> None:
        forms = (("plasma torch", "use"), ("graph network", "spelling"))
        assert found("thing", forms[0]) == "等离子炬" and found("thing", *forms) is None
        assert found("thing", ("plasma", "use")) is None

    def test_a_part_of_the_name_tells_nothing(self) -> None:
        assert found("road network", ("network", "part")) is None

    def test_a_chinese_name_stays_alone(self) -> None:
        assert found("图神经网", ("graph network", "use")) is None


def test_the_user_overrules_the_corpus_and_that_the_glossary() -> None:
    made = survey(["blockchain", "deep learning", "robot"])
    decided = own((1, "blockchains", "translate", "分布式账本"))
    told = chinese_names(on_survey(made, decided), {"t0": "链", "t1": "深学"})
    assert told == {"t0": "分布式账本", "t1": "深学", "t2": "机器人"}


def test_what_the_user_renames_is_found_by_the_new_name_alone() -> None:
    form = ("deep learning", "name")
    renamed = own((1, "deep learning", "rename", "blockchains"))
    unknown = own((1, "deep learning", "rename", "something else"))
    assert found("deep learning", form) == "深度学习"
    assert found("deep learning", form, names=renamed) == "区块链"
    assert found("deep learning", form, names=unknown) is None


def test_the_step_is_stale_when_a_table_changes() -> None:
    named = {
        file.relative_to(PACKAGE).as_posix() for file in files_used([Path(known_names.__file__)])
    }
    assert named == {NAMES, LABELLED, known_names.OF_PLANS}


def test_a_chinese_plan_finds_english_technologies() -> None:
    labels = ["unmanned aerial vehicles (UAV)", "microgrids", "quantum computer", "graph theory"]
    made = survey(labels)
    chinese = by_glossary(on_survey(made, OwnNames.none()))
    known = pl.DataFrame(
        {"name": labels, "name_zh": [chinese.get(one) for one in made.counts.names]}
    )
    entries = pl.DataFrame(
        {"number": ["1", "2", "3"], "entry": ["无人机", "微电网示范工程", "茶园"]}
    )
    linked = plan(entries, technologies=known).table.select("entry", "matched")
    assert linked.rows() == [
        ("无人机", labels[0]),
        ("微电网示范工程", labels[1]),
        ("茶园", "tea plantation"),
    ]


class TestTable:
    """What the table of technologies' names must keep to."""

    rows = pl.read_csv(PACKAGE / NAMES, infer_schema=False)

    def test_it_is_sorted_and_says_nothing_twice(self) -> None:
        names = self.rows["name_en"].to_list()
        assert names == sorted(names, key=lambda name: (name.lower(), name))
        assert self.rows.null_count().sum_horizontal().item() == 0
        keys = keys_of_names(self.rows["name_en"])
        labelled = pl.read_csv(PACKAGE / LABELLED, infer_schema=False)
        assert keys.is_unique().all()
        assert not keys.is_in(keys_of_names(labelled["name_en"]).implode()).any()

    def test_names_are_clean_and_in_simplified_characters(self) -> None:
        for english, chinese in self.rows.rows():
            assert english == english.strip() and chinese == chinese.strip()
            assert not re.search(r"[\u4e00-\u9fff]", english)
            chinese.encode("gb2312")  # holds no traditional character
            assert re.search(r"[\u4e00-\u9fff]", chinese), english  # so none is its own translation
            assert re.fullmatch(r"[\w\-·/.]+", chinese), chinese

    def test_every_pair_is_found(self) -> None:
        """Whatever the tables, a name of the new one leads to its Chinese one."""
        names = self.rows["name_en"].to_list()
        told = by_glossary(on_survey(survey(names), OwnNames.none()))
        assert [told[f"t{row}"] for row in range(len(names))] == self.rows["name_zh"].to_list()


def test_a_glossary_holds_both_tables_and_only_chinese() -> None:
    pairs = set(glossary().select("name_en", "name_zh").iter_rows())
    assert {("GAN inversion", "GAN反演"), ("deep learning", "深度学习")} <= pairs
    assert glossary()["name_zh"].str.contains(r"\p{Han}").all()
