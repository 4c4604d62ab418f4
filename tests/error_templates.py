"""What errors say: the texts that are handed to them in the code, with {} in place of what is filled in."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PARTS = ("what", "where", "try_next")


def error_templates(root: Path) -> dict[str, str]:
    """Template -> where it stands first, for every text that an error of ``root`` is made with.

    A text that is chosen or put together is followed through conditions and sums; what a variable holds is not.
    """
    found: dict[str, str] = {}
    for path in sorted(root.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            # a TypeError is for who writes a measurement, not for who measures
            is_error = isinstance(node, ast.Call) and _name(node.func).endswith("Error")
            if is_error and _name(node.func) != "TypeError":
                given = [*node.args[:1], *(own.value for own in node.keywords if own.arg in PARTS)]
                for text in (each for own in given for each in _texts(own)):
                    found.setdefault(text, f"{path.relative_to(root)}:{node.lineno}")
    return found


def all_texts(root: Path) -> set[str]:
    """Every text of the code, as a template: also those that reach an error by a variable."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in root.rglob("*.py"))
    return {
        text
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.expr)
        for text in _texts(node)
    }


def _name(node: ast.expr) -> str:
    return (
        node.id
        if isinstance(node, ast.Name)
        else node.attr
        if isinstance(node, ast.Attribute)
        else ""
    )


def _texts(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(
            str(own.value) if isinstance(own, ast.Constant) else "{}" for own in node.values
        )
    elif isinstance(node, ast.IfExp):
        yield from (*_texts(node.body), *_texts(node.orelse))
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        right = list(_texts(node.right)) or ["{}"]
        yield from (one + other for one in (list(_texts(node.left)) or ["{}"]) for other in right)
