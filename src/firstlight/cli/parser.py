"""The parser of the command line: usage, headings, help and refusals in the language asked for."""

from __future__ import annotations

import argparse
import difflib
import os
import re
import sys
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn

from firstlight.texts import ENGLISH, LANGUAGES, Name, Texts

CLI = Texts(Path(__file__).parent)
PARSER = "parser"  # what argparse says, in its own English and in the other languages
LOCALES = ("LC_ALL", "LC_MESSAGES", "LANG")  # the first that is set decides
VALUE = re.compile(r"\\\{(\w+)\\\}")
# What argparse says in English of options that it doesn't know.
REFUSED_OPTIONS = re.compile(r"unrecognized arguments: (?P<names>.*)", re.DOTALL)
# What other programs call an option of ours.
CALLED_ELSEWHERE = {
    **dict.fromkeys(("-o", "--out", "--output", "--outdir", "--output-dir", "--dir"), "--project"),
    **dict.fromkeys(("--language", "--locale"), "--lang"),
    **dict.fromkeys(("--api-key", "--key", "--token"), "--key-env"),
}


class Commands(argparse._SubParsersAction):  # type: ignore[type-arg]
    """The commands of a parser, which its help lists in groups."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.groups: dict[str, list[argparse.Action]] = {}

    def group(self, heading: str, *names: str) -> list[argparse.Action]:
        """List commands, in this order, under a heading."""
        known = {each.dest: each for each in self._choices_actions}
        self.groups[heading] = [known[name] for name in names]
        return self.groups[heading]


class Parser(argparse.ArgumentParser):
    """A parser that says in one language what it takes and what it refuses."""

    def __init__(self, *given: Any, lang: str = "en", **settings: Any) -> None:
        self.lang = lang
        settings.setdefault("formatter_class", GroupedHelp if lang == "en" else TranslatedHelp)
        super().__init__(*given, **settings)

    def add_subparsers(self, **settings: Any) -> Any:
        """The verbs below this one, which speak its language."""

        def in_this_language(*given: Any, **own: Any) -> Parser:
            return Parser(*given, lang=self.lang, **own)

        settings["parser_class"] = in_this_language
        return super().add_subparsers(action=Commands, **settings)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """What is known and what is left; the verb itself refuses what is left, for it knows the
        options that could be meant."""
        known, left = super().parse_known_args(args, namespace)
        if left and self._subparsers is None:
            self.error(f"unrecognized arguments: {' '.join(_without_values(left))}")
        return known, left

    def _get_formatter(self) -> argparse.HelpFormatter:
        formatter = super()._get_formatter()
        if isinstance(formatter, GroupedHelp):
            formatter.lang = self.lang
        if self._subparsers is not None:  # the longest names of measurements
            formatter._max_help_position = 30
        return formatter

    def error(self, message: str) -> NoReturn:
        """Print the usage, what was wrong and what was probably meant, and leave with 2."""
        self.print_usage(sys.stderr)
        near = self._nearest(message)
        told = Name(argparse_says(message, self.lang))
        said = [CLI.say(self.lang, "refusal", program=Name(self.prog), told=told)]
        said += [CLI.say(self.lang, "did_you_mean", near=Name(each)) for each in near]
        if not near:
            said.append(CLI.say(self.lang, "see_help", program=Name(self.prog)))
        self.exit(2, "\n".join(said) + "\n")

    def _nearest(self, message: str) -> list[str]:
        """What was probably meant by each word that is nearly an option."""
        left = REFUSED_OPTIONS.fullmatch(message)
        words = left["names"].split() if left else []
        options = [flag for flag in self._option_string_actions if flag.startswith("--")]
        flags = [word.partition("=")[0] for word in words if word.startswith("-")]
        meant = [CALLED_ELSEWHERE.get(flag, flag) for flag in flags]
        matches = [difflib.get_close_matches(flag, options, n=1) for flag in meant]
        return [match[0] for match in matches if match]


def _without_values(left: Sequence[str]) -> list[str]:
    """What is not known, options without their values: one may be a key.

    >>> _without_values(["b.csv", "--token=1", "--api-key", "1"])
    ['b.csv', '--token', '--api-key']
    """
    before = ["", *left]
    words = [
        word
        for word, last in zip(left, before, strict=False)
        if not last.startswith("-") or word.startswith("-")
    ]
    return [re.sub("^(-[^=]*)=.*", r"\1", word, flags=re.DOTALL) for word in words]


class GroupedHelp(argparse.HelpFormatter):
    """Help that lists the commands of a parser under headings."""

    lang = "en"

    def _format_action(self, action: argparse.Action) -> str:
        if not (isinstance(action, Commands) and action.groups):
            return super()._format_action(action)
        lines = []
        for heading, commands in action.groups.items():
            lines.append(f"\n{heading}\n")
            lines += [super(GroupedHelp, self)._format_action(each) for each in commands]
        return "".join(lines)


class TranslatedHelp(GroupedHelp):
    """Help in another language than English, broken by the width of its characters."""

    def start_section(self, heading: str | None) -> None:
        """Begin a group of arguments."""
        super().start_section(argparse_says(heading or "", self.lang))

    def add_usage(
        self, usage: str | None, actions: Any, groups: Any, prefix: str | None = None
    ) -> None:
        """Say how a command is written."""
        said = CLI.say(self.lang, "usage") if prefix is None else prefix
        super().add_usage(usage, actions, groups, said)

    def _get_help_string(self, action: argparse.Action) -> str | None:
        return argparse_says(action.help, self.lang) if action.help else action.help

    def _split_lines(self, text: str, width: int) -> list[str]:
        from firstlight.views.terminal_print import wrapped

        return wrapped(" ".join(text.split()), width)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        paragraphs = [self._split_lines(line, width - len(indent)) for line in text.splitlines()]
        return "\n".join(indent + line for lines in paragraphs for line in lines)


def argparse_says(text: str, lang: str) -> str:
    """What argparse says, in another language; a text that is not its own as it is.

    argparse speaks English alone, so a text is known by its English and filled again.

    >>> argparse_says("argument --rows: expected one argument", "zh")
    '参数--rows：需要给出一个值'
    >>> argparse_says("nothing of its own", "zh")
    'nothing of its own'
    """
    for code, english in CLI.find("en", PARSER)[0].items():
        pattern = VALUE.sub(r"(?P<\1>.*?)", re.escape(english))
        if found := re.fullmatch(pattern, text, re.DOTALL):
            values = found.groupdict()
            told = {name: Name(argparse_says(value, lang)) for name, value in values.items()}
            return CLI.say(lang, PARSER, code, **told)
    return text


def asked_language(given: Sequence[str], settings: Mapping[str, str] = os.environ) -> str:
    """The language that ``--lang`` asks for, to be known before the command is read; without it
    that of the environment.

    >>> asked_language(["measure", "--lang", "zh"]), asked_language(["observe", "--lang=zh"])
    ('zh', 'zh')
    >>> asked_language(["--lang", "en"], {"LANG": "zh_CN"}), asked_language(["zh"], {})
    ('en', 'en')
    """
    asked = [after for word, after in pairwise(given) if word == "--lang"]
    asked += [word.removeprefix("--lang=") for word in given if word.startswith("--lang=")]
    return next((lang for lang in asked if lang in LANGUAGES), language_of(settings))


def language_of(settings: Mapping[str, str] = os.environ) -> str:
    """The language of messages that an environment asks for, as POSIX has it: by the first that is
    set of LC_ALL, LC_MESSAGES and LANG; English for one without words.

    >>> language_of({"LANG": "zh_CN.UTF-8"}), language_of({"LC_ALL": "C", "LANG": "zh_CN.UTF-8"})
    ('zh', 'en')
    """
    locale = next(filter(None, map(settings.get, LOCALES)), "")
    letters = re.split("[^a-z]", locale.lower(), maxsplit=1)[0]
    return letters if letters in LANGUAGES else ENGLISH
