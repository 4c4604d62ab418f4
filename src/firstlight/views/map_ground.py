"""An equal-area projection for small maps, and the lines of longitude and latitude under them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

Degrees = tuple[float, float]
STEPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 45, 90)  # degrees between lines
# degrees: the standard parallel of maps nearer a pole, where shapes would be drawn out
STEEPEST = 70.0


@dataclass(frozen=True)
class Ground:
    """Lines under a map, as (label, where it stands in projected units)."""

    meridians: list[tuple[str, float]]
    parallels: list[tuple[str, float]]


@dataclass(frozen=True)
class Frame:
    """What a map shows: the meridian in its middle, and the cosine of the standard parallel."""

    middle: float
    narrow: float


def projected(places: Sequence[Degrees], frame: Frame | None = None) -> list[tuple[float, float]]:
    """Longitude and latitude in degrees to x to the right and y down the page, equal areas staying
    equal.

    The cylindrical equal-area projection, x = (λ - λ0) cos φ0, y = -sin φ / cos φ0. Shapes are true
    at φ0: cos² φ0 is the mean of cos² φ over the latitudes, about their middle where they are few.
    The widest empty band of longitudes is at the edge.

    frame : of the whole map, where these places are some of it; about these places otherwise

    >>> [tuple(round(v, 3) for v in at) for at in projected([(0, 0), (90, 0)])]
    [(-0.785, -0.0), (0.785, -0.0)]

    Source: Snyder (1987), Map projections: a working manual, USGS Professional Paper 1395, section
            10.
    """
    of = frame or _frame(places)
    return [_place(longitude, latitude, of) for longitude, latitude in places]


def projected_along(
    line: Sequence[Degrees], middle: float, frame: Frame
) -> list[tuple[float, float]]:
    """A line on a map, whose longitudes run on beyond 180° where it does, so that none is at the
    other end of the map.

    middle : the longitude in the middle of the map, as the line counts it

    >>> [round(x, 2) for x, _ in projected_along([(190, 0), (175, 0)], 180, Frame(180, 1.0))]
    [0.17, -0.09]
    """
    return [_on_plane(longitude - middle, latitude, frame) for longitude, latitude in line]


def ground(places: Sequence[Degrees]) -> Ground:
    """Round meridians and parallels about the places, where `projected` puts them.

    >>> [label for label, _ in ground([(-10, 50), (30, 60)]).meridians]
    ['10°W', '5°W', '0°', '5°E', '10°E', '15°E', '20°E', '25°E', '30°E']
    """
    return ground_of(places, _frame(places))


def ground_of(places: Sequence[Degrees], frame: Frame) -> Ground:
    """Round meridians and parallels about the places of a map whose frame is known."""
    around = [_shifted(longitude, frame.middle) for longitude, _ in places]
    north = [latitude for _, latitude in places]
    apart_x, apart_y = (max(max(values) - min(values), 1e-3) for values in (around, north))
    west, east = (
        frame.middle + end for end in (min(around) - apart_x * 0.04, max(around) + apart_x * 0.04)
    )
    low, high = max(min(north) - apart_y * 0.04, -90.0), min(max(north) + apart_y * 0.04, 90.0)
    return Ground(
        [
            (
                _label((at + 180) % 360 - 180, "E", "W"),
                math.radians(at - frame.middle) * frame.narrow,
            )
            for at in _lines(west, east)
        ],
        [(_label(at, "N", "S"), _place(frame.middle, at, frame)[1]) for at in _lines(low, high)],
    )


def _lines(low: float, high: float) -> list[float]:
    """Round degrees between two, at most nine."""
    step = next((step for step in STEPS if (high - low) / step < 9), STEPS[-1])
    return [at * step for at in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _frame(places: Sequence[Degrees]) -> Frame:
    """The frame about places."""
    longitudes = sorted(longitude % 360 for longitude, _ in places)
    gaps = [
        (after - before, after)
        for before, after in zip(longitudes, [*longitudes[1:], longitudes[0] + 360], strict=True)
    ]
    gap, start = max(gaps)
    middle = (start + (360 - gap) / 2) % 360
    return frame_about(middle, middle, [latitude for _, latitude in places])


def frame_about(west: float, east: float, latitudes: Sequence[float]) -> Frame:
    """The frame of a map from one longitude to another (further east, beyond 180 where it must),
    over latitudes."""
    radians = [math.radians(latitude) for latitude in latitudes]
    low, high = min(radians), max(radians)
    if high - low < 1e-6:
        mean = math.cos(low) ** 2
    else:
        mean = 0.5 + (math.sin(2 * high) - math.sin(2 * low)) / (4 * (high - low))
    narrow = math.sqrt(max(mean, math.cos(math.radians(STEEPEST)) ** 2))
    middle = (west + east) / 2 % 360
    return Frame(middle - 360 if middle > 180 else middle, narrow)


def _shifted(longitude: float, middle: float) -> float:
    """Degrees east of the middle, -180 to 180."""
    return (longitude - middle + 180) % 360 - 180


def _place(longitude: float, latitude: float, frame: Frame) -> tuple[float, float]:
    return _on_plane(_shifted(longitude, frame.middle), latitude, frame)


def _on_plane(east: float, latitude: float, frame: Frame) -> tuple[float, float]:
    return math.radians(east) * frame.narrow, -math.sin(math.radians(latitude)) / frame.narrow


def _label(degrees: float, positive: str, negative: str) -> str:
    if abs(degrees) < 1e-9 or abs(degrees) == 180:
        return f"{abs(degrees):.0f}°"
    return f"{abs(degrees):.6g}°{positive if degrees > 0 else negative}"
