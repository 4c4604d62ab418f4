"""A reader with faults planted in it, by which the search is tried."""

from __future__ import annotations

import json


def read(data: bytes) -> None:
    """Read a JSON object; three keys deep, one value is not looked at as it should be."""
    try:
        record = json.loads(data)
    except (ValueError, RecursionError):
        return
    if not isinstance(record, dict):
        return
    place = record.get("place")
    if isinstance(place, dict):
        years = place.get("years")
        if isinstance(years, list):
            # Nobody says that these are numbers.
            sum(years)
