"""What is wrong with an installation, a project or a file, in plain words, with the next step."""

from __future__ import annotations

from pathlib import Path

from firstlight.run.doctor.findings import Finding, of_error
from firstlight.run.doctor.input_file import of_file
from firstlight.run.doctor.installation import of_installation
from firstlight.run.doctor.project_folder import holds_results, of_project
from firstlight.run.project import is_project

__all__ = ["Finding", "doctor", "of_error"]


def doctor(what: str | Path | None = None, lang: str = "en") -> list[Finding]:
    """What is well, worth knowing and wrong with an installation, a project or a file.

    Nothing is written but, where writing is tried, a file that is removed again.

    what : a project's folder, or a file or folder of documents, counts or a table; nothing for the
           installation
    lang : of what the catalogue says

    >>> {each.state for each in doctor()} <= {"well", "note", "wrong"}
    True
    """
    if what is None:
        return of_installation()
    path = Path(what)
    if is_project(path) or holds_results(path):
        return of_project(path, lang)
    return of_file(path)
