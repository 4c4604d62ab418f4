"""One technology's timeline: a strip for each record, its share by year, the first document and the take-off; as SVG."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from firstlight.texts import short_number
from firstlight.views.curve_chart import ticks
from firstlight.views.figures import visible

__all__ = ["Strip", "followed_chart"]

WIDTH, LEFT, RIGHT, TOP, HEIGHT, BOTTOM = 640, 92, 8, 6, 54, 20
PER = 1000  # shares are shown per thousand documents of the record


@dataclass(frozen=True)
class Strip:
    """What one record shows of a technology.

    title    : the record's name
    shares   : year -> share of the record's documents, None where the record has none
    counts   : year -> documents
    first    : year of the first document
    take_off : year, low and high of the take-off; low None where the record begins too late to say
    quiet    : whether the presence is not confirmed, and drawn pale
    thin     : years in which the record held little: drawn pale, and left out of the scale
    """

    title: str
    shares: Mapping[int, float | None]
    counts: Mapping[int, float]
    first: int | None
    take_off: tuple[int, int | None, int | None] | None
    quiet: bool
    thin: frozenset[int] = frozenset()


def followed_chart(strips: Sequence[Strip], name: str) -> str:
    """The strips one below the other on one axis of years; an empty text where there is nothing to draw.

    name : what the chart is of, for readers who don't see it
    """
    years = sorted({year for strip in strips for year in strip.shares})
    if not years:
        return ""
    first, last = years[0], years[-1]
    each = (WIDTH - LEFT - RIGHT) / (last - first + 1)
    height = TOP + HEIGHT * len(strips) + BOTTOM
    parts: list[str] = []
    for number, strip in enumerate(strips):
        parts += _strip(strip, number, first, each)
    for value in ticks(first, last, False, whole=True):
        x = f"{_x(int(value), first, each) + each / 2:.1f}"
        parts.append(f'<text class="tick middle" x="{x}" y="{height - 6}">{value:.0f}</text>')
    label = html.escape(visible(name), quote=True)
    body = "".join(parts)
    return f'<svg class="followed" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{label}">{body}</svg>'


def _x(year: int, first: int, each: float) -> float:
    return LEFT + (year - first) * each


def _strip(strip: Strip, number: int, first: int, each: float) -> Iterable[str]:
    base = TOP + HEIGHT * (number + 1) - 4
    room = HEIGHT - 14
    filled = [share for year, share in strip.shares.items() if share and year not in strip.thin]
    most = max(filled or [share for share in strip.shares.values() if share], default=0.0)
    yield f'<text class="name" x="{LEFT - 8}" y="{base - room / 2:.1f}">{html.escape(visible(strip.title))}</text>'
    if most:
        yield f'<text class="tick end" x="{LEFT - 8}" y="{base - room / 2 + 13:.1f}">≤ {short_number(_short(PER * most))}‰</text>'
    yield from _span(strip, base, room, first, each)
    begins, ends = min(strip.shares), max(strip.shares)
    yield (
        f'<line class="axis" x1="{_x(begins, first, each):.1f}" x2="{_x(ends, first, each) + each:.1f}" '
        f'y1="{base}" y2="{base}"/>'
    )
    for year, share in sorted(strip.shares.items()):
        if not share or not most:
            continue
        tall = max(room * min(share / most, 1.08), 0.8)
        tone = "bar quiet" if strip.quiet or year in strip.thin else "bar"
        yield (
            f'<rect class="{tone} curve-{number % 4}" x="{_x(year, first, each) + each * 0.12:.1f}" y="{base - tall:.1f}" '
            f'width="{each * 0.76:.1f}" height="{tall:.1f}"><title>{year}: {strip.counts.get(year, 0):,.0f} · '
            f"{short_number(_short(PER * share))}‰</title></rect>"
        )
    if strip.first is not None:
        x = _x(strip.first, first, each) + each / 2
        yield f'<path class="first" d="M{x - 4:.1f} {base + 5} h8 l-4 -5 z"><title>{strip.first}</title></path>'


def _span(strip: Strip, base: int, room: int, first: int, each: float) -> Iterable[str]:
    if strip.take_off is None:
        return
    year, low, high = strip.take_off
    start, end = (
        low if low is not None else min(strip.shares),
        high if high is not None else max(strip.shares),
    )
    x, width = _x(start, first, each), (end - start + 1) * each
    yield f'<rect class="span" x="{x:.1f}" y="{base - room - 4}" width="{width:.1f}" height="{room + 4}"/>'
    at = _x(year, first, each) + each / 2
    yield f'<line class="take-off" x1="{at:.1f}" x2="{at:.1f}" y1="{base - room - 4}" y2="{base}"><title>{year}</title></line>'


def _short(value: float) -> float:
    return float(f"{value:.2g}")
