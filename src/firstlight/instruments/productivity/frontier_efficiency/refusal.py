"""Errors that are worded in this folder."""

from __future__ import annotations

from pathlib import Path

from firstlight.texts import CodedError, Message

FOLDER = Path(__file__).parent


def refused(wrong: Message) -> CodedError:
    """An error that is worded in this folder."""
    return CodedError(wrong, FOLDER)
