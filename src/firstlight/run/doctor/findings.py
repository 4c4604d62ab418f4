"""One thing that was looked at: well, worth knowing, or wrong, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from firstlight.errors import FirstlightError
from firstlight.texts import Message, Name, Texts, Value, message

State = Literal["well", "note", "wrong"]
DOCTOR = Texts(Path(__file__).parent)


@dataclass(frozen=True)
class Finding:
    """What was found.

    state : well, note (works, but should be known) or wrong (stops something)
    given : what it is, a text under ``[says]``
    error : where something is wrong as elsewhere, the error that says so instead
    after : what to do next, a text under ``[next]``; None where nothing needs to be done
    """

    state: State
    given: Message
    after: Message | None = None
    error: FirstlightError | None = None

    @property
    def code(self) -> str:
        """The code of what was found."""
        if self.error is not None:
            return self.error.code
        return self.given.code

    def told(self, lang: str = "en") -> tuple[str, str]:
        """What was found, and what to do next, which may be empty."""
        if self.error is not None:
            what, where, after = self.error.parts(lang)
            if where:
                inside = {"text": Name(what), "inside": Name(where)}
                what = DOCTOR.say(lang, "format", "bracketed", **inside)
            return what, after
        after = ""
        if self.after is not None:
            after = DOCTOR.sentence(lang, self.after, "next")
        return DOCTOR.sentence(lang, self.given), after


def said(state: State, code: str, after: Message | None = None, /, **values: Value[Any]) -> Finding:
    """A finding by its code and values.

    >>> said("note", "no_pip").told("en")[0]
    'this Python has no pip'
    """
    return Finding(state, message(code, **values), after)


def of_error(error: FirstlightError) -> Finding:
    """The finding that something stops, as the error says it."""
    return Finding("wrong", message("error"), error=error)
