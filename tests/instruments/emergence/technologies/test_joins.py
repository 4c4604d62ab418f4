"""Joins are directed, follow chains, break circles, lose no name and heed disagreement and rivals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_records import YEAR, families, names, place, record, technologies
from test_technology_names import about

from firstlight.instruments.emergence.technologies.joins import (
    RULES,
    _Joins,
    acronyms_at,
    acronyms_elsewhere,
    technologies_at,
    variants_at,
)

SHORT = ("gan", "acronym")


def heads(found: dict[str, set[tuple[str, str]]]) -> set[str]:
    return set(found)


def test_a_part_joins_its_whole() -> None:
    found = families(record(about(*["unmanned aerial vehicle"] * 24, *["aerial vehicle"] * 4)))
    assert found["unmanned aerial vehicle"] >= {
        ("unmanned aerial vehicle", "head"),
        ("aerial vehicle", "part"),
    }
    assert "aerial vehicle" not in found


def test_a_part_that_often_stands_alone_is_dropped_and_no_form() -> None:
    found = families(
        record(about(*["visual question answering"] * 16, *["question answering"] * 4))
    )
    assert set(found) == {"visual question answering"}
    assert not any(rule == "part" for terms in found.values() for _, rule in terms)


def test_the_whole_never_joins_its_part() -> None:
    """The term "neural network" with 100 documents stays itself beside "shallow neural network"
    with 8."""
    found = families(record(about(*["neural network"] * 92, *["shallow neural network"] * 8)))
    assert found["neural network"] == {("neural network", "head")}
    assert found["shallow neural network"] == {("shallow neural network", "head")}


def test_a_small_part_is_dropped_and_no_form() -> None:
    found = families(record(about(*["unmanned aerial vehicle"] * 9, *["aerial vehicle"] * 4)))
    assert not any(("aerial vehicle", rule) in terms for terms in found.values() for rule in RULES)


def test_a_part_with_rivals_stays_out() -> None:
    kinds = ["unmanned aerial vehicle"] * 15, ["manned aerial vehicle"] * 4
    found = families(record(about(*kinds[0], *kinds[1])))
    assert not any(("aerial vehicle", rule) in terms for terms in found.values() for rule in RULES)


def test_an_acronym_joins_its_long_form() -> None:
    texts = about(
        "generative adversarial network (GAN)",
        "generative adversarial network (GANs)",
        *["GAN"] * 3,
    )
    texts += about(*["generative adversarial networks"] * 2)
    found = families(record(texts))
    assert found["generative adversarial network"] >= {
        SHORT,
        ("generative adversarial network", "head"),
    }
    assert "gan" not in found


def test_one_definition_is_none() -> None:
    texts = about(
        "generative adversarial network (GAN)",
        *["GAN"] * 3,
        *["generative adversarial networks"] * 3,
    )
    assert {"gan", "generative adversarial network"} <= heads(families(record(texts)))


def test_definitions_that_disagree_join_nothing() -> None:
    agree, other = "support action robot (SAR)", "synthetic aperture radar (SAR)"
    texts = about(*[agree] * 3, *[other] * 2, *["SAR"] * 3)
    assert "sar" in families(record(texts))
    texts = about(*[agree] * 5, *[other] * 2, *["SAR"] * 3)
    assert ("sar", "acronym") in families(record(texts))["support action robot"]


def test_an_acronym_that_is_a_plain_word_joins_nothing() -> None:
    """A pan is no personal area network unless it is mostly written PAN."""
    defined = about(*["personal area network (PAN)"] * 3, times=2)
    found = families(record([*defined, *about(*["pan"] * 9, times=2)]))
    assert ("pan", "acronym") not in found["personal area network"] and "pan" in found
    found = families(record([*defined, *about(*["pan"] * 2, times=2)]))
    assert ("pan", "acronym") in found["personal area network"]


def test_chains_are_followed_to_their_end() -> None:
    """The acronym of a part ends in the whole."""
    texts = about(*["unmanned aerial vehicle"] * 24, *["aerial vehicle (AV)"] * 4, *["AV"] * 3)
    found = families(record(texts))
    assert found["unmanned aerial vehicle"] >= {("av", "acronym"), ("aerial vehicle", "part")}


def test_a_long_form_that_is_no_name_is_one_by_its_acronym() -> None:
    """Texts write it once and then its acronym."""
    texts = [f"The gate array device (GAD). Each GAD. A GAD for {word}." for word in "abcd"]
    found = record(texts)
    assert not names(found).is_name[place(found, "gate array device")]
    assert families(found)["gate array device"] == {
        ("gate array device", "head"),
        ("gad", "acronym"),
    }


def test_a_word_of_discourse_is_no_name_by_its_acronym_nor_is_that() -> None:
    texts = about(*["state-of-the-art (SOTA)"] * 3, *["SOTA"] * 5, *["general data rule (GDR)"] * 3)
    found = families(record(texts))
    assert not {"sota", "state-of-the-art"} & set(found)
    assert found["general data rule"] == {("general data rule", "head"), ("gdr", "acronym")}


def test_an_acronym_whose_long_form_is_rare_stays_a_name() -> None:
    texts = ["The gate array device (GAD). Each GAD."] * 3 + ["Each GAD. A GAD for all."] * 3
    found = record(texts, [YEAR - 6] * 3 + [YEAR] * 3)
    assert families(found)["gad"] == {("gad", "head")}


SPELT = "multimodal large language model"
INSIDE = ("multimodal llm", "abbreviated")
DEFINED = about(*["large language model (LLM)"] * 3)
BOTH = about(*["multimodal large language models"] * 3, *["multimodal LLMs"] * 5)


def test_a_phrase_that_holds_an_acronym_joins_the_one_that_spells_it_out() -> None:
    """However much commoner it is."""
    found = families(record([*DEFINED, *BOTH]))
    assert found[SPELT] == {(SPELT, "head"), INSIDE}
    assert found["large language model"] == {("large language model", "head"), ("llm", "acronym")}
    assert "multimodal llm" not in found


def test_every_acronym_of_a_phrase_is_put_in_full() -> None:
    texts = about(*["deep learning (DL)"] * 3, *["deep learning GAN"] * 3, *["DL GAN"] * 3)
    assert ("dl gan", "abbreviated") in families(record(texts))["deep learning gan"]
    texts += about(*["gate array net (GAN)"] * 3)
    found = families(record(texts))
    assert "dl gan" in found and "deep learning gan" in found  # five words are no phrase
    texts += about(*["gate net (GN)"] * 3, *["DL GN"] * 3, *["deep learning gate net"] * 3)
    found = families(record(texts))
    assert ("dl gn", "abbreviated") in found["deep learning gate net"]


def test_a_phrase_that_nobody_spells_out_stays_itself() -> None:
    found = families(record([*DEFINED, *about(*["multimodal LLMs"] * 5)]))
    assert found["multimodal llm"] == {("multimodal llm", "head")}


def test_a_phrase_joins_none_that_is_no_name() -> None:
    """It is spelt out by texts that never come back to it."""
    once = about(*["multimodal large language models"] * 3, times=1)
    found = families(record([*DEFINED, *once, *about(*["multimodal LLMs"] * 5)]))
    assert found["multimodal llm"] == {("multimodal llm", "head")}


def test_a_phrase_joins_what_its_acronym_makes_a_name() -> None:
    """Texts spell it out once and then write its own acronym."""
    texts = [f"The {SPELT} (MLLM). Each MLLM. A MLLM for {word}." for word in "abcd"]
    found = record([*DEFINED, *texts, *about(*["multimodal LLMs"] * 5)])
    assert not names(found).is_name[place(found, SPELT)]
    assert families(found)[SPELT] == {(SPELT, "head"), ("mllm", "acronym"), INSIDE}


def test_a_phrase_goes_with_what_is_spelt_out_to_its_end() -> None:
    texts = about(*["deep learning (DL)"] * 9, *["deep learning architecture"] * 4)
    found = families(record([*texts, *about(*["DL architecture"] * 3)]))
    forms = {("deep learning architecture", "use"), ("dl architecture", "abbreviated")}
    assert found["deep learning"] >= forms


def test_a_phrase_put_to_use_stays_so_where_nobody_names_it_in_full() -> None:
    texts = about(*["deep learning (DL)"] * 9, *["DL architecture"] * 3)
    once = about(*["deep learning architecture"] * 3, times=1)
    found = families(record([*texts, *once]))
    assert ("dl architecture", "use") in found["deep learning"]


def test_a_phrase_is_not_put_in_full_by_what_is_no_agreed_definition() -> None:
    small = [*DEFINED, *about(*["llm"] * 6, times=9)]
    other = about(*["logic level module (LLM)"] * 3)
    once = about("large language model (LLM)")
    for definitions in (small, [*DEFINED, *other], once):
        assert {"multimodal llm", SPELT} <= heads(families(record([*definitions, *BOTH])))


def test_a_later_definition_puts_nothing_in_full() -> None:
    texts = [*BOTH, *DEFINED]
    found = record(texts, [YEAR] * len(BOTH) + [YEAR + 1] * len(DEFINED))
    assert {"multimodal llm", SPELT} <= heads(families(found))
    assert INSIDE in families(found, YEAR + 1)[SPELT]


def test_a_phrase_spelt_out_later_is_not_known_before() -> None:
    texts = [*DEFINED, *about(*["multimodal LLMs"] * 5)]
    later = about(*["multimodal large language models"] * 3)
    found = record([*texts, *later], [YEAR] * len(texts) + [YEAR + 1] * len(later))
    assert found.at(YEAR, watched=True).survey.forms.equals(
        record(texts).at(YEAR, watched=True).survey.forms
    )
    assert INSIDE in families(found, YEAR + 1)[SPELT]


def test_a_problem_with_an_acronym_stands_for_its_first_words() -> None:
    texts = about(
        *["traveling salesman problem (TSP)"] * 3, *["TSP"] * 3, *["traveling salesman"] * 2
    )
    assert families(record(texts))["traveling salesman problem"] == {
        ("traveling salesman problem", "head"),
        ("traveling salesman", "part"),
        ("tsp", "acronym"),
    }


def test_first_words_that_mostly_stand_elsewhere_take_in_their_problem() -> None:
    texts = about(
        *["traveling salesman problem (TSP)"] * 3, *["TSP"] * 3, *["traveling salesman"] * 4
    )
    assert families(record(texts))["traveling salesman"] == {
        ("traveling salesman", "head"),
        ("traveling salesman problem", "use"),
        ("tsp", "acronym"),
    }


def test_a_name_put_to_use() -> None:
    texts = about(
        *["deep learning"] * 9, *["deep learning architecture"] * 4, *["boltzmann machine"] * 9
    )
    texts += about(*["boltzmann machine architecture"] * 4)
    found = families(record(texts))
    assert ("deep learning architecture", "use") in found["deep learning"]
    assert found["boltzmann machine"] == {("boltzmann machine", "head")}
    assert "boltzmann machine architecture" in found


def test_a_use_that_is_most_of_the_name_is_a_name_itself() -> None:
    texts = about(
        *["mixture modeling"] * 4,
        *["mixture modeling framework (MMF)"] * 3,
        *["mixture modeling system"] * 5,
    )
    assert "mixture modeling system" not in families(record(texts))["mixture modeling"]


def circle(into: list[int]) -> _Joins:
    joins = _Joins.none(len(into))
    placed = np.flatnonzero(np.array(into) >= 0)
    joins.add("acronym", placed, np.array(into)[placed], np.ones(len(placed)))
    return joins


@pytest.mark.parametrize(
    ("into", "is_named", "expected"),
    [
        ([1, 0], [1, 1], [0, 0]),
        ([1, 2, 0], [1, 1, 1], [0, 0, 0]),
        ([1, 2, 0], [0, 1, 1], [1, 1, 1]),
        ([1, 2, 0, 0], [1, 1, 1, 1], [0, 0, 0, 0]),
        ([1, 0, 3, 2, 0], [1, 1, 0, 1, 1], [0, 0, 3, 3, 0]),
        ([1, 2, -1], [1, 1, 0], [1, 1, 2]),
        ([1, 2, -1], [1, 0, 0], [0, 1, 2]),
        ([1, 2, 3, -1], [1, 0, 1, 0], [2, 2, 2, 3]),
        ([-1, -1], [1, 0], [0, 1]),
    ],
)
def test_circles_break_at_a_name_and_chains_end_in_one(
    into: list[int], is_named: list[int], expected: list[int]
) -> None:
    joins = circle(into)
    joins.keep_names(np.array(is_named, dtype=bool))
    assert joins.roots().tolist() == expected
    is_head = joins.into < 0
    assert (joins.rule[is_head] == 0).all() and (joins.evidence[is_head] == 0).all()


@given(st.lists(st.integers(-1, 11), min_size=12, max_size=12), st.integers(0, 2**12 - 1))
@settings(max_examples=200)
def test_whatever_the_joins_every_name_ends_in_a_name(into: list[int], bits: int) -> None:
    is_named = np.array([bits >> place & 1 for place in range(12)], dtype=bool)
    joins = circle([-1 if target == place else target for place, target in enumerate(into)])
    joins.keep_names(is_named)
    root = joins.roots()
    assert (joins.into[root] < 0).all()
    assert is_named[root[is_named]].all()
    assert (root == root[root]).all()


@given(st.integers(0, 10_000))
@settings(max_examples=15)
@pytest.mark.slow
def test_no_name_is_lost_and_each_belongs_once(seed: int) -> None:
    rng = np.random.default_rng(seed)
    vocabulary = (
        "deep",
        "neural",
        "network",
        "learning",
        "DNN",
        "system",
        "problem",
        ".",
        "the",
        "deep neural network (DNN)",
    )
    found = record([" ".join(rng.choice(vocabulary, 30)) for _ in range(25)])
    made, listed = names(found), technologies(found)
    assert set(np.flatnonzero(made.is_name)) <= set(listed.terms.tolist())
    assert len(set(listed.terms.tolist())) == len(listed.terms)
    assert (np.diff(listed.heads) > 0).all()
    own = listed.terms == listed.heads[listed.technology]
    assert (own == (listed.rule == RULES.index("head"))).all()
    assert np.bincount(listed.technology[own], minlength=len(listed.heads)).tolist() == [1] * len(
        listed.heads
    )


def test_some_of_the_technologies() -> None:
    found = record(
        about(*["unmanned aerial vehicle"] * 15, *["fog computing"] * 3, *["aerial vehicle"] * 2)
    )
    whole = technologies(found)
    one = whole.take(np.array([1]))
    assert one.heads.tolist() == [whole.heads[1]] and set(one.technology.tolist()) == {0}
    assert one.terms.tolist() == whole.terms[whole.technology == 1].tolist()


def test_an_undefined_acronym_means_what_the_record_is_about() -> None:
    """By hand: "sar" means x y z in 30 documents elsewhere and a b c in 3; here 5 documents say
    a b c in full, 50 x y z. Of two letters the long form is as common as they are, or nothing."""
    known = pl.DataFrame(
        {
            "short": ["sar", "sar", "de", "rl", "far"],
            "long": ["x-y-z", "a b c", "d ee", "r l l", "no such term"],
            "written": ["SAR", "SAR", "DE", "RL", "FAR"],
            "documents": [30, 3, 9, 9, 9],
        }
    )
    keys = pl.Series("key", ["abc", "de", "dee", "rl", "rll", "sar", "xyz"])
    documents = np.array([5, 40, 4, 40, 80, 60, 50])
    none = pl.DataFrame(schema={"short": pl.Int64})
    found = acronyms_elsewhere(known, none, documents, keys)
    assert found.drop("share").rows() == [(3, 4, "RL"), (5, 6, "SAR")]
    assert found["share"].to_list() == pytest.approx([1, 1500 / 1515])
    both = acronyms_elsewhere(known, none, np.array([200, 40, 4, 40, 80, 60, 50]), keys)
    assert both["written"].to_list() == ["RL"], "the record is about both of SAR's meanings"
    defined = pl.DataFrame({"short": [5]})
    assert acronyms_elsewhere(known, defined, documents, keys)["written"].to_list() == ["RL"]


def test_acronyms_need_two_definitions_of_which_seven_in_ten_agree() -> None:
    defined = (
        [("sar", "a b c")] * 7
        + [("sar", "x y z")] * 3
        + [("mar", "m a r")]
        + [("far", "unknown")] * 5
    )
    frame = pl.DataFrame(defined, schema=["short", "long"], orient="row")
    frame = frame.with_columns(
        written=pl.Series(["SAR", "SaR", "SAR", *["Sar"] * (len(defined) - 3)])
    )
    frame = frame.sample(fraction=1, shuffle=True, seed=1)
    keys = pl.Series("key", ["a b c", "far", "m a r", "mar", "sar", "x y z"])
    assert acronyms_at(frame, keys).rows() == [(4, 0, 0.7, "Sar")]
    assert acronyms_at(frame.head(0), keys).height == 0


def variants(texts: list[str]) -> dict[str, set[tuple[str, str]]]:
    """Variants of the technologies of a few Chinese documents, each with its figure."""
    forms = record(texts).at(YEAR, watched=True).survey.forms
    name = pl.col("form").filter(pl.col("kind") == "name").first().over("technology")
    joined = forms.with_columns(name.alias("name")).filter(pl.col("kind") == "variant")
    return {
        one: set(some.select("form", "evidence").rows())
        for (one,), some in joined.group_by("name", maintain_order=True)
    }


LARGE, BIG, GREAT = (
    f"{name}语言模型（LLM）。基于 LLM 和{name}语言模型。" for name in ("大型", "大", "大规模")
)


def test_long_forms_of_one_acronym_that_differ_inside_are_one() -> None:
    found = variants([LARGE] * 5 + [BIG] * 4 + [GREAT] * 3)
    expected = {("大语言模型", round(4 / 12, 4)), ("大规模语言模型", 0.25)}
    assert found == {"大型语言模型": expected}


def test_one_definition_makes_no_variant_nor_a_share_below_one_in_fifty() -> None:
    others = ["大语言模型。大语言模型。"] * 3
    assert variants([LARGE] * 9 + [BIG] + others) == {}
    assert set(variants([LARGE] * 98 + [BIG] * 2 + others)) == {"大型语言模型"}
    assert variants([LARGE] * 99 + [BIG] * 2 + others) == {}


def test_of_variants_the_one_that_most_documents_use_is_the_name() -> None:
    found = variants([LARGE] * 5 + [BIG] * 4 + [GREAT] * 3 + ["大语言模型。大语言模型。"] * 9)
    assert set(found) == {"大语言模型"}
    assert {form for form, _ in found["大语言模型"]} == {"大型语言模型", "大规模语言模型"}


def test_variants_agree_on_what_an_acronym_means() -> None:
    keys = pl.Series(["llm", "大型语言模型", "大语言模型", "对数线性模型"])  # in order
    rows = [("llm", keys[1], "LLM")] * 5 + [("llm", keys[2], "LLM")] * 2
    rows += [("llm", keys[3], "LLM")] * 3
    frame = pl.DataFrame(rows, schema=["short", "long", "written"], orient="row")
    assert acronyms_at(frame, keys).rows() == [(0, 1, 0.7, "LLM")]
    assert variants_at(frame, keys).rows() == [(2, 1, 0.2)]


def test_acronyms_of_nothing_known_join_nothing() -> None:
    found = record(about(*["fog computing"] * 3))
    none = acronyms_at(found.definitions, found.phrases.terms)
    made = technologies_at(names(found), found.phrases, found.shapes.at(YEAR), none)
    assert made.heads.tolist() == [place(found, "fog computing")]


def test_an_acronym_that_seldom_stands_beside_its_long_form_is_left_alone() -> None:
    defined = about(*["cluster head (CH)"] * 3)
    few, many = (families(record([*defined, *about(*["CH"] * times)])) for times in (10, 30))
    assert ("ch", "acronym") in few["cluster head"]
    assert ("ch", "acronym") not in many["cluster head"] and "ch" in many


def test_an_acronym_without_capitals_at_the_forecast_year_is_left_alone() -> None:
    texts = about(*["generative adversarial network (GAN)"] * 3, *["GAN"] * 3)
    found = record(texts)
    made = names(found)
    plain = replace(made, is_capital=np.zeros_like(made.is_capital))
    known = acronyms_at(found.definitions, found.phrases.terms)
    joined = technologies_at(plain, found.phrases, found.shapes.at(YEAR), known)
    assert RULES.index("acronym") not in joined.rule
