"""What a server may send and how long it may take: every bound of a fetch by its name, in one
place."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

from firstlight.errors import InputError, SourceError
from firstlight.texts import Count, Name, message

FOLDER = Path(__file__).parent
MOST_REDIRECTS = 5
MOST_WORDS = 300  # characters of what a server says that an error repeats


@dataclass(frozen=True)
class Bounds:
    """What is taken from a server at most; an error that names the bound ends what goes beyond it.

    answer_bytes    : bytes of one answer
    answer_seconds  : whole time of one answer, from the connection to the last byte, however slowly
                      they drip
    waiting_seconds : whole time of waiting between the tries of one request
    fetch_bytes     : bytes of all that one run of a fetch stores
    fetch_seconds   : whole time of one run of a fetch; no page is asked for after it
    follow_to       : other servers, as host or host:port, to which a redirect is followed; none
                      unless named
    Raises  InputError where a bound isn't positive.
    """

    answer_bytes: int = 64_000_000
    answer_seconds: float = 600.0
    waiting_seconds: float = 3600.0
    fetch_bytes: int = 100_000_000_000
    fetch_seconds: float = 604_800.0
    follow_to: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in (own.name for own in fields(self) if own.name != "follow_to"):
            value = getattr(self, name)
            if not value > 0:
                default = Name(f"{getattr(type(self), name):.0f}")
                about = {"name": Name(name), "value": Name(repr(value)), "default": default}
                raise InputError(message("bound_not_positive", **about), FOLDER)


PAGE = Bounds()
"""Of a page, which is held in memory."""
FILE = Bounds(answer_bytes=20_000_000_000, answer_seconds=21_600.0, fetch_bytes=2_000_000_000_000)
"""Of a file, which goes to the disk in pieces."""
REPLY = Bounds(answer_bytes=1_000_000, answer_seconds=60.0, waiting_seconds=120.0)
"""Of a model server's answer to a question."""


class UnwantedError(SourceError):
    """An answer that is not taken, and would not be if it were asked for again; `status` is what
    the server answered."""

    status: int | None = None


class SlowAnswerError(TimeoutError):
    """An answer that is not whole in time; its argument is how many seconds it may take."""


def too_large(bounds: Bounds) -> UnwantedError:
    """The error that says that an answer has more bytes than it may."""
    return UnwantedError(message("too_many_bytes", bytes=Count(bounds.answer_bytes)), FOLDER)
