"""Why a forecast came out as it did: what the documents did before and after it, told by stated rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from firstlight.instruments.emergence.targets import GROWTH_FACTOR

Floats = npt.NDArray[np.float64]
NEAR = 0.03  # growth a year within three points of the line of 8%: near it
SURE = 1.645  # standard errors that hold 90%
PEAK = 1.2  # a year's share against its neighbours', to be called a peak of one year
ONE_STEP = 0.7  # of the whole rise in one year, to be called one step
JOINED = 0.25  # of a technology's documents in a category that joined, for the record to be the likely reason
LEVEL = 0.005  # growth a year that rounds to nothing
BACK = 3  # years before the forecast over which the past is told

REASONS = (
    *("record_joined", "near_line", "came_later", "within_noise"),
    *("one_year_peak", "rose_and_fell", "lost_share", "stood_still"),
    *("one_step", "turned_round", "new", "had_stood_still", "kept_rising"),
)
_GREW = (
    *(
        "record_joined",
        "near_line",
        "within_noise",
        "one_step",
        "turned_round",
        "new",
        "had_stood_still",
        "kept_rising",
    ),
)
_DID_NOT = (
    "near_line",
    "came_later",
    "within_noise",
    "one_year_peak",
    "rose_and_fell",
    "lost_share",
    "stood_still",
)
_ABOUT_THE_NUMBER = (
    "record_joined",
    "near_line",
    "within_noise",
)  # of these, the shape of the course is told as well


@dataclass(frozen=True)
class Course:
    """The documents of one technology around a forecast.

    years, counts, totals : (Y,), as known when the record is drawn up
    index, horizon : column of the forecast year, years ahead
    joined : the category that joined the record after the forecast and holds most of its documents, or ""
    joined_share : share of its documents there
    """

    years: npt.NDArray[np.int64]
    counts: Floats
    totals: Floats
    index: int
    horizon: int
    joined: str = ""
    joined_share: float = 0.0

    @property
    def shares(self) -> Floats:
        """(Y,), nan in a year without documents."""
        return np.asarray(
            self.counts / np.where(self.totals > 0, self.totals, np.nan), dtype=np.float64
        )

    def growth(self, start: int, end: int) -> float:
        """Growth of the share per year between two columns; nan where there is nothing to grow from."""
        if start < 0 or end >= len(self.years) or not self.shares[start] > 0:
            return float("nan")
        return float((self.shares[end] / self.shares[start]) ** (1 / (end - start)) - 1)

    @property
    def after(self) -> float:
        """Growth of the share per year over the horizon."""
        return self.growth(self.index, self.index + self.horizon)


@dataclass(frozen=True)
class Why:
    """What happened: the first rule that holds, a sentence or two, whether growth was near the line, and within noise."""

    reason: str
    text_en: str
    text_zh: str
    is_near_line: bool
    is_within_noise: bool


def why(course: Course) -> Why:
    """What happened after the forecast, by the first rule that holds.

    Of what grew: a category joined the record (a quarter of the documents); growth within three points of 8%; counting alone
    could have put it on the other side of 8% (log ratio of shares within 1.645 root(1/n0 + 1/n1) of the line, n0 and n1
    documents at both ends: Poisson counts); seven tenths of the rise in one year; its share was falling until then; it
    had no documents three years before; it had grown by less than 3% a year; it kept rising.
    Of what did not: near the line; it passed 8% a year later on (within as many years again); within noise; the forecast
    year stood 20% above the years on both sides; it rose by more than 8% a year and fell back; it lost more than 5% a
    year; its share stood still.
    After a reason about the number alone, the shape of the course is told as well.

    >>> course = Course(np.arange(2000, 2007), np.array([90, 95, 100, 100, 90, 80, 70.0]), np.full(7, 1e4), 3, 3)
    >>> why(course).reason, why(course).text_en
    ('lost_share', 'It lost share: −11% a year.')
    """
    grew = course.after > GROWTH_FACTOR - 1
    found = [
        (code, values)
        for code in (_GREW if grew else _DID_NOT)
        if (values := _RULES[code](course)) is not None
    ]
    told = found[:1]
    if found[0][0] in _ABOUT_THE_NUMBER:
        shape = [own for own in found if own[0] not in _ABOUT_THE_NUMBER][:1]
        # near the line and about still say the same growth twice
        told += [own for own in shape if (found[0][0], own[0]) != ("near_line", "stood_still")]
    codes = [code for code, _ in found]
    return Why(
        codes[0],
        " ".join(_TEXTS[code][0].format(**values) for code, values in told),
        "".join(_TEXTS[code][1].format(**values) for code, values in told),
        "near_line" in codes,
        "within_noise" in codes,
    )


Values = Mapping[str, object]


def _record_joined(course: Course) -> Values | None:
    if course.joined_share < JOINED:
        return None
    return {"share": f"{course.joined_share:.0%}", "category": course.joined}


def _near_line(course: Course) -> Values | None:
    return (
        {"growth": _exact(course.after)}
        if abs(course.after - (GROWTH_FACTOR - 1)) <= NEAR
        else None
    )


def _within_noise(course: Course) -> Values | None:
    before, after = course.counts[course.index], course.counts[course.index + course.horizon]
    spread = SURE * np.sqrt(1 / max(before, 1) + 1 / max(after, 1))
    distance = course.horizon * abs(np.log(max(1 + course.after, 1e-9)) - np.log(GROWTH_FACTOR))
    if distance > spread:
        return None
    return {"growth": _signed(course.after), "before": f"{before:,.0f}", "after": f"{after:,.0f}"}


def _came_later(course: Course) -> Values | None:
    first = course.index + course.horizon + 1
    for column in range(first, min(first + course.horizon, len(course.years))):
        growth = course.growth(course.index, column)
        if growth > GROWTH_FACTOR - 1:
            return {"year": course.years[column], "growth": _signed(growth)}
    return None


def _one_year_peak(course: Course) -> Values | None:
    if course.index == 0:
        return None
    beside = max(course.shares[course.index - 1], course.shares[course.index + 1])
    above = course.shares[course.index] / beside if beside > 0 else np.nan
    return {"above": f"{above - 1:.0%}"} if above >= PEAK else None


def _rose_and_fell(course: Course) -> Values | None:
    ahead = [
        (course.growth(course.index, course.index + k), course.index + k)
        for k in range(1, course.horizon)
    ]
    risen = [(growth, column) for growth, column in ahead if growth > GROWTH_FACTOR - 1]
    if not risen:
        return None
    column = max(column for _, column in risen)
    return {"year": course.years[column], "growth": _signed(course.growth(course.index, column))}


def _lost_share(course: Course) -> Values | None:
    return {"growth": _signed(course.after)} if course.after < -(GROWTH_FACTOR - 1 - NEAR) else None


def _stood_still(course: Course) -> Values | None:
    return {"growth": _signed(course.after)}


def _one_step(course: Course) -> Values | None:
    shares = course.shares[course.index : course.index + course.horizon + 1]
    if course.horizon == 1 or not (shares > 0).all():
        return None
    steps = np.diff(np.log(shares))
    part, place = steps.max() / steps.sum(), int(steps.argmax())
    return (
        {"part": f"{min(part, 1.0):.0%}", "year": course.years[course.index + 1 + place]}
        if part >= ONE_STEP
        else None
    )


def _turned_round(course: Course) -> Values | None:
    past = course.growth(course.index - BACK, course.index)
    return {"past": _signed(past), "growth": _signed(course.after)} if past < -LEVEL else None


def _new(course: Course) -> Values | None:
    past = course.growth(course.index - BACK, course.index)
    return {"growth": _signed(course.after)} if np.isnan(past) else None


def _had_stood_still(course: Course) -> Values | None:
    past = course.growth(course.index - BACK, course.index)
    return {"past": _signed(past), "growth": _signed(course.after)} if past < NEAR else None


def _kept_rising(course: Course) -> Values | None:
    past = course.growth(course.index - BACK, course.index)
    return {"past": _signed(past), "growth": _signed(course.after)}


def _signed(growth: float) -> str:
    """A growth as a whole per cent with its sign, never -0%."""
    size = f"{abs(growth):.0%}"
    return size if size == "0%" else ("+" if growth > 0 else "−") + size


def _exact(growth: float) -> str:
    """The same with one decimal, for what is near the line."""
    return f"{growth:+.1%}".replace("-", "−")


_RULES: Mapping[str, Callable[[Course], Values | None]] = {
    "record_joined": _record_joined,
    "near_line": _near_line,
    "came_later": _came_later,
    "within_noise": _within_noise,
    "one_year_peak": _one_year_peak,
    "rose_and_fell": _rose_and_fell,
    "lost_share": _lost_share,
    "stood_still": _stood_still,
    "one_step": _one_step,
    "turned_round": _turned_round,
    "new": _new,
    "had_stood_still": _had_stood_still,
    "kept_rising": _kept_rising,
}
_TEXTS: Mapping[str, tuple[str, str]] = {
    "record_joined": (
        "Perhaps the record, not the technology: {share} of its documents are in {category}, which joined the record after "
        "the forecast.",
        "可能源于记录而非技术本身：其 {share} 的文献属于预测之后才进入记录的类别 {category}。",
    ),
    "near_line": (
        "Near the line: {growth} a year, where more than 8% counts.",
        "接近门槛：年均 {growth}，超过 8% 才算。",
    ),
    "came_later": (
        "It came later: by {year} its share had grown {growth} a year since the forecast.",
        "来得较晚：到 {year} 年，其占比自预测以来年均 {growth}。",
    ),
    "within_noise": (
        "Within counting noise: {growth} a year, from {before} to {after} documents; chance alone could have put it on the other "
        "side of 8%.",
        "在计数误差之内：年均 {growth}，文献由 {before} 篇变为 {after} 篇；仅凭偶然就可能落在 8% 的另一侧。",
    ),
    "one_year_peak": (
        "A peak of one year: its share stood {above} above the years on both sides.",
        "仅一年的高峰：其占比比前后两年均高出 {above}。",
    ),
    "rose_and_fell": (
        "It rose until {year} ({growth} a year), then fell back.",
        "到 {year} 年为止上升（年均 {growth}），随后回落。",
    ),
    "lost_share": ("It lost share: {growth} a year.", "占比下降：年均 {growth}。"),
    "stood_still": (
        "Its share stood about still: {growth} a year.",
        "占比大致持平：年均 {growth}。",
    ),
    "one_step": (
        "It rose in one step: {part} of the rise came in {year}.",
        "一步跃升：{part} 的增幅发生在 {year} 年。",
    ),
    "turned_round": (
        "It turned round: {past} a year before the forecast, {growth} after.",
        "由降转升：预测之前年均 {past}，之后 {growth}。",
    ),
    "new": (
        "It had no documents three years before the forecast, and then grew {growth} a year.",
        "预测前三年尚无文献，此后年均 {growth}。",
    ),
    "had_stood_still": (
        "It had stood still: {past} a year before the forecast, {growth} after.",
        "此前大致持平：预测之前年均 {past}，之后 {growth}。",
    ),
    "kept_rising": (
        "It kept rising: {past} a year before the forecast, {growth} after.",
        "持续上升：预测之前年均 {past}，之后 {growth}。",
    ),
}
