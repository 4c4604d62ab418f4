"""What a language lacks: ``python docs/generate/translations.py zh`` (``make translations``); a
release waits for it.

A translated file says which English it was made from (``english = "1f3a9c2b"``). Where the English
has changed since, that is said as well; once the translation is revised, ``--revised FOLDER``
writes the new digest.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from firstlight.measurement import folders, measurement
from firstlight.parameters import meanings_of
from firstlight.texts import ROOT, Texts, leaves, load

FORMS = ("one", "other")
ENGLISH_ALONE = ("aim", "kind", "missing_if")  # codes, which are no words
_DIGEST = re.compile(r'^english = "\w*"\n', re.M)


def english_of(folder: Path) -> dict[tuple[str, ...], str]:
    """Path -> English text of a folder, the help of parameters among them; forms of one text count
    once."""
    texts: dict[tuple[str, ...], str] = {}
    for path, text in leaves(load(folder / "en.toml")):
        if path[-1] not in ENGLISH_ALONE:
            texts[path[:-1] if path[-1] in FORMS else path] = text
    for name, own in folders().items():
        if own == folder:
            helped = meanings_of(measurement(name).function)
            texts |= {
                ("parameters", parameter): text
                for parameter, text in helped.items()
                if parameter != "progress"  # no command and no schema shows it
            }
    return texts


def digest_of(folder: Path) -> str:
    """Of all English texts of a folder."""
    return sha256(repr(sorted(english_of(folder).items())).encode()).hexdigest()[:8]


def lacking(lang: str, root: Path = ROOT) -> Iterator[str]:
    """A line for each text that a language lacks, with its English, and for each file whose English
    has changed."""
    shared = {folder.parent for folder in root.glob("words/en")}
    for folder in sorted({*shared, *(file.parent for file in root.rglob("en.toml"))}):
        file = folder / f"{lang}.toml"
        where = file.relative_to(root)
        done = {path[:-1] if path[-1] in FORMS else path for path, _ in leaves(load(file))}
        known = load(file).get("english")
        if known is not None and known != digest_of(folder):
            yield f"{where}: the English has changed since it was translated"
        for path, text in english_of(folder).items():
            is_inherited = path[0] == "parameters" and Texts(folder).in_language(lang, *path)
            if path not in done and not is_inherited:
                yield f"{where}: {'.'.join(path)} = {text!r}"


def revise(lang: str, folder: Path) -> None:
    """Write into a translated file which English it was made from."""
    file = folder / f"{lang}.toml"
    text = _DIGEST.sub("", file.read_text(encoding="utf-8"))
    file.write_text(f'english = "{digest_of(folder)}"\n{text}', encoding="utf-8")


def main() -> int:
    """Print what is lacking; 1 where something is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lang", nargs="?", default="zh")
    parser.add_argument(
        "--revised", type=Path, metavar="FOLDER", help="its translation is up to date"
    )
    given = parser.parse_args()
    if given.revised is not None:
        revise(given.lang, given.revised.resolve())
    lines = list(lacking(given.lang))
    print(*lines, sep="\n")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
