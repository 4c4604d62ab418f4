"""The reliability diagram: what was predicted against what came true, one panel for each record and target."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import polars as pl

SIZE, LEFT, TOP, GAP = 170, 44, 34, 52  # pixels of a panel and around it
INK, OURS, GRID = "#222222", "#1f6feb", "#bbbbbb"


def reliability_diagram(bins: pl.DataFrame, horizon: int) -> str:
    """An SVG of panels, targets below each other, records side by side; test years, granularity 1.

    bins : record, granularity, horizon, period, target, predicted, observed, n
    """
    shown = bins.filter((pl.col("granularity") == 1) & (pl.col("horizon") == horizon) & (pl.col("period") == "test"))
    records = shown["record"].unique(maintain_order=True).to_list()
    targets = [name for name in ("B", "A") if name in shown["target"].to_list()]
    width, height = LEFT + len(records) * (SIZE + GAP), TOP + len(targets) * (SIZE + GAP + 14)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="sans-serif" font-size="11" role="img" aria-label="Reliability diagram">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for i, target in enumerate(targets):
        for j, record in enumerate(records):
            own = shown.filter((pl.col("record") == record) & (pl.col("target") == target)).sort("bin").to_dicts()
            x, y = LEFT + j * (SIZE + GAP), TOP + i * (SIZE + GAP + 14)
            parts += _panel(x, y, f"{record}, target {target}", own)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(x: float, y: float, title: str, bins: Sequence[dict[str, Any]]) -> list[str]:
    parts = [f'<text x="{x}" y="{y - 10}" fill="{INK}" font-weight="bold">{title}</text>']
    if not bins:
        return [*parts, f'<text x="{x}" y="{y + SIZE / 2}" fill="{INK}">fewer than 100 came true</text>']
    most = max(max(row["predicted"], row["observed"]) for row in bins)
    top = min(1.0, math.ceil(most * 5 + 1e-9) / 5)

    def place(predicted: float, observed: float) -> tuple[float, float]:
        return round(x + predicted / top * SIZE, 1), round(y + SIZE - observed / top * SIZE, 1)

    parts.append(f'<rect x="{x}" y="{y}" width="{SIZE}" height="{SIZE}" fill="none" stroke="{GRID}"/>')
    parts.append(f'<line x1="{x}" y1="{y + SIZE}" x2="{x + SIZE}" y2="{y}" stroke="{GRID}" stroke-dasharray="4 3"/>')
    for tick in (0.0, top / 2, top):
        label = f"{tick:.1f}"
        across, up = place(tick, tick)
        parts.append(f'<text x="{across}" y="{y + SIZE + 14}" fill="{INK}" text-anchor="middle">{label}</text>')
        parts.append(f'<text x="{x - 5}" y="{up + 4}" fill="{INK}" text-anchor="end">{label}</text>')
    parts.append(f'<text x="{x + SIZE / 2}" y="{y + SIZE + 28}" fill="{INK}" text-anchor="middle">predicted</text>')
    middle = y + SIZE / 2
    turned = f'transform="rotate(-90 {x - 30} {middle})"'
    parts.append(f'<text x="{x - 30}" y="{middle}" fill="{INK}" text-anchor="middle" {turned}>came true</text>')
    points = [place(row["predicted"], row["observed"]) for row in bins]
    line = " ".join(f"{across},{up}" for across, up in points)
    parts.append(f'<polyline points="{line}" fill="none" stroke="{OURS}" stroke-width="1.5"/>')
    for (across, up), row in zip(points, bins, strict=True):
        told = f"predicted {row['predicted']:.3f}, came true {row['observed']:.3f}, {row['n']} forecasts"
        parts.append(f'<circle cx="{across}" cy="{up}" r="3.5" fill="{OURS}"><title>{told}</title></circle>')
    return parts
