"""Build the site with warnings as errors and check it: python docs/build.py FOLDER."""

from __future__ import annotations

import sys
from pathlib import Path

from sphinx.cmd.build import main as sphinx

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from generate import links  # noqa: E402


def build(folder: Path) -> int:
    """Build into a folder, print what is wrong, and return the exit code."""
    code = sphinx(
        [
            "-q",
            "-W",
            "--keep-going",
            "-b",
            "html",
            "-d",
            str(folder.parent / "doctrees"),
            str(HERE),
            str(folder),
        ]
    )
    if code:
        return code
    wrong = links.complaints(folder)
    for complaint in wrong:
        print(complaint, file=sys.stderr)
    print(
        f"{folder / 'index.html'}: {len(list(folder.rglob('*.html')))} pages, {len(wrong)} faults in links and loads"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(build(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "_build" / "html"))
