"""Errors whose words lie beside this module."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from firstlight.errors import InputError
from firstlight.texts import Code, Message

# why a LinAlgError of this folder was raised; whatever numpy itself says is "singular"
CAUSES: Final = ("few_lags", "flat_productivity", "alike_instruments", "no_search", "first_stage")


def refusal(given: Message) -> InputError:
    """The error of a message.

    >>> from firstlight.texts import (message)
    >>> refusal(message("no_lag")).code
    'no_lag'
    """
    return InputError(given, Path(__file__).parent)


def unidentified(cause: str) -> np.linalg.LinAlgError:
    """The error of numbers that do not identify the function, for one of ``CAUSES``."""
    return np.linalg.LinAlgError(cause)


def cause(error: ValueError) -> Code:
    """Why the numbers do not identify the function.

    >>> cause(ValueError("Singular matrix")).value
    'codes.cause.singular'
    """
    said = str(error)
    return Code(f"codes.cause.{said if said in CAUSES else 'singular'}")
