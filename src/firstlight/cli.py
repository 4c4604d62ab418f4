"""The command line: each verb is a function of the library by the same name; no arithmetic here."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from firstlight import __version__
from firstlight.errors import FirstlightError, InputError

if TYPE_CHECKING:
    from firstlight.observe.project import Project

PROJECT = "observatory"
EXAMPLES = {
    "--column": "--column title='Your column'",
    "--row": "--row technology_id=t2016-001 (the values that pick out one row)",
    "KIND=FILE": "science=papers.parquet invention=patents.parquet",
    "--concordance": "--concordance trade=concordance.csv",
    "query": "KEY=VALUE, e.g. set=cs from=2016-01-01",
}
INTERRUPTED = (
    "interrupted; what was finished is kept: run the same command again to go on\n"
    "            已中断；已完成的部分均已保存，再次运行同一命令即可继续"
)


def _count(text: str) -> int:
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of at least 0")
    return int(text)


def build_parser(has_details: bool = True) -> argparse.ArgumentParser:
    """Every command with its options and help.

    has_details : also the measurements and their options, which takes their instruments to be imported
    """
    parser = argparse.ArgumentParser(
        prog="firstlight", description="An open observatory of tomorrow's industries. 未来产业开放观测站。"
    )
    parser.add_argument("--version", action="version", version=f"firstlight {__version__}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="COMMAND")

    observe = _observe_parser(verbs)
    follow = _follow_parser(verbs)
    measure = _measure_parser(verbs, has_details)
    show = verbs.add_parser("show", help="list what a project keeps, or print a table of a result 查看")
    show.add_argument("result", nargs="?", help="name or key of a result; nothing for the list")
    show.add_argument("--table", help="which of its tables")
    show.add_argument("--rows", type=_count, default=20, metavar="N", help="rows to print (20)")
    show.set_defaults(run=_show)

    explain = verbs.add_parser("explain", help="walk a number back to the bytes it came from 溯源")
    explain.add_argument("result", nargs="?", default="observation", help="name or key of a result (observation)")
    explain.add_argument("--table", help="the table that a row belongs to")
    explain.add_argument(
        "--row", action="append", default=[], metavar="COLUMN=VALUE", help="the row, by its values; may be repeated"
    )
    explain.add_argument(
        "--prov", type=Path, metavar="FILE", help="write the whole catalogue's provenance as W3C PROV-JSON instead"
    )
    explain.set_defaults(run=_explain)

    report = verbs.add_parser(
        "report", help="write the page, the brief and the tables of the last observation again 报告"
    )
    report.add_argument("--to", type=Path, metavar="FOLDER", help="where to write (the project folder)")
    report.set_defaults(run=_report)

    fetch = verbs.add_parser("fetch", help="fetch documents from a publisher into a folder 下载")
    fetch.add_argument("source", help="name of the source; see: firstlight sources")
    fetch.add_argument("folder", type=Path, help="where to store what comes; run again, it goes on where it stopped")
    fetch.add_argument("query", nargs="*", metavar="KEY=VALUE", help="what to ask for, in the publisher's own words")
    fetch.add_argument("--base-url", metavar="URL", help="another address than the publisher's, such as a mirror")
    fetch.set_defaults(run=_fetch)

    sources = verbs.add_parser("sources", help="list the publishers that can be read, with licence and citation 来源")
    sources.set_defaults(run=_sources)

    new = verbs.add_parser("new", help="start a project: a folder with observatory.toml 新建项目")
    new.add_argument("folder", type=Path, help="the folder, made where it is absent")
    new.set_defaults(run=_new)

    for verb in (observe, follow, *measure, show, explain, report):
        verb.add_argument("--project", type=Path, metavar="FOLDER", help=f"folder that keeps the results ({PROJECT})")
    for verb in (observe, follow, *measure, explain, report):
        verb.add_argument("--lang", choices=("en", "zh"), help="language of what is printed and written 语言")
    return parser


def _follow_parser(verbs: Any) -> argparse.ArgumentParser:
    follow: argparse.ArgumentParser = verbs.add_parser(
        "follow", help="follow technologies through papers, patents, standards, products and trade, with lags 追踪"
    )
    follow.add_argument(
        "records",
        nargs="+",
        metavar="KIND=FILE",
        help="science, project, invention, standard, product or trade = documents, or counts by field or class",
    )
    follow.add_argument("--technology", metavar="NAME", help="part of a technology's name, or one of its terms")
    follow.add_argument("--top", type=_count, metavar="N", help="how many technologies are shown (20)")
    follow.add_argument("--as-of", type=int, metavar="YEAR", help="the last year read (the last that all records have)")
    follow.add_argument("--granularity", type=float, default=1.0, metavar="G", help="as in observe (1)")
    follow.add_argument(
        "--concordance", action="append", default=[], metavar="KIND=FILE", help="code_from (a term), code_to (a class)"
    )
    _add_reading(follow, "invention.title='Patent Title'")
    follow.set_defaults(run=_follow)
    return follow


def _observe_parser(verbs: Any) -> argparse.ArgumentParser:
    observe: argparse.ArgumentParser = verbs.add_parser(
        "observe", help="find technologies, forecast which will take off, and check the record 观测"
    )
    observe.add_argument(
        "source", nargs="?", help="documents or counts: a file, a folder or a project; nothing for the bundled sky"
    )
    observe.add_argument("--as-of", type=int, metavar="YEAR", help="forecast year (the last complete year)")
    observe.add_argument("--horizon", type=int, metavar="YEARS", help="years ahead (3)")
    observe.add_argument(
        "--granularity", type=float, metavar="G", help="2 for technologies half as broad, 0.5 for twice as broad (1)"
    )
    _add_reading(observe, "title='Document Title'")
    observe.set_defaults(run=_observe)
    return observe


def _add_reading(verb: argparse.ArgumentParser, example: str) -> None:
    """Options of the verbs that read a file."""
    words = f"name a column by hand, e.g. {example}; may be repeated"
    verb.add_argument("--column", action="append", default=[], metavar="OURS=YOURS", help=words)
    verb.add_argument("--quiet", action="store_true", help="no progress on the way")


def _measure_parser(verbs: Any, has_details: bool) -> list[argparse.ArgumentParser]:
    """The verb ``measure``, and under it each measurement with its own options."""
    measure = verbs.add_parser(
        "measure", help="measure one thing on a table of places, technologies or units by year 测算"
    )
    if not has_details:
        return []
    from firstlight.observe.measurements import MEASUREMENTS

    names = measure.add_subparsers(dest="measurement", required=True, metavar="MEASUREMENT")
    found = []
    for own in MEASUREMENTS:
        needs = ", ".join(c.name if c.if_absent == "error" else f"[{c.name}]" for c in own.columns)
        told = f"{own.help_en} {own.help_zh}".replace("%", "%%")
        one = names.add_parser(own.name, help=told, description=f"{told}. Columns: {needs}.")
        one.add_argument("source", help="a file (CSV, Excel, Stata, Parquet, JSON lines), long or wide, or a folder")
        for option in own.options:
            default = "" if option.default is None else f" ({option.default_words()})"
            words = f"{option.help_en} {option.help_zh}; {option.allowed()}{default}".replace("%", "%%")
            one.add_argument(
                f"--{option.name.replace('_', '-')}", dest=f"of_{option.name}", metavar="VALUE", help=words
            )
        _add_reading(one, f"{own.columns[0].name}='Your heading'")
        one.set_defaults(run=_measure)
        found.append(one)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 on success, 2 where the input or the folder can't be used, 130 where it was interrupted."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = build_parser("measure" in given[:1]).parse_args(given)
    run: Callable[[argparse.Namespace], None] = options.run
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without Unicode shows ? where a letter is missing
    try:
        run(options)
        sys.stdout.flush()
    except FirstlightError as error:
        print(f"firstlight: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"firstlight: {INTERRUPTED}", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whoever read us has stopped
        return 0
    except OSError as error:
        told = FirstlightError(
            f"the system says: {error.strerror or error}",
            where=str(error.filename or "the output"),
            try_next="check the path, its permissions and the free space, then run the same command again",
        )
        print(f"firstlight: {told}", file=sys.stderr)
        return 2
    return 0


def _observe(options: argparse.Namespace) -> None:
    from firstlight.observe import observe
    from firstlight.observe.project import Project, is_project, open_project
    from firstlight.views.progress_print import progress
    from firstlight.views.publish import publish
    from firstlight.views.terminal import terminal

    project: Project
    if options.source is not None and is_project(options.source):
        project = open_project(options.source)
        folder = options.project or Path(options.source)
    else:
        project = Project(Path(), Path(options.source) if options.source else None)
        folder = options.project or Path(PROJECT)
    columns = {**project.columns, **_pairs(options.column, "--column")}
    lang = options.lang or project.language
    with progress(options.quiet, lang) as say:
        sky = observe(
            project.source,
            as_of=_either(options.as_of, project.as_of),
            horizon=_either(options.horizon, project.horizon),
            granularity=_either(options.granularity, project.granularity),
            project=folder,
            columns=columns or None,
            progress=say,
        )
        say("page")
        files = publish(sky.tables, sky.facts, folder, lang=lang)
    shown = {name: _near(path) for name, path in files.items()}
    elsewhere = None if folder == Path(PROJECT) else _near(folder)
    sys.stdout.write(terminal(sky.tables, {**sky.facts, "files": shown, "project": elsewhere}, lang=lang))


def _measure(options: argparse.Namespace) -> None:
    from firstlight.observe.measuring import measure
    from firstlight.views.measured_terminal import measured_terminal
    from firstlight.views.progress_print import progress
    from firstlight.views.publish import publish_measured

    folder = options.project or Path(PROJECT)
    lang = options.lang or "en"
    chosen = {name[3:]: value for name, value in vars(options).items() if name.startswith("of_") and value is not None}
    columns = _pairs(options.column, "--column")
    with progress(options.quiet, lang) as say:
        found = measure(
            options.measurement, options.source, columns=columns or None, project=folder, progress=say, **chosen
        )
        say("page")
        files = publish_measured(found.tables, found.facts, folder, lang=lang)
    shown = {name: _near(path) for name, path in files.items()}
    elsewhere = "" if folder == Path(PROJECT) else _near(folder)
    sys.stdout.write(measured_terminal(found.tables, found.facts, shown, lang=lang, project=elsewhere))


def _follow(options: argparse.Namespace) -> None:
    from firstlight.observe.following import TOP, follow
    from firstlight.views.followed_page import publish_followed
    from firstlight.views.followed_terminal import followed_terminal
    from firstlight.views.progress_print import progress

    folder, lang = options.project or Path(PROJECT), options.lang or "en"
    columns: dict[str, dict[str, str]] = {}
    for name, theirs in _pairs(options.column, "--column").items():
        kind, _, ours = name.partition(".")
        columns.setdefault(kind, {})[ours] = theirs
    with progress(options.quiet, lang) as say:
        found = follow(
            _pairs(options.records, "KIND=FILE"),
            technology=options.technology,
            top=_either(TOP, options.top),
            as_of=options.as_of,
            project=folder,
            columns=columns,
            concordances=_pairs(options.concordance, "--concordance"),
            granularity=options.granularity,
            progress=say,
        )
        files = publish_followed(found.tables, found.facts, folder, lang=lang)
    shown = {name: _near(path) for name, path in files.items()}
    sys.stdout.write(followed_terminal(found.tables, found.facts, shown, lang=lang))


def _show(options: argparse.Namespace) -> None:
    import polars as pl

    from firstlight.catalogue import Catalogue
    from firstlight.views.frame_print import frame_print, listed

    catalogue = Catalogue.open(options.project or PROJECT, reading=True)
    if options.result is None:
        print(frame_print(listed(catalogue.results()), None))
        return
    result = catalogue.find(options.result)
    if options.table is not None or len(result.tables) == 1:
        print(frame_print(catalogue.table(result, options.table or next(iter(result.tables))), options.rows))
        return
    sizes = [
        (name, (table := catalogue.table(result, name)).height, ", ".join(table.columns)) for name in result.tables
    ]
    if sizes:
        print(frame_print(pl.DataFrame(sizes, schema=["table", "rows", "columns"], orient="row"), None))
        print(f"next: firstlight show {result.name} --table {sizes[0][0]}")
    else:
        print(f"{result.name} has no tables\nnext: firstlight explain {result.name}")


def _explain(options: argparse.Namespace) -> None:
    from firstlight.catalogue import Catalogue
    from firstlight.observe import instruments

    catalogue = Catalogue.open(options.project or PROJECT, reading=True)
    if options.prov is not None:
        print(_near(catalogue.export_prov(options.prov)))
        return
    row = dict(_pairs(options.row, "--row")) or None
    found = catalogue.explain(options.result, row, table=options.table, instruments=instruments())
    print("\n".join(found.lines(options.lang or "en")))


def _report(options: argparse.Namespace) -> None:
    from firstlight.observe import open_sky
    from firstlight.observe.project import is_project, open_project
    from firstlight.views.publish import publish

    folder = options.project or Path(PROJECT)
    sky = open_sky(folder)
    language = open_project(folder).language if is_project(folder) else "en"
    for path in publish(sky.tables, sky.facts, options.to or folder, lang=options.lang or language).values():
        print(_near(path))


def _fetch(options: argparse.Namespace) -> None:
    from firstlight.observe.fetching import fetch
    from firstlight.views.progress_print import progress

    with progress(False) as say:

        def on_page(stored: int, of: int | None) -> None:
            say(f"fetching: {stored:,}" + (f" of {of:,}" if of else "") + " files")

        count = fetch(
            options.source, _pairs(options.query, "query"), options.folder, base_url=options.base_url, progress=on_page
        )
    print(f"{count:,} files in {_near(options.folder)}")
    print(f"next: firstlight observe {_near(options.folder)}")


def _sources(options: argparse.Namespace) -> None:
    from firstlight.observe.fetching import known_sources

    for source in known_sources():
        print(
            f"{source.name}: {source.title}\n  {source.publisher}, {source.url}\n  licence: {source.licence}\n  cite: {source.citation}"
        )


def _new(options: argparse.Namespace) -> None:
    from firstlight.observe.project import new_project

    print(f"{_near(new_project(options.folder))}\nnext: firstlight observe {options.folder}")


def _pairs(given: Sequence[str], option: str) -> Mapping[str, str]:
    pairs = [own.partition("=") for own in given]
    wrong = [own for own, (key, sign, _) in zip(given, pairs, strict=True) if not (key and sign)]
    if wrong:
        raise InputError(f"{wrong[0]!r} has no '='", where=option, try_next=EXAMPLES[option])
    keys = [key for key, _, _ in pairs]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise InputError(f"{twice[0]!r} is given twice", where=option, try_next="keep one of them")
    return {key: value for key, _, value in pairs}


def _either(first: Any, second: Any) -> Any:
    return second if first is None else first


def _near(path: Path) -> str:
    """A path as seen from here, where that is shorter."""
    with contextlib.suppress(ValueError):
        return str(Path(path).absolute().relative_to(Path.cwd()))
    return str(path)


if __name__ == "__main__":
    sys.exit(main())
