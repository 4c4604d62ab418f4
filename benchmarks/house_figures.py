"""The figures of the house: how much code there is, how wide, and what stands where it should not.

    python -m benchmarks.house_figures [FOLDER ...]

Each folder is a checkout of the repository, this one where none is named; several stand side by
side. Lines are non-blank. What is counted is reported, never met by folding lines.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COLUMNS = 100
WORDS = re.compile(r"(?<![\w<-])[a-z]{2,} [a-z]{2,}\b|[\u4e00-\u9fff]{2}")
# strings with words that nobody reads as a sentence
NO_SENTENCE = re.compile(r"SELECT |FROM |<\w|class=\"|^\^|\\[sdwb]|\(\?|\d{4}[,(;]|\d\(\d+\)")


@dataclass(frozen=True)
class Module:
    """A file of the package: its text, syntax tree, and which of its lines are docstrings."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def lines(self) -> list[str]:
        """The lines that are not blank."""
        return [line for line in self.text.splitlines() if line.strip()]

    def docstrings(self) -> list[ast.Constant]:
        """The docstrings, and strings that stand alone as comments do."""
        return [
            node.value
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ]

    def code_lines(self) -> list[str]:
        """The lines outside docstrings and comments."""
        lines = dict(enumerate(self.text.splitlines(), 1))
        for doc in self.docstrings():
            for number in range(doc.lineno, (doc.end_lineno or doc.lineno) + 1):
                lines.pop(number, None)
        return [line for line in lines.values() if line.strip() and line.strip()[0] != "#"]


def modules(checkout: Path) -> list[Module]:
    """The package's files."""
    files = sorted((checkout / "src").rglob("*.py"))
    texts = [file.read_text(encoding="utf-8") for file in files]
    return [Module(file, text, ast.parse(text)) for file, text in zip(files, texts, strict=True)]


def figures(found: list[Module], source: Path) -> dict[str, str]:
    """Name of each figure, and its value."""
    lines = [line for own in found for line in own.lines]
    code = [line for own in found for line in own.code_lines()]
    characters = sum(map(len, lines))
    nodes = [node for own in found for node in ast.walk(own.tree)]
    choices = sum(isinstance(node, ast.IfExp) for node in nodes)
    wide = sum(len(line) > COLUMNS for line in code)
    return {
        "modules": f"{len(found):,}",
        "lines": f"{len(lines):,}",
        "characters": f"{characters:,}",
        "characters a line": f"{characters / len(lines):.1f}",
        f"lines of code over {COLUMNS} columns": f"{wide:,} ({wide / len(code):.1%})",
        f"lines over {COLUMNS} columns": f"{sum(len(line) > COLUMNS for line in lines):,}",
        "conditional expressions per 1,000 lines": f"{1000 * choices / len(lines):.1f}",
        "conditional expressions inside comprehensions": f"{_within_comprehensions(nodes):,}",
        "lines that are comments": f"{_comments(found) / len(lines):.2%}",
        "modules with one importer, neither measurement nor public": f"{_lonely(found, source):,}",
        "strings with words that people read": f"{sum(1 for own in found for _ in sentences(own)):,}",
    }


def sentences(own: Module) -> Iterator[str]:
    """Strings outside docstrings that read as words, but for citations, patterns, SQL and markup."""
    apart = set(map(id, own.docstrings()))
    for node in ast.walk(own.tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        reads_as_words = WORDS.search(node.value) and not NO_SENTENCE.search(node.value)
        if id(node) not in apart and reads_as_words:
            yield node.value


def _within_comprehensions(nodes: list[ast.AST]) -> int:
    kinds = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
    inside = {
        id(inner)
        for node in nodes
        if isinstance(node, kinds)
        for inner in ast.walk(node)
        if isinstance(inner, ast.IfExp)
    }
    return len(inside)


def _comments(found: list[Module]) -> int:
    """Lines that begin with a comment."""
    count = 0
    for own in found:
        for token in tokenize.generate_tokens(io.StringIO(own.text).readline):
            count += token.type == tokenize.COMMENT and not token.line[: token.start[1]].strip()
    return count


def _lonely(found: list[Module], source: Path) -> int:
    """Modules that one other alone imports, that declare no measurement and that nobody exports."""
    names = {".".join(own.path.relative_to(source).with_suffix("").parts): own for own in found}
    importers: Counter[str] = Counter()
    for name, own in names.items():
        wanted = {each for each in _imports(own.tree) if each in names and each != name}
        importers.update(wanted)
    exported = set(_exported(source))
    return sum(
        importers[name] == 1 and name not in exported and "Measurement(" not in own.text
        for name, own in names.items()
        if own.path.name != "__init__.py"
    )


def _exported(source: Path) -> Iterator[str]:
    """Modules from which the door of a family or of a room hands on names."""
    for door in source.rglob("*.pyi"):
        package = ".".join(door.parent.relative_to(source).parts)
        for node in ast.walk(ast.parse(door.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level == 1:
                yield f"{package}.{node.module}"


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{each.name}" for each in node.names)


def main(checkouts: list[Path]) -> None:
    """Print a table: a row for each figure, a column for each checkout."""
    told = [figures(modules(each), each / "src") for each in checkouts]
    print("| figure | " + " | ".join(each.resolve().name for each in checkouts) + " |")
    print("| --- |" + " --- |" * len(checkouts))
    for name in told[0]:
        print(f"| {name} | " + " | ".join(each[name] for each in told) + " |")


if __name__ == "__main__":
    main([Path(each) for each in sys.argv[1:]] or [ROOT])
