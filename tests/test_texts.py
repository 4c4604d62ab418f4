"""Values are written as each language writes them, and every text of every folder can be said in
every language."""

from __future__ import annotations

import json
import math
import os
import string
import warnings
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from firstlight.errors import InputError, checked_language
from firstlight.message_json import message_from_json, message_to_json
from firstlight.texts import (
    LANGUAGES,
    ROOT,
    WORDS,
    Change,
    Code,
    Count,
    Figure,
    Growth,
    List,
    Message,
    Name,
    Number,
    Phrase,
    Remark,
    Share,
    Texts,
    Value,
    Year,
    family_texts,
    leaves,
    load,
    message,
    names,
)

SHARED = Texts(WORDS)
FOLDERS = sorted({WORDS, *(file.parent for file in ROOT.rglob("en.toml"))})
FORMS = ("one", "other")
NO_WORDS = (
    "aim",
    "kind",
    "missing_if",
)  # codes, which stand in the English file alone


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def plain(path: tuple[str, ...]) -> tuple[str, ...]:
    """The path of a text, whichever of its forms it is."""
    return path[:-1] if path[-1] in FORMS else path


def english(folder: Path) -> dict[tuple[str, ...], set[str]]:
    """Path -> placeholders that any form of a text of the folder has."""
    known: dict[tuple[str, ...], set[str]] = {}
    for path, text in leaves(load(folder / "en.toml")):
        if path[-1] in NO_WORDS:
            continue
        chosen_by = {"count"} if path[-1] in FORMS else set()
        known.setdefault(plain(path), set()).update(placeholders(text) | chosen_by)
    return known


@pytest.mark.parametrize(
    ("value", "en", "zh"),
    [
        (Count(12345), "12,345", "12,345"),
        (Share(0.125, digits=1), "12.5%", "12.5%"),
        (Share(0.004), "<1%", "<1%"),
        (Share(0.999), ">99%", ">99%"),
        (Share(0.0), "0%", "0%"),
        (Growth(0.344), "+34%", "+34%"),
        (Growth(-0.04), "−4%", "−4%"),
        (Growth(-0.001), "0%", "0%"),
        (Growth(9.9), "+990%", "+990%"),
        (Growth(11.6), "×13", "×13"),
        (Change(6.4), "+6", "+6"),
        (Change(-1234.0), "−1,234", "−1,234"),
        (Change(0.2), "0", "0"),
        (Number(-1234.567, digits=1), "−1,234.6", "−1,234.6"),
        (Number(-0.001), "0.00", "0.00"),
        (Figure(258_900_000.0), "258.9M", "258,900,000"),
        (Figure(-2_500_000.0), "−2.5M", "−2,500,000"),
        (Figure(99_999_999.0), "100M", "100,000,000"),
        (Figure(3.2e12), "3.2e+12", "3,200,000,000,000"),
        (Figure(123_456.0), "123,456", "123,456"),
        (Year(2024), "2024", "2024年"),
        (names(["a"]), "a", "a"),
        (names([]), "–", "–"),
        (names("abc"), "a, b and c", "a、b和c"),
        (names("0123456"), "0, 1, 2, 3, 4 and 2 more", "0、1、2、3、4等7个"),
        (names("0123456", most=7), "0, 1, 2, 3, 4, 5 and 6", "0、1、2、3、4、5和6"),
        (Code("interface.yes"), "yes", "是"),
        (List((Code("interface.yes"), Name("{x}"))), "yes and {x}", "是和{x}"),
    ],
)
def test_values_are_written_by_language(value: Value[Any], en: str, zh: str) -> None:
    assert (SHARED.write("en", value), SHARED.write("zh", value)) == (en, zh)


def test_a_name_in_a_list_that_holds_what_parts_the_list_is_quoted() -> None:
    texts, given = Texts(WORDS), names(["GDP, 2015", "R and D", "Poland"])
    assert texts.write("en", given) == "'GDP, 2015', 'R and D' and Poland"
    assert texts.write("zh", names(["甲、乙", "丙"])) == "“甲、乙”和丙"


def test_the_count_chooses_the_form(tmp_path: Path) -> None:
    (tmp_path / "en.toml").write_text('[says.gaps]\none = "{count} row"\nother = "{count} rows"\n')
    (tmp_path / "zh.toml").write_text('[says.gaps]\nother = "{count}行"\n')
    texts = Texts(tmp_path)
    said = [
        texts.sentence(lang, message("gaps", count=Count(n)))
        for lang in ("en", "zh")
        for n in (0, 1, 2)
    ]
    assert said == ["0 rows", "1 row", "2 rows", "0行", "1行", "2行"]


def test_what_is_not_translated_is_wholly_english(tmp_path: Path) -> None:
    (tmp_path / "en.toml").write_text('[says]\nseen = "{year}: {rows}"\n')
    said = Texts(tmp_path).sentence("zh", message("seen", year=Year(2024), rows=names("ab")))
    assert said == "2024: a and b"


def test_a_phrase_within_a_list(tmp_path: Path) -> None:
    text = '[says]\nanswer = "{likely}."\n[phrases]\nchance = "{name} ({chance})"\n'
    (tmp_path / "en.toml").write_text(text)
    likely = List(
        tuple(
            Phrase(message("phrases.chance", name=Name(name), chance=Share(chance)))
            for name, chance in (("a", 0.5), ("b", 1.0))
        )
    )
    assert (
        Texts(tmp_path).sentence("en", message("answer", likely=likely)) == "a (50%) and b (100%)."
    )


def test_the_texts_of_a_room_within_are_found_too(tmp_path: Path) -> None:
    (tmp_path / "counts").mkdir()
    (tmp_path / "en.toml").write_text('[says]\nwhole = "whole"\n')
    (tmp_path / "counts" / "en.toml").write_text('[says]\npart = "part"\n')
    (tmp_path / "counts" / "zh.toml").write_text('[says]\npart = "部分"\n')
    texts = Texts(tmp_path)
    assert [
        texts.sentence(lang, message(code)) for code in ("whole", "part") for lang in ("en", "zh")
    ] == [
        *("whole", "whole"),
        *("part", "部分"),
    ]


def test_a_family_says_nothing_twice() -> None:
    """A measurement that stands within another one's folder has words of its own for the same."""
    families = [folder for folder in FOLDERS if ("title",) not in english(folder)]
    for folder in families:
        for room in FOLDERS:
            if folder in room.parents:
                assert not english(folder).keys() & english(room).keys(), (
                    f"{folder.name} and {room.name}"
                )


@pytest.mark.parametrize("lang", [lang for lang in LANGUAGES if lang != "en"])
def test_a_family_explains_a_parameter_once(lang: str) -> None:
    """What a folder inherits it does not say again; what two say alike stands above both, unless
    the parameter is explained there in another sense. What the main table holds is for a family to
    say, and not for all."""
    said: dict[tuple[str, str], list[Path]] = {}
    for folder in FOLDERS:
        for name, text in load(folder / f"{lang}.toml").get("parameters", {}).items():
            said.setdefault((name, text), []).append(folder)
    for (name, text), rooms in said.items():
        for folder in set(rooms) - {WORDS}:
            above = Texts(folder.parent).in_language(lang, "parameters", name)
            assert above != text, f"{folder} says again what {name} is"
        for pair in combinations(rooms, 2):
            common = Path(os.path.commonpath(pair))
            if name != "frame" or common != ROOT / "instruments":
                above = Texts(common).in_language(lang, "parameters", name)
                assert above, f"{name} is explained alike in {pair}"


def test_what_has_no_words_is_an_error_and_a_code_stands_for_itself(tmp_path: Path) -> None:
    texts = Texts(tmp_path)
    with pytest.raises(LookupError, match=r"says\.nothing"):
        texts.sentence("en", message("nothing"))
    with pytest.raises(LookupError, match="no_such"):
        texts.column("en", "technologies", "no_such")
    assert texts.code("zh", "rules", "of_another_version") == "of another version"
    assert texts.code("en", "rules", None) == "–"
    assert texts.column("zh", "technologies", "year") == {"title": "年份", "unit": "年"}


def test_a_column_that_bears_a_name_of_the_user_has_the_words_of_its_pattern(
    tmp_path: Path,
) -> None:
    english = '"elasticity_*" = { title = "{name}, elasticity", unit = "%" }\nelasticity_k = { title = "k" }\n'
    (tmp_path / "en.toml").write_text(f"[tables.firms.columns]\n{english}")
    (tmp_path / "zh.toml").write_text(
        '[tables.firms.columns]\n"elasticity_*" = { title = "{name}弹性" }\n'
    )
    texts = Texts(tmp_path)
    assert texts.column("en", "firms", "elasticity_{l}") == {
        "title": "{l}, elasticity",
        "unit": "%",
    }
    assert texts.column("zh", "firms", "elasticity_l") == {"title": "l弹性", "unit": "%"}
    assert texts.title("en", "firms", "elasticity_k") == "k"
    with pytest.raises(LookupError):
        texts.column("en", "firms", "elasticity_")


def test_a_message_is_the_same_after_json() -> None:
    inner = Phrase(message("phrases.chance", name=Name("a"), chance=Share(0.5, digits=1)))
    values: dict[str, Value[Any]] = {
        "count": Count(3),
        "year": Year(2016),
        "kind": Code("interface.no"),
        "size": Number(2.5),
        "rise": Growth(-0.5),
        "points": Change(-0.5, digits=1),
        "likely": List((inner, Name("b")), most=2),
        "note": Phrase(message("notes.no_ids", count=Count(3)), room="sources"),
    }
    given = message("answer", **values)
    kept = json.dumps(message_to_json(given), allow_nan=False)
    assert message_from_json(json.loads(kept)) == given == Message("answer", values)


def test_a_note_of_a_reader_is_said_whatever_the_folder_and_so_is_one_of_an_earlier_version() -> (
    None
):
    kept = {"type": "Remark", "value": "2 rows were added", "zh": "2行合并相加"}
    old = message_from_json({"code": "note", "values": {"text": kept}})
    assert old == message("note", text=Remark({"en": "2 rows were added", "zh": "2行合并相加"}))
    new = message("note", text=Phrase(message("notes.rows_summed", count=Count(2)), room="sources"))
    own = Texts(ROOT / "sources")
    for texts in (SHARED, family_texts("places")):
        for lang in LANGUAGES:
            assert texts.sentence(lang, old) == kept["zh" if lang == "zh" else "value"]
            said = own.say(lang, "notes", "rows_summed", count=Count(2))
            assert texts.sentence(lang, new) == said


def test_only_what_can_be_said_becomes_a_value() -> None:
    for wrong in (math.nan, math.inf):
        with pytest.raises(ValueError, match="no place"):
            Share(wrong)
    with pytest.raises(TypeError):
        Count(1.5)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        message_from_json({"code": "a", "values": {"x": {"type": "Date", "value": 1}}})


def test_languages() -> None:
    assert [checked_language(lang) for lang in LANGUAGES] == ["en", "zh"]
    with pytest.raises(InputError):
        checked_language("xx")


# Values that the code hands over and English has no need of: it counts the rest of a list.
ALSO_GIVEN = {("format", "more"): {"every"}}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(ROOT)))
def test_translations_fit_the_english(folder: Path) -> None:
    known = english(folder)
    for lang in sorted({*LANGUAGES} - {"en"}):
        done = dict(leaves(load(folder / f"{lang}.toml")))
        # the English help of parameters is that of the docstring
        done = {path: text for path, text in done.items() if path[0] != "parameters"}
        for path, text in done.items():
            assert plain(path) in known, f"{lang}: {path} has no English"
            given = known[plain(path)] | ALSO_GIVEN.get(plain(path), set())
            assert placeholders(text) <= given, f"{lang}: {path}"
        lacking = sorted(
            ".".join(path) for path in known if path not in {plain(each) for each in done}
        )
        if lacking:  # a release waits for these, a change does not
            warnings.warn(
                f"{lang} lacks {len(lacking)} texts of {folder.name}: {lacking[:5]}", stacklevel=1
            )


def test_a_text_with_forms_has_the_form_that_every_count_can_take() -> None:
    for folder in FOLDERS:
        for lang in LANGUAGES:
            for path, _ in leaves(load(folder / f"{lang}.toml")):
                if path[-1] == "one":
                    text = Texts(folder).find(lang, *path[:-1])[0]
                    assert "other" in text, f"{lang}: {path}"


@pytest.mark.parametrize(
    ("column", "en", "zh"),
    [
        ("rank", "1,234", "1,234"),
        ("name", "a", "甲（a）"),
        ("area", "Energy", "未来能源"),
        ("stage", "of another version", "of another version"),
        ("probability", "62% (48–75%)", "62%（48–75%）"),
        ("probability_low", "48%", "48%"),
        ("share", "0.12%", "0.12%"),
        ("growth_last_year", "new", "新"),
        ("growth_five_years", "–", "–"),
        ("outcome", "no", "否"),
        ("outcome_ratio", "1.8×", "1.8倍"),
        ("first_year", "2016", "2016"),
    ],
)
def test_cells_are_written_by_the_kind_of_their_column(column: str, en: str, zh: str) -> None:
    row = {
        "rank": 1234,
        "name": "a",
        "name_zh": "甲",
        "area": "energy",
        "stage": "of_another_version",
        "probability": 0.62,
        "probability_low": 0.48,
        "probability_high": 0.75,
        "share": 0.00123,
        "growth_last_year": None,
        "is_newborn": True,
        "growth_five_years": None,
        "outcome": False,
        "outcome_ratio": 1.84,
        "first_year": 2016,
    }
    texts = family_texts("emergence")
    said = [texts.cell(lang, "technologies", column, row) for lang in ("en", "zh")]
    assert said == [en, zh]


def pseudo(texts: Any) -> Iterator[str]:
    """A text file in which every English text stands in brackets."""
    for path, text in leaves(texts):
        yield f"{'.'.join(json.dumps(key) for key in path)} = {json.dumps(f'⟦{text}⟧', ensure_ascii=False)}"


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(ROOT)))
def test_another_language_reaches_every_text(folder: Path, tmp_path: Path) -> None:
    worded = {key: table for key, table in load(folder / "en.toml").items() if key != "format"}
    (tmp_path / "xx.toml").write_text("\n".join(pseudo(worded)), encoding="utf-8")
    texts = Texts(tmp_path)
    for path, wanted in english(folder).items():
        if path[0] != "format":
            values: dict[str, Value[Any]] = {name: Name("☉") for name in wanted}
            values |= {"count": Count(2)} if "count" in wanted else {}
            said = texts.say("xx", *path, **values)
            assert said.startswith("⟦") and said.endswith("⟧") and "{" not in said, path
