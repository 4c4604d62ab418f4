import numpy as np
import polars as pl
import pytest

from firstlight.concordance import concordance, technology_codes
from firstlight.errors import InputError
from firstlight.instruments.concordance.code_lists import code_list, code_lists, linked_codes
from firstlight.instruments.concordance.plan_check.written_names import names_nothing
from firstlight.instruments.concordance.technology_codes.code_choice import (
    OF_A_CODE,
    OF_DOUBT,
    OF_NONE,
    Weighed,
    chosen,
    doubts,
    recalibrated,
    shares_of,
)
from firstlight.instruments.concordance.technology_codes.coded_texts import LISTS, labelled_names
from firstlight.instruments.concordance.technology_codes.name_likeness import senses_of
from firstlight.instruments.concordance.technology_codes.technology_codes import kept_record

NAMES = ["sodium-ion battery", "钠离子电池", "wafer dicing saw", "xqzvt", "next Tuesday"]


@pytest.fixture(scope="module")
def found():
    return concordance(pl.DataFrame({"technology": NAMES}))


def test_every_code_is_one_of_its_list(found):
    for name in LISTS:
        codes = set(code_list(name)["code"])
        links = found.table.filter(pl.col("classification") == name)
        assert links.height and set(links["code"]) <= codes
        assert set(links["code"].str.len_chars()) == {code_lists()[name].length}


def test_probabilities_of_a_technology_and_none_add_up_to_one_at_most(found):
    links = concordance(pl.DataFrame({"technology": NAMES}), most=20).table
    sums = links.group_by("technology", "classification").agg(pl.col("probability").sum())
    both = sums.join(found.tables["answers"], on=["technology", "classification"])
    assert (both["probability"] + both["none_probability"] <= 1 + 1e-4).all()
    steps = links.sort("technology", "classification", "rank").select(
        pl.col("probability").diff().over("technology", "classification")
    )
    assert (steps.to_series().drop_nulls() <= 1e-9).all()


def test_a_name_of_nothing_has_no_code_and_says_why():
    empty = ["x", "的", "a new technology", "123", "-"]
    own = ["X-ray", "钢", "Industry 4.0", "5G"]
    asked = pl.DataFrame({"technology": [*empty, *own, "xqzvt"]})
    found = concordance(asked, classification="isic4")
    reasons = dict(found.tables["answers"].select("technology", "reason").iter_rows())
    assert {reasons[name] for name in empty} == {"names_nothing"}
    assert {reasons[name] for name in own} == {None}
    assert reasons["xqzvt"] == "no_known_word"
    assert set(found.table["technology"]) == set(own)


def test_few_labelled_technologies_are_names_of_nothing():
    """Of 7,718 names that readers coded four are: three of which they gave no code, and one more,
    whose label holds all the same."""
    names = labelled_names()
    every = [*names["name_en"], *names["name_zh"]]
    empty = [name for name in every if names_nothing(name)]
    assert len(empty) < 0.001 * len(every)
    found = technology_codes(pl.DataFrame({"technology": ["工程应用研究"]}), "isic4")
    assert found["code"][0] == "7210"


def test_documents_say_what_an_empty_name_is():
    asked = pl.DataFrame({"technology": ["x"], "text": ["lithium battery cathode " * 8]})
    found = concordance(asked, classification="isic4")
    assert found.table["code"].to_list()


def test_a_name_without_a_known_word_is_unknown_and_one_that_is_no_technology_none(found):
    answers = {
        (technology, of): answer
        for technology, of, answer in found.tables["answers"]
        .select("technology", "classification", "answer")
        .iter_rows()
    }
    assert {answers["xqzvt", name] for name in LISTS} == {"unknown"}
    assert answers["next Tuesday", "hs2022"] == "none"
    assert "unknown" in [each.code for each in found.said]


def test_one_technology_in_two_languages_has_the_same_industry(found):
    answers = found.tables["answers"].filter(pl.col("classification") == "isic4")
    codes = dict(answers.select("technology", "code").iter_rows())
    assert codes["sodium-ion battery"] == codes["钠离子电池"] == "2720"


def test_own_labels_speak_for_what_is_like_them():
    names = pl.DataFrame({"technology": ["blorple engine", "blorple engines"]})
    before = concordance(names, classification="isic4").tables["answers"]
    labels = pl.DataFrame(
        {"technology": ["blorple engine"], "classification": ["isic4"], "code": ["0322"]}
    )
    after = concordance(names, labels=labels, classification="isic4")
    assert "0322" not in before["code"].to_list()
    assert after.tables["answers"].select("code", "probability").row(0) == ("0322", 1.0)
    assert after.table["like_technology"][0] == "blorple engine"
    near = after.table.filter((pl.col("technology") == "blorple engines") & (pl.col("rank") == 1))
    assert near["code"].to_list() == ["0322"]


@pytest.mark.parametrize(("name", "title"), [("gbt4754", "name_zh"), ("isic4", "name_en")])
def test_the_title_of_a_code_has_that_code(name: str, title: str) -> None:
    """Every tenth title of the list, as it is published; those that two codes share say nothing."""
    own = linked_codes(name).sort("code").select("code", technology=title)
    own = own.filter(~pl.col("technology").is_duplicated()).gather_every(10)
    told = technology_codes(own.select("technology"), name).filter(pl.col("rank") == 1)
    both = own.join(told, on="technology", suffix="_told")
    assert both.height == own.height > 40
    assert both["code"].equals(both["code_told"]) and both["probability"].min() >= 0.9


def test_a_label_comes_before_a_title() -> None:
    # "Foreign affairs" is the title of 8421, and no technology to the readers.
    found = concordance(pl.DataFrame({"technology": ["Foreign affairs"]}), classification="isic4")
    assert found.tables["answers"]["answer"].to_list() == ["none"]
    named = {"technology": ["Growing of rice"], "classification": ["isic4"], "code": ["2720"]}
    own = concordance(
        pl.DataFrame({"technology": ["growing of rice"]}),
        labels=pl.DataFrame(named),
        classification="isic4",
    )
    assert own.tables["answers"].select("code", "probability").row(0) == ("2720", 1.0)


@pytest.mark.parametrize(
    ("labels", "code"),
    [
        ({"technology": "x", "classification": "isic5", "code": "0322"}, "no_such_list"),
        ({"technology": "x", "classification": "isic4", "code": "032"}, "no_such_code"),
    ],
)
def test_a_label_that_no_list_holds_is_refused(labels, code):
    with pytest.raises(InputError) as error:
        concordance(pl.DataFrame({"technology": ["loom"]}), labels=pl.DataFrame([labels]))
    assert error.value.code == code


def test_an_acronym_is_known_by_its_long_form():
    bare = technology_codes(pl.DataFrame({"technology": ["XQZ"]}), "isic4")
    frame = pl.DataFrame({"technology": ["XQZ"], "forms": [["lithium-ion battery"]]})
    assert bare.is_empty()
    assert technology_codes(frame, "isic4")["code"][0] == "2720"


def test_an_entry_of_a_plan_has_the_codes_of_what_it_names():
    entry, name = "打造千亿级石墨烯产业集群", "石墨烯"
    found = concordance(pl.DataFrame({"technology": [entry, name]}), classification="gbt4754")
    of = dict(found.tables["answers"].select("technology", "code").iter_rows())
    assert of[entry] == of[name] == "3091"
    assert [own.values["name"].value for own in found.conventions if "name" in own.values] == [name]


POWER = (
    "Winding insulation and oil cooling of a high voltage unit in substations; core losses of "
    "electrical steel, distribution grid loads and short circuit faults of switchgear"
)
LANGUAGE = (
    "Attention layers pretrained on large corpora for machine translation, question answering and "
    "text classification; fine-tuning of language models on sentences and tokens"
)


def test_documents_tell_which_of_two_things_a_name_means():
    found = [
        concordance(pl.DataFrame({"technology": ["encoder"], "text": [text]}))
        .tables["answers"]
        .filter(classification="cpc")["code"][0]
        for text in (POWER, LANGUAGE)
    ]
    electrical, linguistic = found
    assert electrical.startswith("H")
    assert linguistic.startswith("G06")


def test_a_few_words_say_nothing():
    bare = pl.DataFrame({"technology": ["transformer", "loom"]})
    little = bare.with_columns(text=pl.Series(["high voltage winding", None]))
    expected = concordance(bare, classification="cpc").table
    assert concordance(little, classification="cpc").table.equals(expected)


def test_the_order_of_rows_changes_nothing(found):
    again = concordance(pl.DataFrame({"technology": NAMES[::-1]}))
    assert again.table.equals(found.table)


def test_labels_are_codes_of_their_lists_and_each_name_stands_once():
    labelled = labelled_names()
    assert not labelled["name_en"].is_duplicated().any()
    for name in LISTS:
        codes = set(code_list(name)["code"]) | {"none", "?"}
        assert set(labelled[name].str.split(" ").explode()) <= codes


def test_shares_of_a_label_add_up_to_one_and_the_first_has_most():
    shares = shares_of(["a b c", "b", "none", "?"], ["a", "b", "c"]).toarray()
    assert shares.sum(axis=1).tolist() == pytest.approx([1, 1, 1, 0])
    assert shares[0].tolist() == pytest.approx([0.6, 0.2, 0.2, 0])
    assert shares[2, 3] == 1


def test_recalibration_keeps_the_sum_and_the_first_answer():
    random = np.random.default_rng(0)
    chance = random.dirichlet(np.full(8, 0.3), 200).astype(np.float32)
    for level, slope in ((0.0, 0.7), (-1.0, 0.9), (0.5, 1.3)):
        set_to = recalibrated(chance, np.full(200, level), np.full(200, slope))
        assert set_to.sum(axis=1) == pytest.approx(1, abs=1e-5)
        assert (set_to.argmax(axis=1) == chance.argmax(axis=1)).all()
        two = np.sort(set_to, axis=1)[:, -2:]
        assert (two[:, 1] > two[:, 0] * 1.0005).all()  # beyond what rounding takes
    same = recalibrated(chance, np.zeros(200), np.ones(200))
    two = np.sort(chance, axis=1)[:, -2:]
    is_ahead = two[:, 1] > two[:, 0] * 1.002
    assert is_ahead.sum() > 190
    assert same[is_ahead] == pytest.approx(chance[is_ahead], abs=1e-5)


def weighed(votes, of_none):
    """Two names with three codes each, of which votes of labelled names alone are weighed."""
    per_code = np.zeros((2, 3, len(OF_A_CODE)), np.float32)
    per_code[:, :, OF_A_CODE.index("near_votes")] = votes
    outside = np.zeros((2, len(OF_NONE)), np.float32)
    for name, values in of_none.items():
        outside[:, OF_NONE.index(name)] = values
    return Weighed(np.tile(np.arange(3), (2, 1)), per_code, outside)


def test_doubts_are_those_of_the_likeliest_answer():
    votes = [[-1.0, -2.0, -3.0], [-4.0, -5.0, -6.0]]
    names = weighed(votes, {"near_votes": -0.5, "all_sense": [0.3, 0.7], "known": [1.0, 0.5]})
    chance = np.array([[0.5, 0.2, 0.1, 0.2], [0.1, 0.1, 0.2, 0.6]], np.float32)
    found = dict(zip(OF_DOUBT, doubts(names, chance).T, strict=True))
    assert found["near_votes"].tolist() == [-1.0, -0.5]  # of the first code, and of none
    assert found["all_sense"] == pytest.approx([0.3, 0.7])
    assert found["known"].tolist() == [1.0, 0.5]
    assert found["ahead"] == pytest.approx(np.log([2.5, 3.0]))


def test_what_is_doubtful_is_less_sure_and_stays_the_first_answer():
    names = weighed([[2.0, 0.0, -1.0]] * 2, {"known": [1.0, 0.4]})
    fitted = {
        "of_a_code": [float(name == "near_votes") for name in OF_A_CODE],
        "of_none": [0.0] * len(OF_NONE),
        "calibration": {"en": [0.0, 1.0], "zh": [0.0, 1.0]},
    }
    plain = chosen(names, fitted, np.array([False, False]))
    doubted = fitted | {"of_doubt": [2.0 * (name == "known") for name in OF_DOUBT]}
    sure = chosen(names, doubted, np.array([False, False]))
    odds = [np.log(each.chance[:, 0] / (1 - each.chance[:, 0])) for each in (plain, sure)]
    assert odds[1] - odds[0] == pytest.approx([2.0, 0.8], abs=1e-4)
    assert sure.chance.sum(axis=1) + sure.none == pytest.approx(1, abs=1e-5)


def test_senses_bring_the_languages_together():
    english, _ = senses_of(["solar cell", "vaccine", "bridge construction"])
    chinese, _ = senses_of(["太阳能电池", "疫苗", "桥梁建设"])
    assert (english @ chinese.T).argmax(axis=1).tolist() == [0, 1, 2]


def test_the_record_holds_what_the_answer_claims():
    record = kept_record()
    assert set(record["classification"]) == {*LISTS, "all"}
    assert (record["names_count"] >= 150).all()
    assert (record["gain_low"] > 0).all()
    whole = record.filter(pl.col("language").is_in(["en", "zh"]), classification="all")
    assert (whole["names_count"] >= 700).all()
    assert whole["slope"].is_between(0.9, 1.1).all()


@pytest.mark.parametrize("names", [["固态电池", "光刻机"], ["solid-state battery", "lithography"]])
def test_answers_stand_first_and_the_record_is_of_their_language(names):
    found = concordance(pl.DataFrame({"technology": names}), classification="gbt4754")
    language = "zh" if "固态电池" in names else "en"
    record = kept_record().filter(classification="gbt4754", language=language)
    (said,) = (given for given in found.said if given.code == "record")
    assert said.values["stated"].value == record["stated_share"][0]
    assert said.values["language"].value == f"codes.language.{language}"
    assert found.table["rank"].is_sorted()
    first = found.table.filter(rank=1)
    assert first["probability"].is_sorted(descending=True)
