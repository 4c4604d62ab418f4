"""What each verb of the command line takes: its arguments, options and help."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, NamedTuple

from firstlight import __version__
from firstlight.cli.parser import CLI, Commands, Parser
from firstlight.texts import LANGUAGES, Name, Texts

PROJECT = "observatory"
# the verbs, by the question that they answer
BY_AIM = {
    "identify": ("observe", "trace"),
    "foster": ("brief",),
    "secure": (),
    "measure": ("measure",),
    "share": ("serve", "publish", "show", "explain", "report", "sources"),
    "projects": ("new", "run", "fetch", "doctor"),
}
VERBS = tuple(verb for verbs in BY_AIM.values() for verb in verbs)
# the measurements that most begin with; all stand in the help of ``measure``
FIRST_MEASURED = {
    "identify": "adoption, growth, stages, substitution",
    "foster": "opportunities, partners, talent, plan",
    "secure": "weak_links, shock, stock_places",
    "measure": "index, inequality, productivity_change, drivers",
    "share": "conversion, standards, demands",
}
FETCH_BOUNDS = (
    *("answer_bytes", "answer_seconds", "waiting_seconds"),
    *("fetch_bytes", "fetch_seconds"),
)


def build_parser(
    has_details: bool = True, lang: str = "en", asked: str | None = None
) -> argparse.ArgumentParser:
    """Every command with its options and help.

    has_details : also the measurements and their options, which takes their instruments to be
                  imported
    lang        : of usage, help and refusals
    asked       : the measurement whose options are needed; None for those of all
    """
    parser = Parser(lang=lang, prog="firstlight", description=CLI.say(lang, "about"))
    parser.add_argument("--version", action="version", version=f"firstlight {__version__}")
    heading = CLI.say(lang, "commands")
    verbs = parser.add_subparsers(title=heading, dest="verb", required=True, metavar="COMMAND")

    observe = _observe(_verb(verbs, "observe", lang))
    trace = _trace(_verb(verbs, "trace", lang))
    brief = _brief(_verb(verbs, "brief", lang))
    measurements = _measurements(_verb(verbs, "measure", lang), has_details, asked)
    show = _show(_verb(verbs, "show", lang))
    explain = _explain(_verb(verbs, "explain", lang))
    report = _verb(verbs, "report", lang)
    report.add("--to", type=Path, metavar="FOLDER")
    serve = _serve(_verb(verbs, "serve", lang))
    publish = _publish(_verb(verbs, "publish", lang))
    fetch = _fetch(_verb(verbs, "fetch", lang))
    sources = _verb(verbs, "sources", lang)
    new = _new(_verb(verbs, "new", lang))
    run = _verb(verbs, "run", lang)
    run.add("folder", nargs="?", type=Path, default=Path())
    run.add("--quiet", action="store_true")
    doctor = _verb(verbs, "doctor", lang)
    doctor.add("source", nargs="?", type=Path)

    of_results = (observe, trace, brief, *measurements, show, explain, report, serve, publish)
    for verb in of_results:
        verb.add("--project", type=Path, metavar="FOLDER")
    for verb in (*of_results, fetch, sources, new, run, doctor):
        verb.add("--lang", choices=LANGUAGES)
    _group_verbs(verbs, lang)
    return parser


def _group_verbs(verbs: Commands, lang: str) -> None:
    """List the verbs under the questions that they answer, with measurements to begin with."""
    for aim, names in BY_AIM.items():
        listed = verbs.group(CLI.say(lang, "aims", aim), *names)
        if measured := FIRST_MEASURED.get(aim):
            row = argparse.Action([], "measure", metavar="measure", help=measured)
            listed.append(row)


class _Verb(NamedTuple):
    """A verb, whose help stands in the texts under its name."""

    parser: Parser
    name: str
    lang: str

    def add(self, flag: str, **settings: Any) -> None:
        """Add an argument, with its help."""
        self.parser.add_argument(flag, help=self._help(flag), **settings)

    def _help(self, flag: str) -> str:
        argument = flag.lstrip("-").replace("-", "_")
        of = self.name if CLI.has("help", self.name, argument) else "any"
        example = CLI.say(self.lang, "example_column", self.name) if argument == "column" else ""
        values = {"folder": Name(PROJECT), "example": Name(example)}
        return CLI.say(self.lang, "help", of, argument, **values).replace("%", "%%")


def _verb(verbs: Any, name: str, lang: str) -> _Verb:
    return _Verb(verbs.add_parser(name, help=CLI.say(lang, "help", name, "verb")), name, lang)


def _observe(verb: _Verb) -> _Verb:
    verb.add("source", nargs="?")
    verb.add("--as-of", type=_whole, metavar="YEAR")
    verb.add("--year-ends", type=_whole, metavar="MONTH")
    verb.add("--horizon", type=_whole, metavar="YEARS")
    verb.add("--corpus", metavar="NAME")
    verb.add("--names", metavar="FILE")
    verb.add("--beside", metavar="FILE")
    verb.add("--since", metavar="OBSERVATION")
    return _reading(verb)


def _trace(verb: _Verb) -> _Verb:
    verb.add("records", nargs="+", metavar="KIND=FILE")
    verb.add("--technology", metavar="NAME")
    verb.add("--top", type=_count, metavar="N")
    verb.add("--as-of", type=_whole, metavar="YEAR")
    verb.add("--concordance", action="append", default=[], metavar="KIND=FILE")
    return _reading(verb)


def _brief(verb: _Verb) -> _Verb:
    for subject in ("--place", "--chain", "--technology"):
        verb.add(subject, default="", metavar="NAME")
    verb.add("--beside", default="", metavar="NAME,…")
    verb.add("--from", dest="files", type=Path, metavar="FOLDER")
    verb.add("--quiet", action="store_true")
    return verb


def _show(verb: _Verb) -> _Verb:
    verb.add("result", nargs="?")
    verb.add("--table")
    verb.add("--like", metavar="QUESTION")
    verb.add("--translations", action="store_true")
    verb.add("--rows", type=_count, default=20, metavar="N")
    return verb


def _explain(verb: _Verb) -> _Verb:
    verb.add("result", nargs="?", default="observation")
    verb.add("--table")
    verb.add("--row", action="append", default=[], metavar="COLUMN=VALUE")
    verb.add("--prov", type=Path, metavar="FILE")
    return verb


def _serve(verb: _Verb) -> _Verb:
    verb.add("--port", type=_count, default=8000, metavar="N")
    verb.add("--host", default="127.0.0.1", metavar="NAME")
    verb.add("--address", default="", metavar="URL")
    verb.add("--a-second", type=_count, default=50, metavar="N")
    verb.add("--log", action="store_true")
    return verb


def _publish(verb: _Verb) -> _Verb:
    verb.add("folder", type=Path)
    verb.add("--address", default="", metavar="URL")
    verb.add("--quiet", action="store_true")
    return verb


def _new(verb: _Verb) -> _Verb:
    verb.add("folder", type=Path)
    return verb


def _fetch(verb: _Verb) -> _Verb:
    verb.add("source")
    verb.add("folder", type=Path)
    verb.add("query", nargs="*", metavar="KEY=VALUE")
    verb.add("--key-env", metavar="NAME")
    verb.add("--mailto", metavar="ADDRESS")
    verb.add("--base-url", metavar="URL")
    for bound in FETCH_BOUNDS:
        verb.add(f"--{bound.replace('_', '-')}", type=_count, metavar="N")
    verb.add("--follow-to", action="append", default=[], metavar="HOST")
    return verb


def _reading(verb: _Verb) -> _Verb:
    """The same verb with the options of those that read a file."""
    verb.add("--column", action="append", default=[], metavar="OURS=YOURS")
    verb.add("--encoding", metavar="NAME")
    verb.add("--limit", action="append", default=[], metavar="NAME=NUMBER")
    verb.add("--quiet", action="store_true")
    return verb


def _measurements(measure: _Verb, has_details: bool, asked: str | None) -> list[_Verb]:
    """The one measurement that is asked for, with its options; all of them where none is, or where
    there is none of that name."""
    if not has_details:
        return []
    from firstlight.cli.measure_arguments import add_measurement
    from firstlight.measurement import by_aim, folders

    lang, known = measure.lang, folders()
    verbs = measure.parser.add_subparsers(
        title=CLI.say(lang, "measurements"),
        dest="measurement",
        required=True,
        metavar="MEASUREMENT",
    )
    found = []
    for name in [asked] if asked in known else known:
        title = Texts(known[name]).say(lang, "title")
        one = _Verb(verbs.add_parser(name, help=title), "measure", lang)
        if asked in (None, name):
            add_measurement(one.parser, name, lang)
            _reading(one)
        found.append(one)
    if asked not in known:
        for aim, names in by_aim().items():
            verbs.group(CLI.say(lang, "aims", aim), *names)
    return found


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        told = CLI.say("en", "parser", "no_whole", value=Name(repr(text)))
        raise argparse.ArgumentTypeError(told) from error


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        told = CLI.say("en", "parser", "no_count", value=Name(repr(text)))
        raise argparse.ArgumentTypeError(told)
    return int(text)
