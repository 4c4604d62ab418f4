"""The command line end to end: what each verb prints, what it refuses, and what it survives."""

from __future__ import annotations

import os
import pty
import resource
import select
import signal
import subprocess
import time
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

from command_line import CommandLine, Said, corpus, environment, program, run_program, unfinished
from firstlight.catalogue import Catalogue
from firstlight.run.project import TEMPLATE
from sources.server import Answer, serve

PAGE = """<?xml version="1.0" encoding="UTF-8"?>
<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords><record><header>
<identifier>oai:arXiv.org:{n}</identifier></header><metadata><arXiv xmlns="http://arxiv.org/OAI/arXiv/"><id>{n}</id>
<created>201{n}-05-01</created><title>Title {n}</title><categories>cs.AI</categories><abstract>Text</abstract></arXiv>
</metadata></record>{token}</ListRecords></OAI-PMH>"""


@pytest.fixture
def shell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> CommandLine:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return CommandLine(tmp_path, capsys)


@pytest.fixture
def observed(shell: CommandLine) -> CommandLine:
    shell.write("papers.csv", corpus().write_csv())
    assert shell("observe", "papers.csv", "--quiet").code == 0
    return shell


def first_technology() -> str:
    return str(pl.read_parquet("observatory/tables/technologies.parquet")["technology_id"][0])


@pytest.mark.slow
def test_progress_is_one_line_per_stage_where_there_is_no_terminal(shell: CommandLine) -> None:
    shell.write("papers.csv", corpus().write_csv())
    said = shell("observe", "papers.csv")
    lines = said.err.splitlines()
    assert said.code == 0 and lines[0] == "reading" and lines[-1] == "writing the page"
    assert len(lines) > 5 and all(one != other for one, other in pairwise(lines))
    again = shell("observe", "papers.csv", "--lang", "zh")
    assert again.err.splitlines()[0] == "读取" and len(again.err.splitlines()) < len(lines), (
        "what is kept isn't counted"
    )
    assert shell("observe", "papers.csv", "--quiet").err == ""


@pytest.mark.slow
def test_the_print_shows_whole_labels_and_how_to_walk_back(observed: CommandLine) -> None:
    said = observed("observe", "papers.csv")
    frame = pl.read_parquet("observatory/tables/technologies.parquet")
    flat = " ".join(said.out.split())
    for name in frame.filter(pl.col("rank") <= 10)["name"]:
        assert name in flat
    assert "…" not in said.out
    assert said.lines[-1].strip() == (
        f"firstlight explain observation --table technologies --row technology_id={first_technology()}"
    )
    other = observed("observe", "papers.csv", "--project", "a b", "--lang", "zh").lines[-1]
    assert other.endswith("--project 'a b' --lang zh")


@pytest.mark.slow
def test_the_hint_of_the_print_works(observed: CommandLine) -> None:
    words = observed("observe", "papers.csv").lines[-1].split()[1:]
    english, chinese = observed(*words), observed(*words, "--lang", "zh")
    assert english.code == chinese.code == 0
    for each in (
        "formula",
        "citation",
        "parameters",
        "code version",
        "source",
        "licence",
        "sha256",
        "file unchanged",
    ):
        assert each in english.out
    for each in ("公式", "引用文献", "参数", "代码版本", "来源", "许可", "文件未变"):
        assert each in chinese.out
    assert f"technology_id = {first_technology()}" in english.out
    assert "file papers.csv" in english.out and "file not found" not in english.out, (
        "it goes down to the bytes"
    )


@pytest.mark.slow
def test_explain_and_show_name_what_is_near(observed: CommandLine) -> None:
    row = ("--row", "technology_id=nonsense")
    for words, says in (
        (("show", "observatoin"), ("no result", "observation")),
        (("explain", "technologies_2099"), ("near names: technologies_20",)),
        (("show", "observation", "--table", "technologis"), ("did you mean technologies?",)),
        (("explain", *row), ("which table?", "--table")),
        (("explain", "--table", "tecs", *row), ("no table 'tecs'", "technologies")),
        (("explain", "--table", "technologies", *row), ("no rows match", "technology_id is")),
        (
            ("explain", "--table", "technologies", "--row", "name"),
            ("name has no '='", "--row technology_id="),
        ),
        (
            ("explain", "--table", "technologies", "--row", "colour=red"),
            ("no column 'colour'", "name"),
        ),
        (("explain", "--table", "years", "--row", "year=soon"), ("year takes a whole number",)),
    ):
        observed.refuses(*words, says=says, keeps=True)
    assert "year = 2016" in observed("explain", "--table", "years", "--row", "year=2016").out
    assert observed("explain", "--table", "years", "--row", "is_complete=true").code == 2


@pytest.mark.slow
def test_show_lists_results_tables_and_rows(observed: CommandLine) -> None:
    listed = observed("show")
    assert listed.code == 0 and all(
        name in listed.out for name in ("observation", "record", "files_read", "technologies_2019")
    )
    assert "technologies" in observed("show", "observation").out
    assert "firstlight explain files_read" in observed("show", "files_read").out
    rows = observed("show", "observation", "--table", "years", "--rows", "2")
    assert "2013" in rows.out and "2014" not in rows.out and "6 rows more" in rows.out
    assert observed("show", "--rows", "-1").code == 2


@pytest.mark.parametrize("verb", ["show", "explain", "report"])
def test_nothing_to_show_before_anything_was_observed(shell: CommandLine, verb: str) -> None:
    shell.refuses(verb, says=("no catalogue here", "firstlight observe"))
    Catalogue.open("observatory")
    if verb != "show":
        shell.refuses(verb, says=("no result 'observation'", "firstlight observe"), keeps=True)


@pytest.mark.slow
def test_report_writes_the_page_again(observed: CommandLine) -> None:
    before = Path("observatory/index.html").read_bytes()
    said = observed("report", "--to", "elsewhere")
    assert said.code == 0 and said.lines[0] == "elsewhere/index.html"
    assert Path("elsewhere/index.html").read_bytes() == before


@pytest.mark.slow
def test_a_project_and_its_settings(shell: CommandLine) -> None:
    assert "next: firstlight observe here" in shell("new", "here").out
    shell.refuses("new", "here", says=("there is a project already",))
    shell.write("file", "x")
    shell.refuses("new", "file/below", says=("can't write", "choose another folder"))
    shell.write("here/papers.csv", corpus().write_csv())
    settings = (
        TEMPLATE.read_text("utf-8")
        .replace('source = ""', 'source = "papers.csv"')
        .replace('"en"', '"zh"')
    )
    shell.write("here/observatory.toml", settings)
    said = shell("observe", "here")
    assert (
        said.code == 0
        and "3,200" in said.out
        and "文献" in said.out
        and Path("here/index.html").is_file()
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[observe\n", ("not valid TOML", "line 1")),
        ("source = papers.csv\n", ("not valid TOML",)),
        ("\udcff", ("not valid TOML",)),
        ("[observe]\nhorison = 3\n", ("unknown setting 'horison'", "did you mean horizon?")),
        ("[observed]\n", ("unknown setting 'observed'", "did you mean [observe]?")),
        ('[observe]\nas_of = "2016"\n', ("as_of = '2016' is of the wrong kind", "a whole number")),
        ("[observe]\nhorizon = true\n", ("wrong kind",)),
        (
            "[observe]\nhorizon = 0\n",
            (
                "horizon = 0",
                "one of 3 and 5",
            ),
        ),
        ('[observe]\nlanguage = "fr"\n', ("no language 'fr'",)),
        ('[observe]\nsource = "gone.csv"\n', ("no such file", "gone.csv")),
        ("observe = 3\n", ("stands where a section is expected",)),
        ("[columns]\ntitle = 3\n", ("named by a text in quotes", 'title = "Your column"')),
    ],
)
def test_broken_settings_are_named(shell: CommandLine, text: str, says: tuple[str, ...]) -> None:
    shell.write("here/observatory.toml", text.encode("utf-8", "surrogateescape"))
    shell.refuses("observe", "here", says=says)
    assert [path.name for path in Path("here").iterdir()] == ["observatory.toml"]


@pytest.mark.slow
def test_a_folder_that_cannot_be_written(shell: CommandLine) -> None:
    shell.write("papers.csv", corpus().write_csv())
    shell.refuses(
        "observe",
        "papers.csv",
        "--project",
        "papers.csv/below",
        says=("can't be used", "papers.csv"),
    )
    shell.refuses(
        "observe", "papers.csv", "--project", "/proc/firstlight", says=("/proc/firstlight",)
    )
    assert shell("observe", "papers.csv", "--quiet").code == 0
    shell.refuses("report", "--to", "papers.csv/below", says=("can't write",), keeps=True)


@pytest.mark.parametrize("size", [200, 60_000])
@pytest.mark.slow
def test_a_full_disk_leaves_the_catalogue_readable(shell: CommandLine, size: int) -> None:
    shell.write("papers.csv", corpus().write_csv())

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    failed = run_program(shell.folder, "observe", "papers.csv", "--quiet", preexec_fn=limit)
    assert failed.returncode == 2 and "Traceback" not in failed.stderr, failed.stderr
    assert "disk is full" in failed.stderr or "can't be written" in failed.stderr
    assert "try:" in failed.stderr and failed.stdout == "" and not unfinished(shell.folder)
    assert shell("show").code == 0
    assert shell("observe", "papers.csv", "--quiet").code == 0


@pytest.mark.slow
def test_output_that_nobody_takes(observed: CommandLine) -> None:
    shown = " ".join(program("show", "observation", "--table", "history", "--rows", "100000"))
    broken = subprocess.run(
        ["sh", "-c", f"{shown} | head -1; {shown} > /dev/full"],
        cwd=observed.folder, env=environment(), capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert "technology_id" in broken.stdout and len(broken.stdout.splitlines()) == 1
    assert (
        "Traceback" not in broken.stderr
        and "No space left" in broken.stderr
        and broken.returncode == 2
    )
    narrow = run_program(
        observed.folder, "observe", "papers.csv", env=environment(PYTHONIOENCODING="ascii")
    )
    assert narrow.returncode == 0 and "?" in narrow.stdout, "a terminal without Unicode"


@pytest.mark.slow
def test_interrupted_and_run_again(shell: CommandLine) -> None:
    shell.write("papers.csv", corpus().write_csv())
    running = subprocess.Popen(
        program("observe", "papers.csv"),
        cwd=shell.folder,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stderr is not None
    for line in running.stderr:
        if line.startswith("finding the technologies"):
            break
    running.send_signal(signal.SIGINT)
    err = running.stderr.read()
    assert (
        running.wait(300) == 130
        and "interrupted" in err
        and "已中断" in err
        and "Traceback" not in err
    )
    kept = shell("show")
    assert kept.code == 0 and "documents" in kept.out and not unfinished(shell.folder)
    again = shell("observe", "papers.csv")
    names = Catalogue.open("observatory", reading=True).results()["name"].to_list()
    assert again.code == 0 and names.count("documents") == 1, "what was finished is used again"


@pytest.mark.slow
def test_a_bar_on_a_terminal(shell: CommandLine) -> None:
    shell.write("papers.csv", corpus().write_csv())
    ours, theirs = pty.openpty()
    running = subprocess.Popen(
        program("observe", "papers.csv"), cwd=shell.folder, env=environment(TERM="xterm", COLUMNS="100"),
        stdout=subprocess.PIPE, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    seen = b""
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        if select.select([ours], [], [], 0.1)[0]:
            try:
                seen += os.read(ours, 65536)
            except OSError:
                break
    out, _ = running.communicate(timeout=300)
    assert (
        running.returncode == 0 and b"finding the technologies" in seen and b"What was read" in out
    )


def test_a_fetch_that_is_cut_off_goes_on(
    shell: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    is_broken = [True]

    def answer(path: str, query: dict[str, str], before: int) -> Answer:
        number = int(query.get("resumptionToken", "token-1").split("-")[1])
        token = f"<resumptionToken>token-{number + 1}</resumptionToken>" if number < 3 else ""
        body = PAGE.format(n=number, token=token).encode()
        return Answer(body, sent=100 if number == 2 and is_broken[0] else None)

    with serve(answer) as server:
        asked = ("fetch", "arxiv", "pages", "set=cs", "--base-url", server.url)
        cut = shell.refuses(*asked, says=("run the same command again",))
        assert server.url in cut and sorted(path.name for path in Path("pages").iterdir()) == [
            "page_000001.xml",
            "state.json",
        ]
        is_broken[0] = False
        said = shell(*asked)
    assert said.code == 0 and said.lines == ["3 files in pages", "next: firstlight observe pages"]
    assert said.err.splitlines() == ["fetching"]
    shell.refuses(
        "fetch", "arxiv", "pages", "set=math", "--base-url", server.url, says=("another fetch",)
    )
    shell.refuses("fetch", "arxvi", "pages", says=("no source 'arxvi'", "did you mean arxiv?"))
    shell.refuses("fetch", "arxiv", "pages", "cs", says=("cs has no '='", "set=cs"))
    shell.refuses("fetch", "arxiv", "new", "set=cs", "--base-url", "file:///etc", says=("http://",))


def test_the_bounds_of_a_fetch_are_options(shell: CommandLine) -> None:
    page = PAGE.format(n=1, token="").encode()

    def answer(path: str, query: dict[str, str], before: int) -> Answer:
        return (
            Answer(page)
            if path == "/there"
            else Answer(status=302, headers={"Location": f"{there.url}/there"})
        )

    with serve(answer) as there, serve(answer) as server:
        asked = ("fetch", "arxiv", "pages", "set=cs", "--base-url", server.url)
        host = there.url.removeprefix("http://")
        shell.refuses(*asked, says=("--follow-to", host))
        shell.refuses(
            *asked,
            "--follow-to",
            host,
            "--answer-bytes",
            str(len(page) - 1),
            says=("--answer-bytes",),
        )
        for option in ("--answer-bytes", "--answer-seconds", "--waiting-seconds"):
            shell.refuses(*asked, option, "0", says=(option[2:].replace("-", "_"),))
        assert (
            shell(*asked, "--follow-to", host, "--answer-bytes", str(len(page))).lines[0]
            == "1 file in pages"
        )


def test_limits_of_the_readers_are_options_and_settings(shell: CommandLine) -> None:
    shell.write("papers.csv", "title,year,note\nA,2010,x\n")
    shell.write("observatory.toml", '[observe]\nsource = "papers.csv"\n[limits]\ncolumns = 2\n')
    shell.refuses("observe", shell.folder, says=("(columns)", "papers.csv"))
    more = ("--limit", "columns=3", "--limit", "record_bytes=3")
    shell.refuses("observe", shell.folder, *more, says=("(record_bytes)",))
    for wrong in ("columns=x", "columns=²", "columns=0", "column=3", "columns"):
        shell.refuses("observe", shell.folder, "--limit", wrong, says=("--limit", "columns"))


def test_sources_tell_licence_and_citation(shell: CommandLine) -> None:
    said: Said = shell("sources")
    assert said.code == 0 and all(
        each in said.out for each in ("arxiv", "openalex", "licence:", "cite:")
    )


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (("observ",), "firstlight observe"),
        (("observe", "--lang", "fr"), "usage: firstlight"),
        (("show", "--nothing"), "usage: firstlight"),
    ],
)
def test_a_mistyped_command_is_explained(
    shell: CommandLine, words: tuple[str, ...], shown: str
) -> None:
    said = shell(*words)
    assert said.code == 2 and shown in said.err and said.out == ""
