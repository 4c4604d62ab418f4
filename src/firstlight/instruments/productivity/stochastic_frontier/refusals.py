"""Errors whose words lie beside this module."""

from __future__ import annotations

from pathlib import Path

from firstlight.texts import CodedError, Message


def refusal(given: Message) -> CodedError:
    """The error of a message.

    >>> from firstlight.texts import message
    >>> refusal(message("no_noise")).code
    'no_noise'
    """
    return CodedError(given, Path(__file__).parent)
