"""The command line in Chinese: usage, headings, help, and what the parser itself refuses."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NoReturn

from firstlight.views.error_words import in_chinese

HEADINGS = {"positional arguments": "参数", "options": "选项"}


class ChineseFormatter(argparse.HelpFormatter):
    """Help in Chinese, broken by the width of its characters: between them there are no spaces."""

    def start_section(self, heading: str | None) -> None:
        super().start_section(HEADINGS.get(heading or "", heading))

    def add_usage(
        self, usage: str | None, actions: Any, groups: Any, prefix: str | None = None
    ) -> None:
        super().add_usage(usage, actions, groups, "用法：" if prefix is None else prefix)

    def add_text(self, text: str | None) -> None:
        is_one = (
            text is not None and "\n" not in text
        )  # what several lines say is in Chinese already
        super().add_text(in_chinese(text) if text and is_one else text)

    def _get_help_string(self, action: argparse.Action) -> str | None:
        return in_chinese(action.help) if action.help else action.help

    def _split_lines(self, text: str, width: int) -> list[str]:
        from firstlight.views.terminal_print import wrapped

        return wrapped(" ".join(text.split()), width)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        lines = (
            line
            for each in text.splitlines()
            for line in self._split_lines(each, width - len(indent))
        )
        return "\n".join(indent + line for line in lines)


class ChineseParser(argparse.ArgumentParser):
    """A parser that says in Chinese what it takes and what it refuses."""

    def __init__(self, *told: Any, **settings: Any) -> None:
        super().__init__(*told, **{"formatter_class": ChineseFormatter, **settings})

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(2, f"{self.prog}：错误：{in_chinese(message)}\n")


def asks_for_chinese(given: Sequence[str]) -> bool:
    """Whether ``--lang zh`` stands in a command, which is to be known before the command is read.

    >>> asks_for_chinese(["measure", "--lang", "zh"]), asks_for_chinese(["observe", "--lang=zh"]), asks_for_chinese(["zh"])
    (True, True, False)
    """
    return "--lang=zh" in given or ("--lang", "zh") in pairwise(given)
