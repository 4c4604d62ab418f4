"""A project: a folder with ``observatory.toml``, which says what to read and from which year to forecast."""

from __future__ import annotations

import bisect
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from firstlight.errors import InputError, StoreError, did_you_mean
from firstlight.run.former_names import now_called
from firstlight.run.naming_section import Naming, line_of, naming_of
from firstlight.sources.formats import is_readable
from firstlight.sources.workbooks import is_workbook
from firstlight.texts import LANGUAGES

FILE = "observatory.toml"
WRITTEN = (
    "names.csv",
    "observation.json",
    "set_aside.csv",
)  # what stands beside the data in a project
TEMPLATE = """\
# What this observatory reads and how it looks. Every line may be left out; what stands here is the default.
# 本观测台读取什么、如何观测。每一行都可以省略，这里写的就是默认值。

[observe]
source = ""          # a file or folder beside this one; empty: the bundled corpora  数据文件或文件夹；留空则用自带样本
# as_of = 2016       # forecast year; the last complete year where left out        预测年；省略则取最后一个完整年
horizon = 3          # years ahead                                                 预测期（年）
language = "en"      # en or zh                                                    语言
# encoding = "gb18030" # of text that isn't UTF-8; found by its bytes where left out  非UTF-8文本的编码；省略则自动识别
# names = "names.csv" # what you rename, translate, merge, split or hide              改名、译名、合并、拆分、隐藏

[columns]            # only where the guess is wrong: our name = "your column"     仅在自动识别有误时填写
# title = "Document Title"
# date = "Publication Date"

# [naming]                                 # a model on your own server names technologies; without this section nothing is sent
# url = "http://localhost:11434/v1"        # OpenAI protocol: Ollama, vLLM, LM Studio…   由您自己的模型服务器为技术命名；没有本节则不发送任何内容
# model = "qwen3:8b"                       # as the server knows it                      服务器上的模型名
# key_env = "NAMING_KEY"                   # environment variable that holds the key     存放密钥的环境变量名，密钥不写入本文件
# timeout = 60                             # seconds for an answer                       每次回答的时限（秒）
# technologies = 50                        # from the first of the list down             从名单首位起命名多少项
# languages = ["en", "zh"]                 # in which names are shown                    显示哪种语言的名称

# [measure.efficiency]                     # firstlight measure efficiency .           firstlight measure efficiency .
# source = "panel.csv"
# inputs = ["capital", "labour"]
# outputs = ["value_added"]
# columns = { unit = "Province" }
"""
_HIDDEN = (".", "~$")  # Excel's lock file has the name of the workbook that is open behind it
_TYPES: Mapping[str, tuple[type, ...]] = {
    "source": (str,),
    "as_of": (int,),
    "horizon": (int,),
    "language": (str,),
    "encoding": (str,),
    "names": (str,),
}
_KINDS = {str: "a text in quotes", int: "a whole number", float: "a number"}


@dataclass(frozen=True)
class Measure:
    """What a project says of one measurement: its table, its columns, and the options that it sets."""

    source: Path
    columns: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    encoding: str | None = None


@dataclass(frozen=True)
class Project:
    """The settings of a project folder; None where a setting is left to its default."""

    folder: Path
    source: Path | None = None
    as_of: int | None = None
    horizon: int = 3
    language: str = "en"
    names: Path | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    measures: Mapping[str, Measure] = field(default_factory=dict)
    naming: Naming | None = None
    encoding: str | None = None

    def measure(self, name: str) -> Measure:
        """The settings of one measurement.

        Raises  InputError where the project has none.
        """
        if name not in self.measures:
            known = ", ".join(f"[measure.{own}]" for own in self.measures) or "none"
            raise InputError(
                f"no [measure.{name}]",
                where=str(self.folder / FILE),
                try_next=f"add the section; there is {known}",
            )
        return self.measures[name]


def is_project(folder: str | Path) -> bool:
    """True for a folder that holds ``observatory.toml``."""
    return (Path(folder) / FILE).is_file()


def data_beside(folder: str | Path) -> tuple[str, ...]:
    """Files right in a folder that could be its source: of a kind that is read, and not written by an observation."""
    path = Path(folder)
    found = sorted(own.name for own in path.iterdir() if own.is_file()) if path.is_dir() else []
    names = [name for name in found if not name.startswith(_HIDDEN)]
    read = [
        name for name in names if (is_readable(name) or is_workbook(name)) and name not in WRITTEN
    ]
    tables = [
        name for name in read if not name.lower().endswith(".txt")
    ]  # a licence, unless there is nothing else
    return tuple(tables or read)


def source_beside(project: Project) -> Path | None:
    """The file that a project without a source reads: the only one beside its settings; None where there is none.

    Raises  InputError where there are several.
    """
    apart = {own.source.name for own in project.measures.values()} | {
        project.names.name if project.names else ""
    }
    found = [name for name in data_beside(project.folder) if name not in apart]
    if len(found) > 1:
        raise InputError(
            f"{len(found)} files could be the source: {', '.join(found[:5])}",
            where=f"{project.folder / FILE}, [observe]",
            try_next=f'source = "{found[0]}"',
        )
    return project.folder / found[0] if found else None


def new_project(folder: str | Path) -> Path:
    """Write ``observatory.toml`` with every setting into a folder, made where it is absent; returns the file.

    A data file that is there already becomes the source; of several each is written down, to choose from.

    Raises  InputError where there is one already, StoreError where the folder can't be written.
    """
    target = Path(folder) / FILE
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("x", encoding="utf-8") as stream:
            stream.write(_filled(TEMPLATE, data_beside(target.parent)))
    except FileExistsError as error:
        what = (
            "a project is here already" if target.is_file() else "a file of this name is in the way"
        )
        raise InputError(
            what, where=str(target), try_next=f"firstlight observe {folder}"
        ) from error
    except OSError as error:
        raise StoreError(
            f"can't write: {error.strerror}", where=str(target), try_next="choose another folder"
        ) from error
    return target


def _filled(template: str, found: tuple[str, ...]) -> str:
    """The template with what could be the source."""
    empty = 'source = ""          #'
    lines = source_lines(found)
    if len(found) == 1:
        return template.replace(empty, f"{lines[0]}  #")
    return template.replace(empty, "".join(f"{line}\n" for line in lines) + empty)


def source_lines(found: Sequence[str]) -> list[str]:
    """The setting of a source for each file that could be it, out of use where there are several.

    >>> source_lines(["papers.csv"]), source_lines(["a.csv", "b.csv"])
    (['source = "papers.csv"'], ['# source = "a.csv"', '# source = "b.csv"'])
    """
    sign = "" if len(found) == 1 else "# "
    return [f"{sign}source = {json.dumps(name, ensure_ascii=False)}" for name in found]


def open_project(folder: str | Path) -> Project:
    """Read a project's settings.

    Raises  InputError naming the key that is unknown or of the wrong kind.
    """
    path = Path(folder) / FILE
    try:
        text = path.read_text(encoding="utf-8-sig")
        data = tomllib.loads(text)
    except (
        ValueError,
        RecursionError,
    ) as error:  # also bytes that are no UTF-8, and a number of 5,000 digits
        raise InputError(
            f"not valid TOML: {error}",
            where=_where(path, error),
            try_next="mend that line (texts stand in quotes); firstlight new ELSEWHERE writes a fresh file to compare with",
        ) from error
    settings, columns = _section(data, "observe", path), _section(data, "columns", path)
    known = ("[observe]", "[columns]", "[naming]", "[measure]")
    _refuse_unknown(
        sorted(set(data) - {"observe", "columns", "naming", "measure"}), known, str(path)
    )
    _refuse_unknown(sorted(set(settings) - set(_TYPES)), tuple(_TYPES), f"{path}, [observe]")
    for key, value in settings.items():
        _check(key, value, f"{path}, [observe]")
    _check_columns(columns, f"{path}, [columns]")
    source = settings.get("source") or None
    return Project(
        Path(folder),
        Path(folder) / source if source else None,
        settings.get("as_of"),
        settings.get("horizon", 3),
        settings.get("language", "en"),
        Path(folder) / settings["names"] if settings.get("names") else None,
        columns,
        dict(_measure(name, path, data) for name in _section(data, "measure", path)),
        _naming(path, data, text),
        settings.get("encoding") or None,
    )


def _where(path: Path, error: Exception) -> str:
    """The file, with the line where the error itself names none."""
    if isinstance(error, tomllib.TOMLDecodeError | UnicodeDecodeError):
        return str(path)
    lines = path.read_text(encoding="utf-8-sig").splitlines(keepends=True)

    def fails(count: int) -> bool:
        try:
            tomllib.loads("".join(lines[:count]))
        except tomllib.TOMLDecodeError:
            return False
        except type(error):
            return True
        return False

    # What the first lines fail at, more of them fail at as well: halving finds the line.
    return f"{path}, line {bisect.bisect_left(range(len(lines) + 1), True, key=fails)}"


def _naming(path: Path, data: Mapping[str, Any], text: str) -> Naming | None:
    """The settings of the section [naming]; None where there is none, and nothing is asked."""
    if "naming" not in data:
        return None

    def where(key: str | None) -> str:
        line = line_of(text, key)
        place = f"{path}, line {line}" if line else f"{path}"
        return f"{place}, [naming] {key}" if key else f"{place}, [naming]"

    return naming_of(_section(data, "naming", path), where)


def _measure(name: str, path: Path, data: Mapping[str, Any]) -> tuple[str, Measure]:
    """Today's name of a measurement, and what the project says of it."""
    where = f"{path}, [measure.{name}]"
    options = dict(_section(data["measure"], name, path))
    source, columns = options.pop("source", None), options.pop("columns", {})
    encoding = options.pop("encoding", None)
    if not isinstance(source, str) or not source:
        raise InputError("which table?", where=where, try_next='source = "panel.csv"')
    if not isinstance(columns, dict):
        raise InputError(
            f"columns = {columns!r}", where=where, try_next='columns = { unit = "Your column" }'
        )
    _check_columns(columns, f"{where}, columns")
    if encoding is not None:
        _check("encoding", encoding, where)
    now, options = now_called(name, options)
    return now, Measure(path.parent / source, columns, options, encoding)


def _check_columns(columns: Mapping[str, Any], where: str) -> None:
    for key, value in columns.items():
        if not isinstance(value, str):
            raise InputError(
                f"{key} = {value!r}: a column is named by a text in quotes",
                where=where,
                try_next=f'{key} = "Your column"',
            )


def _section(data: Mapping[str, Any], name: str, path: Path) -> dict[str, Any]:
    section = data.get(name, {})
    if not isinstance(section, dict):
        raise InputError(
            f"{name} = {section!r} stands where a section is expected",
            where=str(path),
            try_next=f"write [{name}] on a line of its own and the settings below it",
        )
    return section


def _refuse_unknown(names: list[str], known: tuple[str, ...], where: str) -> None:
    if names:
        hint = did_you_mean(names[0], known)
        raise InputError(
            f"unknown setting {names[0]!r}",
            where=where,
            try_next=f"{hint}use one of {', '.join(known)}",
        )


def _check(key: str, value: object, where: str) -> None:
    if not isinstance(value, _TYPES[key]) or isinstance(value, bool):
        raise InputError(
            f"{key} = {value!r} is of the wrong kind",
            where=where,
            try_next=f"{key} takes {_KINDS[_TYPES[key][-1]]}",
        )
    if key == "language" and value not in LANGUAGES:
        raise InputError(
            f"no language {value!r}", where=where, try_next='language = "en" or language = "zh"'
        )
