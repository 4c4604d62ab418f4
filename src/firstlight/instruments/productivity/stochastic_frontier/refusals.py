"""Errors whose words lie beside this module."""

from __future__ import annotations

from pathlib import Path

from firstlight.errors import InputError
from firstlight.texts import Message


def refusal(given: Message) -> InputError:
    """The error of a message.

    >>> from firstlight.texts import (message)
    >>> refusal(message("no_noise")).code
    'no_noise'
    """
    return InputError(given, Path(__file__).parent)
