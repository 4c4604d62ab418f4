"""Errors that are worded in this folder."""

from __future__ import annotations

from pathlib import Path

from firstlight.errors import InputError
from firstlight.texts import Message

FOLDER = Path(__file__).parent


def refused(wrong: Message) -> InputError:
    """An error that is worded in this folder."""
    return InputError(wrong, FOLDER)
