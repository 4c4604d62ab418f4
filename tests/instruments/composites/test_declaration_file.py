"""Declarations of indices as files: what they hold, and faults by line and key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from firstlight.composites import read_declaration
from firstlight.errors import InputError
from firstlight.texts import LANGUAGES

FILE = """name = "own"
title = { en = "Own", zh = "自有" }

[choices]
weights = "ahp"
normalisation = "min_max"
skew_limit = 2.0

[[dimensions]]
code = "a"
title = "A"

[[dimensions]]
code = "b"
title = "B"
within = "a"
weight = 2

[[denominators]]
code = "size"
title = "Size"
unit = "persons"

[[indicators]]
code = "x"
title = "X"
dimension = "a"
unit = "1"
direction = "positive"
goalposts = [0, 10]

[[indicators]]
code = "y"
title = "Y"
dimension = "b"
unit = "1"
direction = "negative"
denominator = "size"
names = ["why"]

[[judgements]]
of = "a"
order = ["x", "b"]
matrix = [[1, 3], ["1/3", 1]]
"""


def read(tmp_path: Path, text: str) -> Any:
    file = tmp_path / "own.toml"
    file.write_text(text, "utf-8")
    return read_declaration(file)


def test_what_a_file_holds(tmp_path: Path) -> None:
    found = read(tmp_path, FILE)
    assert found.title == {"en": "Own", "zh": "自有"}
    assert found.choices.weights == "ahp"
    assert found.tree.nodes == ("b", "a", "")
    assert found.is_negative.tolist() == [False, True]
    assert found.indicators[0].goalposts == (0, 10)
    assert found.indicators[1].names == ("why",)
    assert np.allclose(found.judgements[0].matrix, [[1, 3], [1 / 3, 1]])
    assert read(tmp_path, FILE) == found


def test_a_target_is_a_number_or_an_interval(tmp_path: Path) -> None:
    for written, target in (("4", (4, 4)), ("[3, 6]", (3, 6))):
        given = FILE.replace('"negative"', f'"moderate"\ntarget = {written}')
        found = read(tmp_path, given).indicators[1]
        assert (found.target, found.direction, found.is_negative) == (target, "moderate", True)


FAULTS = [
    ('weights = "ahp"', 'weights = "best"', "no_such_choice", 5, "weights"),
    ('weights = "ahp"', 'weight = "ahp"', "unknown_key", 5, "weight"),
    ("skew_limit = 2.0", "skew_limit = -1", "beyond_bounds", 7, "skew_limit"),
    ('normalisation = "min_max"', 'aggregation = "geometric"\nlowest = -1', "below_zero", 6, ""),
    ('within = "a"', 'within = "c"', "no_dimension", 16, "within"),
    ('within = "a"', 'within = "b"', "within_itself", 16, "within"),
    ("weight = 2", "weight = 0", "bad_number", 17, "weight"),
    ('dimension = "b"', 'dimension = "z"', "no_dimension", 35, "dimension"),
    ('dimension = "b"', 'dimension = "a"', "empty_dimension", 14, "code"),
    ('direction = "negative"', 'direction = "down"', "no_such_choice", 37, "direction"),
    ('direction = "negative"\n', "", "key_lacking", 32, "direction"),
    ('denominator = "size"', 'denominator = "sise"', "no_denominator", 38, "denominator"),
    ("goalposts = [0, 10]", "goalposts = [10, 0]", "bad_goalposts", 30, "goalposts"),
    ('names = ["why"]', "names = [3]", "not_text", 39, "names"),
    ('code = "y"', 'code = "x"', "code_twice", 33, "code"),
    ('order = ["x", "b"]', 'order = ["x", "y"]', "other_order", 43, "order"),
    ('"1/3"', '"1/2"', "not_reciprocal", 44, "matrix"),
    ('"1/3"', '"a third"', "bad_judgement", 44, "matrix"),
    ('[[1, 3], ["1/3", 1]]', "[[1, 3]]", "no_square", 44, "matrix"),
    ('title = "A"', "title = 3", "not_text", 11, "title"),
]


@pytest.mark.parametrize(("old", "new", "code", "line", "key"), FAULTS)
def test_faults_name_line_and_key(
    tmp_path: Path, old: str, new: str, code: str, line: int, key: str
) -> None:
    assert FILE.count(old) == 1
    with pytest.raises(InputError) as raised:
        read(tmp_path, FILE.replace(old, new))
    error = raised.value
    assert (error.code, error.values["line"].value) == (code, line)
    assert error.values["key"].value == (key or "aggregation")
    for lang in LANGUAGES:
        told = error.told(lang)
        assert "own.toml" in told and str(line) in told


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(InputError) as raised:
        read(tmp_path, FILE + "x = [")
    assert raised.value.code == "not_toml"
    for given, code in (("nothing", "no_declaration"), ("no.toml", "toml_unreadable")):
        with pytest.raises(InputError) as raised:
            read_declaration(given)
        assert raised.value.code == code
    with pytest.raises(InputError) as raised:
        read_declaration({"name": "x", "title": "X"})
    assert raised.value.code == "no_section"
    with pytest.raises(InputError) as raised:
        read_declaration({"name": "x", "title": "X", "dimensions": {"code": "a"}})
    assert raised.value.code == "not_sections"


def test_no_more_things_are_compared_than_there_is_a_random_index_for() -> None:
    parts = [
        {"code": f"x{j}", "title": "X", "dimension": "a", "unit": "1", "direction": "positive"}
        for j in range(16)
    ]
    judged = {"of": "a", "order": [each["code"] for each in parts], "matrix": [[1] * 16] * 16}
    given = {"name": "own", "title": "Own", "dimensions": [{"code": "a", "title": "A"}]}
    with pytest.raises(InputError) as raised:
        read_declaration({**given, "indicators": parts, "judgements": [judged]})
    assert raised.value.code == "many_judgements"


@pytest.mark.parametrize(
    ("choices", "code"),
    [
        ({"lowest": 5, "highest": 5}, "ends_crossed"),
        ({"combine": ["equal", "given"], "combine_shares": [1]}, "other_shares"),
        ({"aggregation": "topsis", "above": "geometric"}, "no_levels"),
    ],
)
def test_choices_of_a_file_that_do_not_go_together(choices: dict[str, Any], code: str) -> None:
    part = {"code": "x", "title": "X", "dimension": "a", "unit": "1", "direction": "positive"}
    given = {"name": "own", "title": "Own", "dimensions": [{"code": "a", "title": "A"}]}
    with pytest.raises(InputError) as raised:
        read_declaration({**given, "indicators": [part], "choices": choices})
    assert raised.value.code == code
