"""A person's words find the measurement or the command that answers, and help is ordered by the
five questions."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from command_line import CommandLine, Said
from firstlight import measurement as declared
from firstlight.cli.arguments import BY_AIM, FIRST_MEASURED, VERBS
from firstlight.cli.commands import COMMANDS
from firstlight.cli.nearest_commands import asked_in_words, nearest_commands
from firstlight.cli.parser import CLI
from firstlight.measurement import AIMS, by_aim, folders, speaking_of
from firstlight.texts import LANGUAGES, Texts
from firstlight.word_search import nearest

NAMED = {
    "招商": "opportunities",
    "产业链断供": "weak_links",
    "人才流失": "talent",
    "supplier stops": "shock",
    "jobs": "graduates",
    "who could we work with": "partners",
}


@pytest.fixture
def shell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> CommandLine:
    monkeypatch.chdir(tmp_path)
    return CommandLine(tmp_path, capsys)


def commands_in(said: Said) -> list[str]:
    """The commands that an answer names, each on a line of its own."""
    return re.findall(r"^  firstlight (?:measure )?(\w+)$", said.err, re.MULTILINE)


@pytest.fixture
def words_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The words of the measurements, read once for many phrases."""
    described = declared._described()
    monkeypatch.setattr(declared, "_described", lambda: described)


@pytest.mark.usefixtures("words_once")
@pytest.mark.parametrize(
    ("lang", "part", "least", "of"),
    [
        ("en", "tuning", 147, 150),
        ("zh", "tuning", 149, 150),
        # measured once, on phrases that no word was written for
        ("en", "aside", 22, 30),
        ("zh", "aside", 26, 30),
    ],
)
def test_phrases_lead_to_a_right_answer_within_the_first_three(
    reference: Path, lang: str, part: str, least: int, of: int
) -> None:
    with (reference / "person_words.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if (row["lang"], row["set"]) == (lang, part)]
    right = [row["right"].split(";") for row in rows]
    found = [nearest_commands(row["phrase"]) for row in rows]
    assert all(set(names) <= {*folders(), *VERBS} and len(names) <= 3 for names in right)
    assert all(len(names) <= 3 for names in found)
    hits = sum(bool({*one} & {*other}) for one, other in zip(right, found, strict=True))
    assert len(rows) == of and hits >= least


@pytest.mark.usefixtures("words_once")
@pytest.mark.parametrize(("phrase", "meant"), NAMED.items())
def test_the_command_line_names_three_commands_with_their_questions(
    phrase: str, meant: str, shell: CommandLine
) -> None:
    """At the start of a command and after ``measure``, as one word or several, quoted or not."""
    for words in ([phrase], phrase.split(), ["measure", phrase], ["measure", *phrase.split()]):
        for lang in LANGUAGES:
            said = shell(*words, "--lang", lang)
            names = commands_in(said)
            assert said.code == 2 and said.out == ""
            assert meant in names and len(names) <= 3
            question = Texts(folders()[meant]).say(lang, "question")
            assert question in said.err and "choose from" not in said.err


@pytest.mark.usefixtures("words_once")
def test_a_slip_of_the_keyboard_comes_first_and_a_short_word_is_none(shell: CommandLine) -> None:
    assert commands_in(shell("obsrve", "papers.csv"))[0] == "observe"
    assert commands_in(shell("measure", "adoptoin", "panel.csv"))[0] == "adoption"
    assert commands_in(shell("adoption", "panel.csv"))[0] == "adoption"
    assert nearest_commands("how fair are incomes")[0] != "show"


def test_what_is_near_to_nothing_is_refused_with_the_way_to_the_list(shell: CommandLine) -> None:
    said = shell("xyzzy")
    assert said.code == 2 and commands_in(said) == [] and "firstlight measure --help" in said.err


def test_what_may_be_a_key_is_never_repeated(shell: CommandLine) -> None:
    said = shell("fetchh", "openalex", "folder", "api_key=SECRET")
    assert commands_in(said)[0] == "fetch" and "SECRET" not in said.err


@pytest.mark.parametrize(
    "given",
    [["observe", "jobs"], ["measure", "growth", "jobs"], ["measure", "--help"], ["--version"], []],
)
def test_a_known_command_is_no_phrase(given: Sequence[str]) -> None:
    assert asked_in_words(given) == ""


def test_every_measurement_answers_one_question_and_every_verb_stands_under_one() -> None:
    grouped = by_aim()
    assert tuple(grouped) == AIMS and all(grouped.values())
    assert sorted(name for names in grouped.values() for name in names) == sorted(folders())
    assert {"weak_links", "shock", "structure"} <= {*grouped["secure"]}
    assert {"complexity", "opportunities", "partners", "plan"} <= {*grouped["foster"]}
    assert {"adoption", "substitution"} <= {*grouped["identify"]}
    assert {"tfp_change", "index", "inequality"} <= {*grouped["measure"]}
    assert "conversion" in grouped["share"]
    assert len(VERBS) == len(set(VERBS)) and {*VERBS} == {*COMMANDS}
    assert [aim for aim in BY_AIM if aim in AIMS] == list(AIMS)
    for aim, names in FIRST_MEASURED.items():
        assert {*names.split(", ")} <= {*grouped[aim]}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_measurement_has_the_words_of_persons(lang: str) -> None:
    lacking = [
        name for name, folder in folders().items() if not Texts(folder).in_language(lang, "also")
    ]
    assert lacking == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_without_a_command_the_commands_are_listed_by_the_five_questions(
    lang: str, shell: CommandLine
) -> None:
    said = shell("--lang", lang)
    assert said.code == 0 and said.err == ""
    assert said.out == shell("--help", "--lang", lang).out
    at = [said.out.index(CLI.say(lang, "aims", aim)) for aim in BY_AIM]
    assert at == sorted(at)
    for aim, start, end in zip(BY_AIM, at, [*at[1:], len(said.out)], strict=True):
        listed = re.findall(r"^  (\w+)\s", said.out[start:end], re.MULTILINE)
        assert [*BY_AIM[aim], *(["measure"] if aim in AIMS else [])] == listed


@pytest.mark.parametrize("lang", LANGUAGES)
def test_measure_alone_lists_each_measurement_once_under_its_question(
    lang: str, shell: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    said = shell("measure", "--lang", lang)
    assert said.code == 0 and said.err == ""
    assert said.out == shell("measure", "--help", "--lang", lang).out
    at = [said.out.index(CLI.say(lang, "aims", aim)) for aim in AIMS]
    for aim, start, end in zip(AIMS, at, [*at[1:], len(said.out)], strict=True):
        listed = re.findall(r"^  (\w+)(?=\s)", said.out[start:end], re.MULTILINE)
        assert listed == by_aim()[aim]
    for name, folder in folders().items():
        line = next(line for line in said.out.splitlines() if line.split()[:1] == [name])
        assert line.endswith(Texts(folder).say(lang, "title"))


def test_a_word_counts_where_it_stands_and_by_how_few_are_called_so() -> None:
    things = {
        "a": {"called": "prices, 价格", "answers": "", "says": "jobs"},
        "b": {"called": "prices", "answers": "how many jobs there are"},
        "c": {"called": "prices of jobs"},
    }
    assert nearest("jobs", things) == ["c", "b", "a"]
    assert nearest("价格", things) == ["a"]
    assert nearest("jobs", dict(reversed(things.items()))) == ["c", "b", "a"]
    assert nearest("what is it", things) == [] and nearest("", things) == []


def test_the_library_names_the_nearest_too() -> None:
    assert speaking_of("人才流失")[0] == "talent"
    assert speaking_of("写材料给领导", {"brief": {"called": "写材料"}})[0] == "brief"
