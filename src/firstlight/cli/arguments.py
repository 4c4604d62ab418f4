"""What each verb of the command line takes: its arguments, options and help, in both languages."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from firstlight import __version__
from firstlight.cli.chinese_parser import ChineseParser

PROJECT = "observatory"


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of at least 0")
    return int(text)


def build_parser(
    has_details: bool = True, lang: str = "en", asked: str | None = None
) -> argparse.ArgumentParser:
    """Every command with its options and help.

    has_details : also the measurements and their options, which takes their instruments to be imported
    asked       : the measurement whose options are needed; None for those of all
    lang        : "zh" for usage, help and refusals in Chinese
    """
    parser = (ChineseParser if lang == "zh" else argparse.ArgumentParser)(
        prog="firstlight",
        description="An open observatory of tomorrow's industries. 未来产业开放观测台。",
    )
    parser.add_argument("--version", action="version", version=f"firstlight {__version__}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="COMMAND")

    observe = _observe_parser(verbs)
    follow = _follow_parser(verbs)
    measure = _measure_parser(verbs, has_details, lang, asked)
    show = verbs.add_parser(
        "show", help="list what a project keeps, or print a table of a result 查看"
    )
    show.add_argument("result", nargs="?", help="name or key of a result; nothing for the list")
    show.add_argument("--table", help="which of its tables")
    show.add_argument(
        "--like",
        metavar="QUESTION",
        help="technologies of the last observation nearest to a question, in either language",
    )
    show.add_argument(
        "--translations",
        action="store_true",
        help="Chinese and English names that are probably one, as lines of names.csv",
    )
    show.add_argument("--rows", type=_count, default=20, metavar="N", help="rows to print (20)")

    explain = verbs.add_parser("explain", help="walk a number back to the bytes it came from 溯源")
    explain.add_argument(
        "result", nargs="?", default="observation", help="name or key of a result (observation)"
    )
    explain.add_argument("--table", help="the table that a row belongs to")
    explain.add_argument(
        "--row",
        action="append",
        default=[],
        metavar="COLUMN=VALUE",
        help="the row, by its values; may be repeated",
    )
    explain.add_argument(
        "--prov",
        type=Path,
        metavar="FILE",
        help="write the whole catalogue's provenance as W3C PROV-JSON instead",
    )

    report = verbs.add_parser(
        "report", help="write the page, the brief and the tables of the last observation again 报告"
    )
    report.add_argument(
        "--to", type=Path, metavar="FOLDER", help="where to write (the project folder)"
    )

    _fetch_parser(verbs)
    verbs.add_parser(
        "sources", help="list the publishers that can be read, with licence and citation 来源"
    )

    new = verbs.add_parser("new", help="start a project: a folder with observatory.toml 新建项目")
    new.add_argument("folder", type=Path, help="the folder, made where it is absent")

    for verb in (observe, follow, *measure, show, explain, report):
        verb.add_argument(
            "--project",
            type=Path,
            metavar="FOLDER",
            help=f"folder that keeps the results ({PROJECT})",
        )
    for verb in (observe, follow, *measure, explain, report):
        verb.add_argument(
            "--lang", choices=("en", "zh"), help="language of what is printed and written 语言"
        )
    return parser


def _fetch_parser(verbs: Any) -> None:
    fetch = verbs.add_parser("fetch", help="fetch documents from a publisher into a folder 下载")
    fetch.add_argument("source", help="name of the source; see: firstlight sources")
    fetch.add_argument(
        "folder",
        type=Path,
        help="where to store what comes; run again, it goes on where it stopped",
    )
    fetch.add_argument(
        "query",
        nargs="*",
        metavar="KEY=VALUE",
        help="what to ask for, in the publisher's own words",
    )
    fetch.add_argument(
        "--base-url", metavar="URL", help="another address than the publisher's, such as a mirror"
    )
    fetch.add_argument(
        "--answer-bytes", type=_count, metavar="N", help="bytes of one answer at most (64,000,000)"
    )
    fetch.add_argument(
        "--answer-seconds", type=_count, metavar="N", help="whole time of one answer at most (600)"
    )
    fetch.add_argument(
        "--waiting-seconds",
        type=_count,
        metavar="N",
        help="whole time of waiting between the tries of one request at most (3,600)",
    )
    fetch.add_argument(
        "--follow-to",
        action="append",
        default=[],
        metavar="HOST",
        help="another server to which a redirect is followed; none unless named; may be repeated",
    )


def _follow_parser(verbs: Any) -> argparse.ArgumentParser:
    follow: argparse.ArgumentParser = verbs.add_parser(
        "follow",
        help="follow technologies through papers, patents, standards, products and trade, with lags 追踪",
    )
    follow.add_argument(
        "records",
        nargs="+",
        metavar="KIND=FILE",
        help="science, project, invention, standard, product or trade = documents, or counts by field or class",
    )
    follow.add_argument(
        "--technology",
        metavar="NAME",
        help="any form of a technology's name (acronym, plural), or part of it",
    )
    follow.add_argument(
        "--top", type=_count, metavar="N", help="how many technologies are shown (20)"
    )
    follow.add_argument(
        "--as-of",
        type=int,
        metavar="YEAR",
        help="the last year read (the last that all records have)",
    )
    follow.add_argument("--granularity", help=argparse.SUPPRESS)
    follow.add_argument(
        "--concordance",
        action="append",
        default=[],
        metavar="KIND=FILE",
        help="code_from (a technology), code_to (a class)",
    )
    _add_reading(follow, "invention.title='Patent Title'")
    return follow


def _observe_parser(verbs: Any) -> argparse.ArgumentParser:
    observe: argparse.ArgumentParser = verbs.add_parser(
        "observe", help="find technologies, forecast which will take off, and check the record 观测"
    )
    observe.add_argument(
        "source",
        nargs="?",
        help="documents or counts: a file, a folder or a project; nothing for the bundled corpora",
    )
    observe.add_argument(
        "--as-of", type=int, metavar="YEAR", help="forecast year (the last complete year)"
    )
    observe.add_argument("--horizon", type=int, metavar="YEARS", help="years ahead: 3 or 5 (3)")
    observe.add_argument(
        "--corpus", metavar="NAME", help="one bundled corpus alone: arxiv, conferences or patents"
    )
    observe.add_argument(
        "--names",
        metavar="FILE",
        help="what you decide about names: columns name, action (rename, translate, merge, split, hide), to",
    )
    _add_reading(observe, "title='Document Title'")
    return observe


def _add_reading(verb: argparse.ArgumentParser, example: str) -> None:
    """Options of the verbs that read a file."""
    words = f"name a column by hand, e.g. {example}; may be repeated"
    verb.add_argument("--column", action="append", default=[], metavar="OURS=YOURS", help=words)
    verb.add_argument(
        "--encoding",
        metavar="NAME",
        help="of text files that aren't UTF-8, e.g. gb18030; found by their bytes 编码",
    )
    verb.add_argument("--quiet", action="store_true", help="no progress on the way")


def _measure_parser(
    verbs: Any, has_details: bool, lang: str, asked: str | None
) -> list[argparse.ArgumentParser]:
    """The verb ``measure``, and under it each measurement; with its options the one that is asked for, or all."""
    measure = verbs.add_parser(
        "measure", help="measure one thing on a table of places, technologies or units by year 测算"
    )
    if not has_details:
        return []
    from firstlight.cli.measure_arguments import add_measurement, question_of
    from firstlight.measurement import folders

    names = measure.add_subparsers(dest="measurement", required=True, metavar="MEASUREMENT")
    found = []
    declared = sorted(folders())
    for name in declared:
        words = question_of(name, lang)
        one = names.add_parser(name, help=words.replace("%", "%%"))
        if asked in (None, name):
            add_measurement(one, name, lang)
            _add_reading(one, "unit='地区'" if lang == "zh" else "unit='Your heading'")
        found.append(one)
    return found
