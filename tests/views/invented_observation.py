"""A plausible observation in which everything is invented: tables and facts as every view receives them."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from invented_convergence import new_links
from invented_past import beside_the_past

from firstlight.views.contract import COLUMNS

Observation = tuple[dict[str, pl.DataFrame], dict[str, Any]]

HOSTILE = (
    "</script><script>document.title='taken'</script>",
    "<img src=x onerror=\"document.title='taken'\">",
    "\"'`${7*7}&amp;<!--",
    "bell\x07 escape\x1b[31m null\x00 next\u0085",
    "line\u2028paragraph\u2029end",
    "\u202eturned round",
    '=HYPERLINK("http://example.invalid";"x")',
    "[link](http://example.invalid) | *bold* `code`",
    "@@DATA@@ {label} @@SCRIPT@@",
    "../../etc/passwd\nsecond line",
)
AREAS = ("information", "materials", "health", "energy", "manufacturing", "space", "none")
FIRST, AS_OF, HORIZON = 1996, 2016, 3
ENGLISH_A = ("lattice", "amber", "folded", "tidal", "quiet", "braided", "hollow", "swift", "layered", "woven")
ENGLISH_B = ("photon loom", "ion sieve", "cell printer", "grid memory", "rock drill", "orbit tug", "gene switch")
CHINESE = ("编织光子", "潮汐储能", "空心离子筛", "静默轨道", "细胞打印", "层状记忆", "快速钻探")
INDICATORS = {
    "share": ("share of the year's documents, 0 to 1", "Share", "占比"),
    "growth_3": ("per year (0.08 = 8%)", "Growth, 3 years", "三年年均增长率"),
    "stage": ("1 / (years since the peak + 1), above 0 to 1", "Stage", "阶段"),
    "vitality": ("mean of 1 / (age of a document + 1), above 0 to 1", "Vitality", "活力"),
    "age": ("years", "Age", "技术年龄"),
    "novelty": ("0 to 1; 1/2 = steady", "Novelty", "新颖性"),
    "new_authors": ("share of authors, 0 to 1", "New authors", "新作者占比"),
    "neighbours_growth": ("per year (0.08 = 8%)", "Neighbours' growth", "邻近技术增长"),
}
METHODS = (
    ("firstlight", "Firstlight", "Firstlight 初光", True),
    ("everything", "Predict everything", "全部判为增长", False),
    ("growth_3", "Past 3-year growth", "过去三年增长", False),
    ("stage", "Stage", "阶段", False),
    ("vitality", "Vitality", "活力", False),
    ("rahkovsky", "Vitality and stage", "活力与阶段", False),
    ("porter_carley", "Porter-Carley emergence score", "Porter-Carley 涌现分", False),
)


def observation(count: int = 60, seed: int = 7) -> Observation:
    """Tables and facts of an invented sky with ``count`` technologies."""
    rng = np.random.default_rng(seed)
    years = np.arange(FIRST, AS_OF + HORIZON + 1)
    totals = np.rint(2000 * 1.09 ** (years - FIRST)).astype(int)
    sky = _technologies(rng, count)
    history, fan = _history(rng, sky, years, totals)
    sky = _with_counts(sky, history)
    tables = {"technologies": sky, "history": history, "fan": fan}
    tables |= _of_each(rng, sky) | _of_the_record(rng, sky) | _of_the_reading(years, totals)
    tables |= beside_the_past(sky) | new_links(rng, sky)
    return {name: frame.select(COLUMNS[name]) for name, frame in tables.items()}, _facts(
        count, int(totals[years <= AS_OF].sum())
    )


def nothing() -> Observation:
    """An observation in which nothing was found: every table is there, and empty."""
    tables, facts = observation(1)
    facts |= {"technologies_count": 0, "documents_count": 0, "coverage": None, "base_rate": None, "inputs": []}
    return {name: frame.clear() for name, frame in tables.items()}, facts


def _label(place: int) -> str:
    if place % 4 == 3:
        return CHINESE[place % 7] + ("" if place < 28 else f"之{place}")
    name = f"{ENGLISH_A[place % 10]} {ENGLISH_B[place % 7]}"
    return name if place < 70 else f"{name} {place}"


def _technologies(rng: np.random.Generator, count: int) -> pl.DataFrame:
    probability = np.sort(rng.beta(1.3, 2.6, count))[::-1]
    spread = 0.04 + 0.08 * rng.random(count)
    turn = rng.random(count) * 2 * np.pi
    areas = rng.integers(0, 7, count)
    reach = 0.06 + 0.10 * rng.random(count)
    centre = areas * 2 * np.pi / 7
    return pl.DataFrame(
        {
            "rank": np.arange(1, count + 1),
            "technology_id": [f"t{1996 + place % 18}-{place:03d}" for place in range(count)],
            "label": [_label(place) for place in range(count)],
            "area_code": [AREAS[area] for area in areas],
            "area_probability": (0.45 + 0.5 * rng.random(count)).round(3),
            "subfield_code": [
                None if area == 6 else f"{AREAS[area]}/sub_{place % 5}" for place, area in enumerate(areas)
            ],
            "first_year": [None if place == 5 else 1996 + place % 18 for place in range(count)],
            "probability": probability,
            "probability_low": np.clip(probability - spread, 0, 1),
            "probability_high": np.clip(probability + spread, 0, 1),
            "probability_since_peak": probability * 0.6,
            "probability_since_peak_low": np.clip(probability * 0.6 - spread, 0, 1),
            "probability_since_peak_high": np.clip(probability * 0.6 + spread, 0, 1),
            "event": [("grown", "steady", "born", "shrunk", "split", "merged", "revived")[i % 7] for i in range(count)],
            "event_detail": [None if place % 3 else "took in t2003-011" for place in range(count)],
            "x": 0.5 + 0.32 * np.cos(centre) + reach * np.cos(turn),
            "y": 0.5 + 0.32 * np.sin(centre) + reach * np.sin(turn),
        }
    ).with_columns(pl.col("probability", "probability_low", "probability_high").round(4))


def _history(
    rng: np.random.Generator, sky: pl.DataFrame, years: np.ndarray, totals: np.ndarray
) -> tuple[pl.DataFrame, pl.DataFrame]:
    rows, fan = [], []
    for row in sky.iter_rows(named=True):
        level = 10 ** rng.uniform(-3.6, -1.9)
        birth = row["first_year"] or FIRST
        rise = (row["probability"] - 0.3) * 0.35
        shape = level * np.exp(rise * (years - AS_OF)) * rng.lognormal(0, 0.12, len(years)) * (years >= birth)
        documents = np.rint(shape * totals).astype(int)
        for year, total, found in zip(years.tolist(), totals.tolist(), documents.tolist(), strict=True):
            rows.append((row["technology_id"], year, found, found / total, year > AS_OF))
        now = documents[years == AS_OF][0] / totals[years == AS_OF][0]
        for ahead in range(1, HORIZON + 1):
            middle, width = now * np.exp(rise * ahead * 0.8), 0.16 * np.sqrt(ahead)
            fan.append((row["technology_id"], AS_OF + ahead, *(middle * np.exp(width * z) for z in QUANTILES)))
    return (
        pl.DataFrame(rows, schema=list(COLUMNS["history"]), orient="row"),
        pl.DataFrame(fan, schema=list(COLUMNS["fan"]), orient="row"),
    )


QUANTILES = (-1.28, -0.67, 0.0, 0.67, 1.28)


def _with_counts(sky: pl.DataFrame, history: pl.DataFrame) -> pl.DataFrame:
    def at(year: int, name: str) -> pl.DataFrame:
        return history.filter(pl.col("year") == year).select("technology_id", pl.col("share").alias(name))

    now = history.filter(pl.col("year") == AS_OF).select("technology_id", "documents_count", "share")
    total = (
        history.filter(~pl.col("is_after"))
        .group_by("technology_id")
        .agg(documents_total_count=pl.sum("documents_count"))
    )
    sky = sky.join(now, on="technology_id").join(total, on="technology_id")
    sky = sky.join(at(AS_OF - 3, "before"), on="technology_id").join(at(AS_OF + HORIZON, "after"), on="technology_id")

    def growth(new: str, old: str) -> pl.Expr:
        return pl.when(pl.col(old) > 0).then((pl.col(new) / pl.col(old)) ** (1 / 3) - 1)

    sky = sky.with_columns(growth_share=growth("share", "before"), outcome_growth=growth("after", "share"))
    return sky.with_columns(outcome=pl.col("outcome_growth") > 0.08).sort("rank")


def _of_each(rng: np.random.Generator, sky: pl.DataFrame) -> dict[str, pl.DataFrame]:
    ids = sky["technology_id"].to_list()
    terms, links, shares, indicators, reasons = [], [], [], [], []
    for place, name in enumerate(ids):
        label = sky["label"][place]
        for rank in range(1, 9):
            term = (
                label
                if rank == 1
                else f"{label} {('array', 'yield', '模型', 'drift', 'mesh', 'noise', '测试')[rank - 2]}"
            )
            terms.append((name, rank, term, round(0.95**rank, 3), int(400 / rank), 1998 + (place + rank) % 15))
        for step in sorted({1, 2, 5} & set(range(1, len(ids)))):
            links.append((name, ids[(place + step) % len(ids)], round(0.8 / step, 3)))
        cuts = rng.dirichlet([3, 2, 1, 1])
        shares += [(name, "category", f"cat.{c}", int(500 * s), s, 0.25) for c, s in zip("ABCD", cuts, strict=True)]
        if place % 2:
            shares += [
                (name, "country", c, int(300 * s), s, w)
                for c, s, w in zip(("CN", "US", "DE"), cuts[:3], (0.3, 0.35, 0.08), strict=True)
            ]
        for order, indicator in enumerate(INDICATORS):
            absent = indicator == "new_authors" and place % 9 == 0
            value = None if absent else float(rng.normal(0.2, 0.3)) if order in (1, 7) else float(rng.random())
            indicators.append((name, indicator, value, None if absent else float(rng.random())))
            if not absent:
                reasons.append((name, indicator, float(rng.normal(sky["probability"][place] - 0.35, 0.4)), value))
    return {
        "terms": pl.DataFrame(terms, schema=list(COLUMNS["terms"]), orient="row"),
        "links": pl.DataFrame(links, schema=list(COLUMNS["links"]), orient="row"),
        "shares": pl.DataFrame(shares, schema=list(COLUMNS["shares"]), orient="row"),
        "indicators": pl.DataFrame(indicators, schema=list(COLUMNS["indicators"]), orient="row"),
        "reasons": pl.DataFrame(reasons, schema=list(COLUMNS["reasons"]), orient="row"),
        "indicator_words": pl.DataFrame(
            [
                (name, unit, en, zh, f"{en}, in an invented sentence.", f"{zh}（虚构说明）。", "Invented (2020)")
                for name, (unit, en, zh) in INDICATORS.items()
            ],
            schema=list(COLUMNS["indicator_words"]),
            orient="row",
        ),
    }


def _of_the_record(rng: np.random.Generator, sky: pl.DataFrame) -> dict[str, pl.DataFrame]:
    record, reliability, cases = [], [], []
    for target, base in (("B", 0.28), ("A", 0.12)):
        for order, (method, en, zh, ours) in enumerate(METHODS):
            for year in (None, *range(2007, 2014)):
                rate = base + (0 if year is None else float(rng.normal(0, 0.03)))
                csi = rate + (
                    0 if method == "everything" else 0.12 - 0.02 * order + (0 if year is None else rng.normal(0, 0.02))
                )
                auc = (
                    None
                    if method == "everything"
                    else 0.68 - 0.02 * order + (0 if year is None else rng.normal(0, 0.02))
                )
                n = 2600 if year is None else 370
                scores = [
                    csi,
                    csi - 0.03,
                    csi + 0.03,
                    (csi - rate) * 0.9,
                    (csi - rate) * 0.9 - 0.03,
                    (csi - rate) * 0.9 + 0.03,
                ]
                scores += [None] * 3 if auc is None else [auc, auc - 0.03, auc + 0.03]
                scores += [0.18 if ours else None, 0.09 if ours else None, None if auc is None else 0.55 - 0.04 * order]
                record.append((target, method, en, zh, ours, year, n, int(rate * n), rate, 0.71, *scores))
        for step in range(1, 9):
            reliability.append((target, step, step / 10, step / 10 + float(rng.normal(0, 0.03)), int(900 / step)))
    for year in range(2007, 2014):
        for kind, sign in (("hit", 1), ("false_alarm", -1), ("miss", 1)):
            for place in range(3):
                row = sky.row((year * 3 + place * 7 + len(kind)) % sky.height, named=True)
                chance = 0.15 + 0.05 * place if kind == "miss" else 0.6 + 0.05 * place
                why = (
                    ("one_step", "It rose in one step.", "一步跃升。")
                    if sign > 0
                    else ("lost_share", "It lost share.", "占比下降。")
                )
                drivers, path = ("Stage +0.40; Age −0.20", "阶段 +0.40；技术年龄 −0.20"), [0.01, None, 0.02, 0.04, 0.01]
                cases.append(
                    (
                        *(year, kind, row["technology_id"], row["label"], chance, sign * 0.1 * (place + 1)),
                        *(*why, *drivers, year - 2, path),
                    )
                )
    return {
        "record": pl.DataFrame(record, schema=list(COLUMNS["record"]), orient="row", infer_schema_length=None),
        "reliability": pl.DataFrame(reliability, schema=list(COLUMNS["reliability"]), orient="row"),
        "cases": pl.DataFrame(cases, schema=list(COLUMNS["cases"]), orient="row"),
    }


def _of_the_reading(years: np.ndarray, totals: np.ndarray) -> dict[str, pl.DataFrame]:
    return {
        "years": pl.DataFrame({"year": years, "documents_count": totals, "is_complete": years < AS_OF + HORIZON}),
        "set_aside": pl.DataFrame(
            {
                "reason": ["date can't be read", "duplicate id", "no title and no abstract"],
                "documents_count": [12, 7, 3],
                "example": ["papers.csv, row 41", "papers.csv, row 977", "papers.csv, row 1204"],
            }
        ),
        "duplicates": pl.DataFrame({"kind": ["same title and year"], "documents_count": [38]}),
        "warnings": pl.DataFrame(
            [
                ("partial_year", "warning", "The last year, 2019, is not complete.", "最后一年（2019）不完整。"),
                ("database_growth", "note", "The database itself grew 9% a year.", "数据库自身每年增长 9%。"),
                ("many_tested", "note", "60 technologies were scored at once.", "同时评分了 60 项技术。"),
            ],
            schema=list(COLUMNS["warnings"]),
            orient="row",
        ),
        "findings": pl.DataFrame(
            [
                (
                    "likeliest",
                    "Lattice photon loom is the technology most likely to grow fast.",
                    "晶格光子织机最可能快速增长。",
                    "Fairly sure: forecasts like this came true in 6 of 10 cases.",
                    "较有把握：此类预测十次有六次应验。",
                ),
                (
                    "areas",
                    "Information and materials hold 7 of the 10 likeliest.",
                    "可能性最高的十项中，信息与材料占七项。",
                    "Not very sure: areas were assigned right in 7 of 10 tests.",
                    "把握不大：领域归类十次有七次正确。",
                ),
                (
                    "record",
                    "The method beat the best baseline by 0.02 of AUC.",
                    "本方法的 AUC 比最佳基线高 0.02。",
                    "Sure of the sign, not of the size: the ranges overlap.",
                    "方向可信，幅度存疑：区间有重叠。",
                ),
            ],
            schema=list(COLUMNS["findings"]),
            orient="row",
        ),
    }


def _facts(count: int, documents: int) -> dict[str, Any]:
    return {
        "title": "An invented sky",
        "as_of": AS_OF,
        "horizon": HORIZON,
        "threshold_growth": 0.08,
        "source_names": ["invented documents"],
        "licence": "CC0-1.0",
        "citation": "Nobody (2020). Documents that never were.",
        "inputs": [{"name": "papers.csv", "sha256": "0f" * 32, "bytes_count": 1234567}],
        "parameters": {"horizon": 3, "resolution": 1.0, "languages": ["en", "zh"], "seed": 7},
        "code_version": "0.1.0+abc1234",
        "results": {"observation": "a1" * 32, "identity": "b2" * 32},
        "documents_count": documents,
        "technologies_count": count,
        "coverage": 0.71,
        "base_rate": 0.28,
        "is_sample": True,
        "sample_note_en": "Everything here is invented; deep learning is absent.",
        "sample_note_zh": "此处内容均为虚构；不含深度学习。",
        "files": {"page": "observatory/index.html", "tables": "observatory/tables/"},
    }
