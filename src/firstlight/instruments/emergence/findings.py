"""Three findings in plain words, each with how sure it is."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

FEWEST_FORECASTS = 30  # checked, before a rate says anything


def findings(
    tables: Mapping[str, pl.DataFrame],
    as_of: int,
    horizon: int,
    area_names: Mapping[str, Mapping[str, str]],
) -> pl.DataFrame:
    """The likeliest technology, where the likeliest ones lie, and how often such lists came true.

    tables     : technologies (ranked) and record of the observation
    area_names : area code -> en, zh -> name
    Returns data frame code, text_en, text_zh, sureness_en, sureness_zh; three rows, fewer where there is nothing to say.
    """
    technologies, record = tables["technologies"], tables["record"]
    pooled = record.filter(
        (pl.col("target") == "B") & pl.col("is_ours") & pl.col("forecast_year").is_null()
    )
    rate = base_rate(record)
    rows = []
    if technologies.height:
        rows += [
            _likeliest(technologies.row(0, named=True), as_of, horizon, rate),
            _where(technologies, area_names),
        ]
    if rate is not None:
        rows.append(_came_true(pooled.row(0, named=True), record))
    schema = dict.fromkeys(("code", "text_en", "text_zh", "sureness_en", "sureness_zh"), pl.String)
    return pl.DataFrame(rows, schema=schema)


def base_rate(record: pl.DataFrame) -> float | None:
    """Share of all forecasts of target B that came true; None where fewer than 30 could be checked."""
    pooled = record.filter(
        (pl.col("target") == "B") & pl.col("is_ours") & pl.col("forecast_year").is_null()
    )
    return (
        float(pooled["base_rate"][0])
        if pooled.height and pooled["n"][0] >= FEWEST_FORECASTS
        else None
    )


def _likeliest(
    top: Mapping[str, object], as_of: int, horizon: int, rate: float | None
) -> dict[str, str]:
    parts_en, parts_zh = (
        ["no interval: too little is known to learn from"],
        ["无区间：可供学习的结果太少"],
    )
    if top["probability_low"] is not None:
        parts_en = [f"90% interval {top['probability_low']:.0%} to {top['probability_high']:.0%}"]
        parts_zh = [f"90% 区间为 {top['probability_low']:.0%} 至 {top['probability_high']:.0%}"]
    if rate is not None:
        parts_en.append(f"of all technologies in the record, {rate:.0%} did")
        parts_zh.append(f"记录中全部技术的这一比例为 {rate:.0%}")
    return {
        "code": "likeliest",
        "text_en": f"“{top['label']}” is the likeliest to take off: its share of all documents grows by more than 8% a year "
        f"from {as_of} to {as_of + horizon} with a probability of {top['probability']:.0%}.",
        "text_zh": f"“{top['label']}”最有可能起飞：{as_of} 至 {as_of + horizon} 年其份额年均增长超过 8% 的概率为 {top['probability']:.0%}。",
        "sureness_en": f"{'; '.join(parts_en)}.",
        "sureness_zh": f"{'；'.join(parts_zh)}。",
    }


def _where(
    technologies: pl.DataFrame, area_names: Mapping[str, Mapping[str, str]]
) -> dict[str, str]:
    top = technologies.head(20)
    counts = top.group_by("area_code").len().sort(-pl.col("len").cast(pl.Int64), "area_code")
    code, number = counts.row(0)
    own = area_names.get(code, {})
    english, chinese = own.get("en", code), own.get("zh", code)
    inside = technologies.filter(pl.col("area_code") == code).height / technologies.height
    sure = float(top.filter(pl.col("area_code") == code)["area_probability"].mean() or 0)  # type: ignore[arg-type]
    return {
        "code": "where",
        "text_en": f"Of the {top.height} likeliest technologies, {number} lie in the area “{english}”, "
        f"which holds {inside:.0%} of all technologies here.",
        "text_zh": f"最可能起飞的 {top.height} 项技术中，{number} 项属于“{chinese}”领域；该领域占全部技术的 {inside:.0%}。",
        "sureness_en": f"Areas are assigned from terms; for these the mean probability of the area is {sure:.0%}.",
        "sureness_zh": f"领域由术语判定；这些技术的领域归属概率平均为 {sure:.0%}。",
    }


def _came_true(pooled: Mapping[str, object], record: pl.DataFrame) -> dict[str, str]:
    others = record.filter((pl.col("target") == "B") & ~pl.col("is_ours") & pl.col("is_pooled"))
    years = others["forecast_year"].drop_nulls().unique().sort().to_list()
    span = f"{years[0]}-{years[-1]}"
    others = others.filter(pl.col("forecast_year").is_null()).sort(
        -pl.col("precision_20"), "method"
    )
    best = others.row(0, named=True) if others.height else None
    best_en = (
        f", against {best['precision_20']:.0%} for the best baseline ({best['title_en']})"
        if best
        else ""
    )
    best_zh = f"；最好的基线（{best['title_zh']}）为 {best['precision_20']:.0%}" if best else ""
    auc_en, auc_zh = "it has no AUC, all outcomes being alike", "结果全部相同，无法计算 AUC"
    if pooled["auc"] is not None:
        auc = f"{pooled['auc']:.2f}"
        if pooled["auc_low"] is not None:
            auc += f" [{pooled['auc_low']:.2f}, {pooled['auc_high']:.2f}]"
        auc_en, auc_zh = f"AUC {auc}, where .50 is no skill", f"AUC 为 {auc}，0.50 表示没有预测能力"
    is_thin = others.is_empty() or pooled["n"] < 20 * len(years)  # type: ignore[operator]
    top_en, top_zh = (
        ("each year's likeliest, at most twenty,", "各年排名靠前（至多二十）的技术")
        if is_thin
        else ("the twenty likeliest", "排名前二十的技术")
    )
    within_en, within_zh = "", ""
    if pooled["precision_20_low"] is not None:
        within = (f"{pooled['precision_20_low']:.0%}", f"{pooled['precision_20_high']:.0%}")
        within_en, within_zh = (
            f"90% interval {within[0]} to {within[1]}; ",
            f"90% 区间为 {within[0]} 至 {within[1]}；",
        )
    return {
        "code": "record",
        "text_en": f"In {len(years)} earlier years ({span}), {pooled['precision_20']:.0%} of {top_en} took off, "
        f"where {pooled['base_rate']:.0%} of all technologies did{best_en}.",
        "text_zh": f"在此前 {len(years)} 个预测年（{span}）中，{top_zh}有 {pooled['precision_20']:.0%} 真正起飞，"
        f"而全部技术的比例为 {pooled['base_rate']:.0%}{best_zh}。",
        "sureness_en": f"{within_en}{pooled['n']:,} forecasts, {pooled['positives']:,} take-offs; {auc_en}.",
        "sureness_zh": f"{within_zh}共 {pooled['n']:,} 次预测、{pooled['positives']:,} 次起飞；{auc_zh}。",
    }
