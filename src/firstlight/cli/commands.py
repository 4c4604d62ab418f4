"""The verbs of the command line: each is a function of the library by the same name; no arithmetic
here."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from firstlight.cli.arguments import FETCH_BOUNDS, PROJECT
from firstlight.cli.asked import (
    either,
    elsewhere,
    home_folder,
    kept_folder,
    kept_folders,
    key_values,
    language,
    limits,
    near,
    print_said,
)
from firstlight.cli.parser import CLI
from firstlight.errors import (
    FirstlightError,
    installing,
    system_says,
    visible,
)
from firstlight.texts import WORDS, Code, Count, Name, Texts, message, names

if TYPE_CHECKING:
    from firstlight.run.project import Settings
    from firstlight.workspace import Made


def run(options: argparse.Namespace) -> int:
    """Run the verb that was parsed; 2 where input or folder can't be used, which is then said."""

    def verb() -> int | None:
        with limits(options):
            return COMMANDS[options.verb](options)

    return _guarded(verb, options)


def _guarded(verb: Callable[[], int | None], options: argparse.Namespace) -> int:
    """The code that a verb ends with; 2 where input or folder can't be used, which is then said."""
    try:
        code = verb() or 0
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except FirstlightError as error:
        return _refused(error, options)
    except MemoryError:
        asked = Name(str(getattr(options, "source", None) or options.verb))
        return _refused(FirstlightError(message("no_memory", asked=asked), CLI.folder), options)
    except OSError as error:
        place = Name(str(error.filename)) if error.filename else Code("phrases.output")
        told = message("no_file", said=system_says(error), place=place)
        return _refused(FirstlightError(told, CLI.folder), options)
    return code


def _refused(error: FirstlightError, options: argparse.Namespace) -> int:
    print(f"firstlight: {error.told(language(options))}", file=sys.stderr)
    return 2


def _observe(options: argparse.Namespace) -> None:
    from firstlight.run.bundled import BUNDLED
    from firstlight.run.project import Settings, is_project, open_project, source_beside

    source = options.source
    if source is None and options.corpus is None and is_project(Path()):
        source = Path()
    if source is not None and is_project(source):
        settings = open_project(source)
        folder, source = options.project or Path(source), settings.source
        if source is None and options.corpus is None:
            source = source_beside(settings)
    else:
        is_apart = options.corpus is not None and is_project(Path())
        settings = Settings(Path(), language=language(options))
        folder = options.project or (home_folder() / options.corpus if is_apart else home_folder())
    if source is not None or options.corpus is not None:
        _observe_one(options, settings, folder, source, options.corpus)
        return
    for corpus in BUNDLED:
        _observe_one(options, settings, folder / corpus, None, corpus)


def _observe_one(
    options: argparse.Namespace,
    settings: Settings,
    folder: Path,
    source: Path | None,
    corpus: str | None,
) -> None:
    """Observe one record, write its page and files, and print what it says."""
    from firstlight.views.progress_print import progress
    from firstlight.workspace import observed

    asked = ("as_of", "horizon", "names", "beside", "encoding", "year_ends", "since")
    lang = options.lang or settings.language
    with progress(options.quiet, lang) as say:
        made = observed(
            settings,
            folder,
            source=source,
            corpus=corpus,
            lang=lang,
            columns=key_values(options.column, "--column"),
            progress=say,
            **{name: getattr(options, name) for name in asked},
        )
    _print_made(made, folder, lang)


def _measure(options: argparse.Namespace) -> None:
    from firstlight.run.project import is_project, open_project
    from firstlight.views.progress_print import progress
    from firstlight.workspace import Project, measured

    name, source, lang = options.measurement, options.source, language(options)
    folder = options.project or home_folder()
    chosen = {
        option[3:]: value
        for option, value in vars(options).items()
        if option.startswith("of_") and value is not None
    }
    if "where" in chosen:
        chosen["where"] = key_values(chosen["where"], "--where")
    if options.encoding:
        chosen["encoding"] = options.encoding
    columns = key_values(options.column, "--column")
    if source is None and is_project(Path()) and name in open_project(Path()).measures:
        source = Path()
    with progress(options.quiet, lang) as say:
        if source is not None and is_project(source):
            folder = options.project or Path(source)
            project = Project(source, results=folder, lang=options.lang or "")
            made, lang = project.measure(name, say, columns=columns, **chosen), project.lang
        else:
            about = {"columns": columns, "lang": lang, "progress": say}
            made = measured(name, source, folder, **{**about, **chosen})
    _print_made(made, folder, lang)


def _print_made(made: Made, folder: Path, lang: str) -> None:
    """Print what was made and where its files are."""
    from firstlight.run.observed import Observation
    from firstlight.views.result_terminal import result_terminal

    shown, there = {name: near(path) for name, path in made.files.items()}, elsewhere(folder)
    if not isinstance(made.result, Observation):
        sys.stdout.write(result_terminal(made.result, shown, lang=lang, project=there))
        return
    from firstlight.views.observation_terminal import observation_terminal

    facts = {**made.result.facts, "files": shown, "project": there}
    sys.stdout.write(observation_terminal(made.result.tables, facts, lang=lang))


def _trace(options: argparse.Namespace) -> None:
    from firstlight.run.tracing.tracing import TOP, trace
    from firstlight.views.progress_print import progress
    from firstlight.views.publish import publish_result
    from firstlight.workspace import Made

    folder, lang = options.project or home_folder(), language(options)
    with progress(options.quiet, lang) as say:
        found = trace(
            key_values(options.records, "KIND=FILE"),
            technology=options.technology,
            top=either(options.top, TOP),
            as_of=options.as_of,
            project=folder,
            columns=key_values(options.column, "--column"),
            concordances=key_values(options.concordance, "--concordance"),
            encoding=options.encoding,
            progress=say,
        )
        say("page")
        made = Made(found, publish_result(found, folder, lang=lang))
    _print_made(made, folder, lang)


def _brief(options: argparse.Namespace) -> None:
    """Write the brief of a place, and print its first page."""
    from firstlight.views.document_extra import EXTRA, has_document_formats
    from firstlight.views.document_markdown import first_page
    from firstlight.views.progress_print import progress
    from firstlight.workspace import briefed

    folder, lang = options.project or home_folder(), language(options)
    with progress(options.quiet, lang) as say:
        document, files = briefed(
            options.place,
            options.files,
            folder,
            chain=options.chain,
            technology=options.technology,
            beside=[name.strip() for name in re.split("[,，、]", options.beside) if name.strip()],
            lang=lang,
            progress=say,
        )
    print("\n".join(first_page(document)))
    print("\n".join(near(path) for path in files.values()))
    if not has_document_formats():
        print_said(options, "documents_extra", command=installing(EXTRA))


def _show(options: argparse.Namespace) -> None:
    import polars as pl

    from firstlight.catalogue import Catalogue
    from firstlight.views.frame_print import frame_print, listed

    lang = language(options)
    if options.like is not None or options.translations:
        print(frame_print(_likeness(options), options.rows, lang))
        return
    if options.result is None:
        kept = kept_folders(options)
        for folder in kept:
            if len(kept) > 1:
                print(f"{near(folder)}:")
            kept_there = Catalogue.open(folder, reading=True).results(lang)
            print(frame_print(listed(kept_there), None, lang))
        return
    catalogue = Catalogue.open(kept_folder(options), reading=True)
    result = catalogue.find(options.result)
    if options.table is not None or len(result.tables) == 1:
        table = catalogue.table(result, options.table or next(iter(result.tables)))
        print(frame_print(table, options.rows, lang))
        return
    tables = {name: catalogue.table(result, name) for name in result.tables}
    sizes = [(name, table.height, ", ".join(table.columns)) for name, table in tables.items()]
    if sizes:
        about = pl.DataFrame(sizes, schema=["table", "rows", "columns"], orient="row")
        print(frame_print(about, None, lang))
        print_said(options, "look_at_table", result=Name(result.name), table=Name(sizes[0][0]))
    else:
        print_said(options, "no_tables", result=Name(result.name))


def _likeness(options: argparse.Namespace) -> Any:
    from firstlight.run.likeness import like, translations

    project = kept_folder(options)
    return translations(project) if options.like is None else like(options.like, project)


def _explain(options: argparse.Namespace) -> None:
    from firstlight.catalogue import Catalogue
    from firstlight.run.explained import explanation_lines
    from firstlight.run.listing import instruments

    catalogue = Catalogue.open(kept_folder(options), reading=True)
    if options.prov is not None:
        print(near(catalogue.export_prov(options.prov)))
        return
    row = dict(key_values(options.row, "--row")) or None
    found = catalogue.explain(options.result, row, table=options.table, instruments=instruments())
    lines = explanation_lines(found, language(options), options.table)
    print("\n".join(map(visible, lines)))


def _report(options: argparse.Namespace) -> None:
    """Write the pages and tables of each folder with results again."""
    from firstlight.run.measured import of_another_version
    from firstlight.workspace import report

    kept, lang = kept_folders(options), language(options)
    for folder in kept:
        to = options.to / folder.name if options.to and len(kept) > 1 else options.to
        for path in report(folder, to, lang=lang):
            print(near(path))
        if old := of_another_version(folder):
            said = Texts(WORDS).say(lang, "interface", "of_another_version", names=names(old))
            print(f"firstlight: {said}", file=sys.stderr)


def _serve(options: argparse.Namespace) -> None:
    """Serve the pages of what is kept here, until interrupted."""
    from firstlight.web.server import check_extra, serve

    check_extra()
    folders = _folders_to_show(options)
    address = options.address or f"http://{options.host}:{options.port}"
    print_said(options, "serving", address=Name(address))
    sys.stdout.flush()
    serve(
        folders,
        host=options.host,
        port=options.port,
        address=address,
        a_second=float(options.a_second),
        log=options.log,
    )


def _publish(options: argparse.Namespace) -> None:
    """Write the same pages into a folder."""
    from firstlight.views.progress_print import progress
    from firstlight.web.server import check_extra
    from firstlight.web.static_site import publish_site

    check_extra()
    folders = _folders_to_show(options)
    with progress(options.quiet, language(options)) as say:
        page = publish_site(folders, options.folder, address=options.address, progress=say)
    print(near(page))


def _folders_to_show(options: argparse.Namespace) -> list[Path]:
    """The folders with results; where nothing is kept and no folder is named, the records that
    ship are observed first."""
    from firstlight.run.bundled import BUNDLED
    from firstlight.run.project import Settings
    from firstlight.views.progress_print import progress
    from firstlight.web.holdings import kept_in
    from firstlight.workspace import observed

    if options.project:
        return kept_in(options.project) or kept_folders(options)
    kept = kept_in(home_folder()) or kept_in(Path(PROJECT))
    if kept:
        return kept
    lang, home = language(options), home_folder()
    print_said(options, "observing_first")
    for corpus in BUNDLED:
        with progress(getattr(options, "quiet", False), lang) as say:
            settings = Settings(Path(), language=lang)
            folder = home / corpus
            observed(settings, folder, source=None, corpus=corpus, lang=lang, progress=say)
    return kept_in(home)


def _fetch(options: argparse.Namespace) -> None:
    from firstlight.run.fetching import fetch
    from firstlight.views.progress_print import progress

    with progress(False, language(options)) as say:

        def on_page(stored: int, of: int | None) -> None:
            say(f"fetching: {stored:,} of {of:,}" if of else f"fetching: {stored:,}")

        count = fetch(
            options.source,
            key_values(options.query, "query"),
            options.folder,
            base_url=options.base_url,
            progress=on_page,
            mailto=options.mailto,
            key_env=options.key_env,
            follow_to=tuple(options.follow_to),
            **{bound: getattr(options, bound) for bound in FETCH_BOUNDS},
        )
    print_said(options, "fetched", count=Count(count), folder=Name(near(options.folder)))


def _sources(options: argparse.Namespace) -> None:
    from firstlight.run.fetching import known_sources

    for source in known_sources(language(options)):
        of = ("name", "title", "publisher", "url", "licence", "citation")
        print_said(options, "source", **{field: Name(str(getattr(source, field))) for field in of})


def _new(options: argparse.Namespace) -> None:
    from firstlight.run.project import data_beside, new_project, source_lines

    path = new_project(options.folder, language(options))
    told = [near(path), *source_lines(data_beside(options.folder))]
    print("\n".join(map(visible, told)))
    if options.folder.resolve() == Path.cwd():
        print_said(options, "observe_here")
    else:
        print_said(options, "observe_there", folder=Name(str(options.folder)))


def _run_project(options: argparse.Namespace) -> int:
    """Observe what a project reads and measure every section that it has; 2 where one of them can't
    be done, after all others."""
    from firstlight.views.progress_print import progress
    from firstlight.workspace import Project

    project = Project(options.folder, lang=options.lang or "")

    def make(step: str) -> None:
        with progress(options.quiet, project.lang) as say:
            made = project.step(step, say)
        _print_made(made, project.results, project.lang)

    codes = []
    for step in project.steps:
        codes.append(_guarded(partial(make, step), options))
        print()
    return max(codes)


def _doctor(options: argparse.Namespace) -> int:
    """Print what is well, worth knowing and wrong; 2 where something is wrong."""
    from firstlight.run.doctor import doctor
    from firstlight.run.doctor.findings import DOCTOR

    lang = language(options)
    found = doctor(options.source, lang)
    for each in found:
        what, after = each.told(lang)
        print(visible(f"{DOCTOR.say(lang, 'marks', each.state)}\N{EM SPACE}{what}"))
        if after and each.state != "well":
            print(visible(f"    {DOCTOR.say(lang, 'marks', 'next', text=Name(after))}"))
    wrong = [each for each in found if each.state == "wrong"]
    if wrong:
        print(DOCTOR.say(lang, "marks", "to_mend", count=Count(len(wrong))))
        return 2
    print(DOCTOR.say(lang, "marks", "all_well"))
    last = [each.told(lang)[1] for each in found if each.state == "well" and each.after]
    if last:
        print(DOCTOR.say(lang, "marks", "next", text=Name(last[-1])))
    return 0


COMMANDS: dict[str, Callable[[argparse.Namespace], int | None]] = {
    "observe": _observe,
    "trace": _trace,
    "brief": _brief,
    "measure": _measure,
    "show": _show,
    "explain": _explain,
    "report": _report,
    "serve": _serve,
    "publish": _publish,
    "fetch": _fetch,
    "sources": _sources,
    "new": _new,
    "run": _run_project,
    "doctor": _doctor,
}
