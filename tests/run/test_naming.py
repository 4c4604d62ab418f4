"""Names by the user's own server, from end to end: what is sent, what is shown, and that no figure
changes."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

import take_off_corpus as made
from firstlight.catalogue import Catalogue
from firstlight.instruments.emergence.technologies.given_names import EVIDENCE_SCHEMA
from firstlight.nouns import Result as Kept
from firstlight.run import naming
from firstlight.run.naming import FOLDER, GivenNames, given, with_given_names
from firstlight.run.naming_section import Naming, naming_of
from firstlight.run.observed import Observation
from firstlight.run.observing import observe
from firstlight.sources import chat
from firstlight.sources.bounds import REPLY
from firstlight.sources.transport import Patience
from firstlight.texts import family_texts
from firstlight.views.observation_page import observation_page
from firstlight.views.observation_terminal import observation_terminal
from sources.chat_server import Answer, Served, evidence_in, said, serve_chat

AS_OF = 2015
DOCUMENTS = made.corpus(years=(2010, 2016), per_year=150, technologies=16)
MOST = 12
# what a name may change, in tables that hold names
SHOWN = {
    "technologies": ("name", "name_zh", "theme", "theme_zh"),
    "themes": ("name", "name_zh", "top"),
    "areas_summary": ("best_name",),
}


@dataclass(frozen=True)
class Named:
    """An observation whose first technologies a model has named, in its folder, and what the model
    was asked."""

    folder: Path
    result: Observation
    served: Served
    plain: Observation


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Named]:
    folder = tmp_path_factory.mktemp("named")
    plain = observe(DOCUMENTS, as_of=AS_OF, project=folder)
    assert not (folder / FOLDER).exists()
    with serve_chat(sensible) as served:
        yield Named(folder, named(folder, served), served, plain)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits between two tries."""
    without_pause = Patience(attempts=chat.TRIES, timeout=5.0, pause=lambda seconds: None)
    monkeypatch.setattr(naming, "patience_of", lambda timeout: without_pause)


def sensible(asked: dict[str, Any], before: int = 0) -> Answer:
    """A name in another order of words, which the evidence holds and nobody else has."""
    told = evidence_in(asked)
    words = told["name"].split(" (")[0].split()
    letters = "".join(word[:2] for word in words)
    return said(
        json.dumps(
            {
                "name_en": " ".join([words[-1], "of", *words[:-1]]),
                "description_en": "It stands in documents.",
                "name_zh": "网络" + "".join(chr(0x4E00 + ord(letter)) for letter in letters),
                "description_zh": "见于文献。",
            }
        )
    )


def named(project: Path, served: Served, **more: Any) -> Observation:
    return observe(DOCUMENTS, as_of=AS_OF, project=project, naming=settings(served, **more))


def settings(served: Served, **more: Any) -> dict[str, Any]:
    return {"url": served.url, "model": "a model", "technologies": MOST, **more}


def with_figures_alone(result: Observation) -> dict[str, pl.DataFrame]:
    own = ("named", "warnings")
    return {
        name: frame.drop(SHOWN.get(name, ()))
        for name, frame in result.tables.items()
        if name not in own
    }


def assert_same_figures(one: Observation, other: Observation) -> None:
    before, after = with_figures_alone(one), with_figures_alone(other)
    assert before.keys() == after.keys()
    for name, frame in before.items():
        assert frame.equals(after[name]), name


def warned(result: Observation) -> dict[str, dict[str, Any]]:
    rows = result.tables["warnings"].select("code", "values").rows()
    return {
        code: json.loads(values)["values"] for code, values in rows if code.startswith("naming")
    }


def bytes_of(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def test_names_change_what_is_shown_and_no_figure(seen: Named) -> None:
    plain, found = seen.plain, seen.result
    assert_same_figures(plain, found)
    table = found.tables["named"]
    assert table.height == 2 * MOST and plain.tables["named"].is_empty()
    assert table["outcome"].to_list() == ["accepted", "translation"] * MOST
    before, after = plain.tables["technologies"], found.tables["technologies"]
    changed = before.filter(before["name"] != after["name"])["technology_id"].to_list()
    assert (
        changed == before.filter(pl.col("same_as").is_null())["technology_id"].head(MOST).to_list()
    )
    for language, column in (("en", "name"), ("zh", "name_zh")):
        new = table.filter(pl.col("language") == language).select("technology_id", "name").rows()
        assert (
            after.filter(pl.col("technology_id").is_in(changed))
            .select("technology_id", column)
            .rows()
            == new
        )
    first = after.row(0, named=True)
    answer = json.dumps(found.facts["first_lines"], ensure_ascii=False)
    assert first["name"] in answer and first["name_zh"] in answer
    assert warned(found)["naming_done"]["count"]["value"] == MOST


def test_themes_and_areas_follow_the_names_that_they_were_named_after(seen: Named) -> None:
    before, after = seen.plain.tables, seen.result.tables
    technologies = after["technologies"]
    new = dict(zip(before["technologies"]["name"], technologies["name"], strict=True))
    chinese = dict(technologies.select("name", "name_zh").rows())
    for name, column in (
        ("themes", "name"),
        ("areas_summary", "best_name"),
        ("technologies", "theme"),
    ):
        assert after[name][column].to_list() == [new.get(one) for one in before[name][column]], name
    assert not after["themes"]["name"].equals(before["themes"]["name"])
    assert after["themes"]["top"].to_list() == [
        [new[one] for one in top] for top in before["themes"]["top"]
    ]
    assert after["themes"]["name_zh"].to_list() == [chinese[one] for one in after["themes"]["name"]]
    assert technologies["theme_zh"].to_list() == [chinese.get(one) for one in technologies["theme"]]


def test_a_second_run_asks_nothing_and_gives_the_same_bytes(seen: Named) -> None:
    asked, kept = len(seen.served.asked), bytes_of(seen.folder)
    again = named(seen.folder, seen.served)
    assert len(seen.served.asked) == asked == MOST and bytes_of(seen.folder) == kept
    assert all(frame.equals(again.tables[name]) for name, frame in seen.result.tables.items())


def test_where_names_come_from_is_told(seen: Named) -> None:
    catalogue = Catalogue.open(seen.folder, reading=True)
    inputs = catalogue.find("observation").inputs
    assert inputs["named"] == catalogue.find("named").key
    told = catalogue.explain("named")
    assert told.parameters["url"] == seen.served.url
    steps = {step.name: step.explanation for step in told.inputs}
    answers = steps["naming_answers"]
    assert answers is not None and len(answers.snapshots) == MOST
    assert {file.state for file in answers.snapshots} == {"unchanged"}
    rows = catalogue.table(catalogue.find("named"), "named")
    files = {path.name for path in (seen.folder / FOLDER).iterdir()}
    assert {f"{prompt}.json" for prompt in rows["prompt_sha256"]} == files
    assert rows["answered"].null_count() == 0 and rows["model"].unique().to_list() == ["a model"]


def test_what_is_sent_was_known_in_the_forecast_year(seen: Named) -> None:
    until = DOCUMENTS.filter(pl.col("date").dt.year() <= AS_OF)
    titles = set(until["title"].str.to_lowercase())
    for asked in seen.served.asked:
        told = evidence_in(asked)
        assert told["documents"] and {one["title"].lower() for one in told["documents"]} <= titles
        assert told["name"] not in told["neighbours"] and len(told["forms"]) <= naming.FORMS_SENT


@pytest.mark.slow
def test_later_documents_change_no_question(seen: Named, tmp_path: Path) -> None:
    until = DOCUMENTS.filter(pl.col("date").dt.year() <= AS_OF)
    with serve_chat(sensible) as early:
        observe(until, as_of=AS_OF, project=tmp_path, naming=settings(early))
    assert [one["messages"] for one in early.asked] == [
        one["messages"] for one in seen.served.asked
    ]


def test_a_hostile_model_reaches_neither_page_nor_terminal(seen: Named, tmp_path: Path) -> None:
    project = shutil.copytree(seen.folder, tmp_path / "kept")
    hostile = {
        "name_en": "<img src=x onerror=alert(1)>\x1b[2J\u202e",
        "description_en": "\x1b]0;x\x07 is </script> it.",
        "name_zh": "图<b>网络",
        "description_zh": "```",
    }
    with serve_chat(lambda asked, before: said(json.dumps(hostile))) as served:
        found = named(project, served)
    assert set(found.tables["named"]["outcome"]) == {"control", "markup"}
    for name in SHOWN:
        assert found.tables[name].equals(seen.plain.tables[name]), name
    assert warned(found)["naming_done"]["refused"]["value"] == 2 * MOST  # in two languages
    for lang in ("en", "zh"):
        page = observation_page(found.tables, found.facts, lang=lang)
        shown = observation_terminal(found.tables, found.facts, lang=lang, colour=False)
        assert "onerror=alert" not in shown and "<img src=x" not in page
        assert not {"\x1b", "\x07", "\u202e"} & set(page + shown)


def test_a_failing_server_leaves_what_was_computed_and_a_name_of_the_user_s_stays(
    seen: Named, tmp_path: Path
) -> None:
    project = shutil.copytree(seen.folder, tmp_path / "kept")
    shutil.rmtree(project / FOLDER)
    first = seen.plain.tables["technologies"].filter(pl.col("same_as").is_null()).row(0, named=True)
    own = pl.DataFrame({"name": [first["name"]], "action": ["rename"], "to": ["My own name"]})

    def answer(asked: dict[str, Any], before: int) -> Answer:
        return sensible(asked) if before < 2 else Answer(status=503)

    with serve_chat(answer) as served:
        found = observe(DOCUMENTS, as_of=AS_OF, project=project, names=own, naming=settings(served))
    outcomes = found.tables["named"].filter(pl.col("language") == "en")["outcome"].to_list()
    assert outcomes == ["own_name", "accepted", *["no_answer"] * (MOST - 2)]
    before, after = seen.plain.tables["technologies"], found.tables["technologies"]
    assert after["name"][0] == "My own name"
    assert after["probability"].equals(before["probability"]) and after["rank"].equals(
        before["rank"]
    )
    assert before.filter(before["name"] != after["name"]).height == 2
    told = warned(found)["naming_stopped"]
    assert (
        told["count"]["value"] == MOST - 2 and told["why"]["value"]["code"] == "phrases.naming_busy"
    )
    assert "naming_stopped" in [line["code"] for line in found.facts["first_lines"]]
    for lang in ("en", "zh"):
        assert "503" in observation_terminal(found.tables, found.facts, lang=lang)


@pytest.mark.slow
def test_counts_have_no_documents_that_speak_for_a_name(tmp_path: Path) -> None:
    with serve_chat(sensible) as served:
        asked = Naming(served.url, "a model")
        found = observe(made.counts(), as_of=2013, project=tmp_path, naming=asked)
    assert not served.paths and set(warned(found)) == {"naming_not_of_counts"}
    assert found.tables["named"].is_empty()


# ---- asking alone, on evidence written by hand


THREE = ("graph networks", "optical tweezers", "tidal turbines")


@dataclass(frozen=True)
class Asking:
    """A project with evidence on three technologies."""

    catalogue: Catalogue
    kept: Kept

    def names(self, served: Served, **more: Any) -> GivenNames:
        settled = naming_of(settings(served, **more))
        survey: Any = SimpleNamespace(
            labels=THREE,
            ids=pl.Series("technology_id", THREE),
            forms_by_id=pl.DataFrame({"technology_id": THREE, "form": THREE}),
        )
        own = pl.DataFrame(schema=dict.fromkeys(("action", "to", "technology_id"), pl.String))
        return given(self.catalogue, self.kept, settled, survey, own, lambda line: None)


@pytest.fixture
def asking(tmp_path: Path) -> Asking:
    rows = [
        (
            name,
            name,
            None,
            [name],
            ["blue cells"],
            [f"On {name}"],
            ["Nothing."],
            [one for one in THREE if one != name],
        )
        for name in THREE
    ]
    evidence = pl.DataFrame(rows, schema=dict(EVIDENCE_SCHEMA), orient="row")
    catalogue = Catalogue.open(tmp_path)
    kept = catalogue.keep(
        "naming_evidence",
        instrument="emergence.naming_evidence",
        parameters={},
        inputs={},
        source="",
        licence="",
        compute=lambda: ({"evidence": evidence}, {}),
    )
    return Asking(catalogue, kept)


def english(found: GivenNames) -> list[str]:
    return found.named.filter(pl.col("language") == "en")["outcome"].to_list()


def why(found: GivenNames) -> str | None:
    stopped = [
        one.message.values["why"].value.code
        for one in found.cautions
        if one.code == "naming_stopped"
    ]
    return stopped[0].removeprefix("phrases.naming_") if stopped else None


def wrong(**changed: str) -> Callable[[dict[str, Any], int], Answer]:
    def answer(asked: dict[str, Any], before: int) -> Answer:
        told = json.loads(json.loads(sensible(asked).body)["choices"][0]["message"]["content"])
        return said(json.dumps({**told, **changed}))

    return answer


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (wrong(name_en="quantum entanglement"), "not_in_evidence"),
        (wrong(description_en="It is 97 times better."), "number"),
        (
            lambda asked, before: wrong(name_en=evidence_in(asked)["neighbours"][0])(asked, before),
            "sibling",
        ),
        (lambda asked, before: said("I would rather not."), "no_json"),
        (lambda asked, before: said('{"name_en": "graph networks"'), "no_json"),
        (lambda asked, before: said('{"name_en": "graph networks"}'), "lacking"),
    ],
)
def test_what_is_not_borne_out_is_kept_with_its_reason(
    asking: Asking, answer: Callable[[dict[str, Any], int], Answer], reason: str
) -> None:
    with serve_chat(answer) as served:
        found = asking.names(served)
        assert english(found) == [reason] * 3 and why(found) is None
        asking.names(served)
        assert len(served.asked) == 3  # a bad answer is an answer


def test_json_in_a_fence_and_a_server_that_knows_no_response_format(asking: Asking) -> None:
    def answer(asked: dict[str, Any], before: int) -> Answer:
        if "response_format" in asked:
            return Answer(b"{}", 400)
        told = json.loads(sensible(asked).body)["choices"][0]["message"]["content"]
        return said(f"<think>{{}}</think>Of course:\n```json\n{told}\n```")

    with serve_chat(answer) as served:
        assert english(asking.names(served)) == ["accepted"] * 3
    assert len(served.asked) == 4


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda asked, before: Answer(status=500), "busy"),
        (lambda asked, before: Answer(status=429, headers={"Retry-After": "3600"}), "busy"),
        (lambda asked, before: Answer(status=401), "refused"),
        (lambda asked, before: Answer(status=400), "refused"),
        (
            lambda asked, before: Answer(status=307, headers={"Location": "http://127.0.0.1:9/"}),
            "redirected",
        ),
        (lambda asked, before: Answer(b"<html>"), "not_understood"),
        (lambda asked, before: Answer(b"x" * (REPLY.answer_bytes + 1)), "not_understood"),
    ],
)
def test_a_server_that_fails_is_told_of_and_asked_no_further(
    asking: Asking, answer: Callable[[dict[str, Any], int], Answer], reason: str
) -> None:
    with serve_chat(answer) as served:
        found = asking.names(served)
    assert len(served.asked) <= chat.TRIES and why(found) == reason
    assert english(found) == ["no_answer"] * 3
    texts = family_texts("emergence")
    assert all(texts.sentence(lang, one.message) for lang in ("en", "zh") for one in found.cautions)


def test_too_slow_and_nobody_there(asking: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    hurried = Patience(attempts=1, timeout=0.2, pause=lambda seconds: None)
    monkeypatch.setattr(naming, "patience_of", lambda timeout: hurried)
    with serve_chat(lambda asked, before: Answer(b"x" * 999, drip=0.05)) as served:
        assert why(asking.names(served)) == "too_slow"
    assert why(asking.names(served)) == "unreachable"


def test_what_was_answered_before_a_break_is_not_asked_again(asking: Asking) -> None:
    broken: list[bool] = [True]

    def answer(asked: dict[str, Any], before: int) -> Answer:
        return Answer(status=503) if broken[0] and before else sensible(asked)

    with serve_chat(answer) as served:
        assert english(asking.names(served)) == ["accepted", "no_answer", "no_answer"]
        asked = len(served.asked)
        broken[0] = False
        whole = asking.names(served)
        assert english(whole) == ["accepted"] * 3 and why(whole) is None
        assert len(served.asked) == asked + 2 and served.asked[0] not in served.asked[asked:]


def test_another_model_is_asked_again(asking: Asking) -> None:
    with serve_chat(sensible) as served:
        asking.names(served)
        asking.names(served, model="another")
        asking.names(served)
    assert [asked["model"] for asked in served.asked] == ["a model"] * 3 + ["another"] * 3


@pytest.mark.parametrize(
    "damage",
    [
        b'{"answer": "',
        b"",
        b"[]",
        b"\xff",
        b'{"answer": "x", "answered": "soon", "prompt_sha256": ""}',
    ],
)
def test_a_damaged_answer_is_asked_again(asking: Asking, damage: bytes) -> None:
    with serve_chat(sensible) as served:
        first = asking.names(served)
        sorted((asking.catalogue.project / FOLDER).iterdir())[0].write_bytes(damage)
        again = asking.names(served)
    assert len(served.asked) == 4 and again.named.equals(first.named)


def test_the_key_comes_from_the_environment_and_stays_out_of_every_file(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve_chat(sensible) as served:
        for unset in (None, "", "two\nlines"):
            monkeypatch.delenv("NAMING_KEY", raising=False)
            if unset is not None:
                monkeypatch.setenv("NAMING_KEY", unset)
            assert why(asking.names(served, key_env="NAMING_KEY")) == "no_key"
        assert not served.asked
        monkeypatch.setenv("NAMING_KEY", "sesame-7f3a")
        asking.names(served, key_env="NAMING_KEY")
    assert {one["Authorization"] for one in served.headers} == {"Bearer sesame-7f3a"}
    project = asking.catalogue.project
    assert not any(b"sesame" in path.read_bytes() for path in project.rglob("*") if path.is_file())


def test_one_language_alone(asking: Asking) -> None:
    with serve_chat(sensible) as served:
        found = asking.names(served, languages=["zh"])
    assert found.named["outcome"].to_list() == ["translation"] * 3


def test_pairs_and_parts_are_called_by_the_names_that_were_given() -> None:
    """Whatever table repeats a name has the new one; a translation by the user is taken."""
    technologies = pl.DataFrame(
        {
            "technology_id": ["a", "b"],
            "name": ["laser", "optics"],
            "name_zh": [None, None],
            "theme": ["optics", None],
            "members": [None, ["laser"]],
        }
    ).with_columns(theme_zh=pl.lit(None, pl.String), name_zh=pl.col("name_zh").cast(pl.String))
    tables = {
        "technologies": technologies,
        "themes": pl.DataFrame(
            {"name": ["optics"], "name_zh": [None], "top": [["laser"]]},
            schema_overrides={"name_zh": pl.String},
        ),
        "areas_summary": pl.DataFrame({"best_name": ["laser"]}),
        "new_links": pl.DataFrame(
            {"name": ["laser"], "other_name": ["mirror"], "common": [["optics", "laser"]]}
        ),
        "dropped": pl.DataFrame({"into": ["laser", None]}),
    }
    given = pl.DataFrame(
        {
            "technology_id": ["a"],
            "language": ["en"],
            "name": ["fibre laser"],
            "outcome": ["accepted"],
        }
    )
    renamed = with_given_names(tables, given)
    assert renamed["new_links"].row(0) == ("fibre laser", "mirror", ["optics", "fibre laser"])
    assert renamed["dropped"]["into"].to_list() == ["fibre laser", None]
    assert renamed["themes"]["top"].to_list() == [["fibre laser"]]
    assert renamed["technologies"]["members"].to_list() == [None, ["fibre laser"]]
