"""The tables of the record of take-off as Markdown, from what `make skill` wrote.

Written at each build of the documentation, in both languages; pages include them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from firstlight.texts import family_texts

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results"
TAKE_OFF = ROOT / "benchmarks" / "take_off"
WORDS = Path(__file__).with_name("take_off_words.toml")
MEASURES = ("precision_20", "precision_50", "average_precision")
USED, BEST_BEFORE = "chosen", "best_before"
OWN = (USED, BEST_BEFORE, "trend")  # rankings that are no simple rule
YEARLY = ("arxiv", "conferences", "robotics")  # corpora that are shown year by year
CHINESE_PARTS = ("losses", "aims", "headline", "chances", "leads")
Row = dict[str, Any]
MAIN = 3  # years ahead


@dataclass(frozen=True)
class Tables:
    """The tables that `make skill` wrote, and the protocol that it ran under."""

    of: Mapping[str, pl.DataFrame]
    protocol: Mapping[str, Any]
    versions: pl.DataFrame

    @property
    def pooled(self) -> pl.DataFrame:
        """Rows of the record over all years."""
        return self.of["record"].filter(pl.col("year").is_null())

    @property
    def runs(self) -> list[Row]:
        """Corpora and horizons, in the protocol's order."""
        return self.of["corpora"].to_dicts()


@dataclass(frozen=True)
class Words:
    """Words in one language."""

    of: Mapping[str, Any]
    rankings: Mapping[str, str]

    def ranking(self, code: str) -> str:
        """What a ranking is called."""
        return str(self.of.get(code) or self.rankings.get(code, code))

    def columns(self, *names: str) -> list[str]:
        """The heads of columns."""
        return [str(self.of["columns"][name]) for name in names]


def read_tables(results: Path = RESULTS, take_off: Path = TAKE_OFF) -> Tables:
    """What was written."""
    names = (
        "record",
        "gains",
        "leads",
        "bands",
        "calibration",
        "corpora",
        "names",
        "joins",
        "peer",
    )
    of = {
        name: pl.read_csv(results / f"take_off_{name}.csv", infer_schema_length=None)
        for name in names
    }
    protocol = tomllib.loads((take_off / "protocol.toml").read_text(encoding="utf-8"))
    return Tables(of, protocol, pl.read_csv(take_off / "protocol_versions.csv"))


def words_in(language: str) -> Words:
    """The words of a language."""
    given = tomllib.loads(WORDS.read_text(encoding="utf-8"))[language]
    return Words(given, family_texts("emergence").find(language, "rankings")[0])


def write_pages(folder: Path, results: Path = RESULTS) -> None:
    """Write take_off_tables.md and take_off_tables_zh.md."""
    tables = read_tables(results)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "take_off_tables.md").write_text(
        page(tables, words_in("en"), list(PARTS)), encoding="utf-8"
    )
    (folder / "take_off_tables_zh.md").write_text(
        as_written(page(tables, words_in("zh"), CHINESE_PARTS), "zh"), encoding="utf-8"
    )


def page(tables: Tables, words: Words, parts: Sequence[str]) -> str:
    """Parts of the record, each under its heading."""
    tables = with_titles(tables, words)
    last = tables.versions.row(-1, named=True)
    text = [f"<!-- {words.of['written']} -->", words.of["protocol"].format(**last)]
    for name in parts:
        text += [f"## {words.of[name]}", PARTS[name](tables, words)]
    return "\n\n".join(text) + "\n"


def with_titles(tables: Tables, words: Words) -> Tables:
    """The same tables, with the corpora called as the language calls them."""
    corpora, called = tables.of["corpora"], words.of["corpora"]
    titles = [
        called.get(name, title) for name, title in corpora.select("corpus", "title").iter_rows()
    ]
    named = corpora.with_columns(pl.Series("title", titles))
    return replace(tables, of={**tables.of, "corpora": named})


def losses(tables: Tables, words: Words) -> str:
    """Where a simple rule is ahead of the ranking that was used: surely, then perhaps."""
    simple = tables.of["gains"].filter(
        (pl.col("against") != BEST_BEFORE) & pl.col("gain").is_not_null()
    )
    sure = simple.filter(pl.col("high") < 0)
    is_perhaps = (
        (pl.col("gain") < 0) & (pl.col("high") >= 0) & (pl.col("measure") == "average_precision")
    )
    perhaps = simple.filter(is_perhaps)
    head = words.columns("corpus", "horizon", "groups", "ranking", "measure", "advantage")
    say = words.of["some_loss" if sure.height else "no_loss"]
    text = [say.format(losses=sure.height, count=simple.height)]
    if sure.height:
        text.append(table(head, [_loss(row, tables, words) for row in sure.to_dicts()]))
    if perhaps.height:
        text += [
            words.of["ahead"],
            table(head, [_loss(row, tables, words) for row in perhaps.to_dicts()]),
        ]
    return "\n\n".join(text)


def _loss(row: Row, tables: Tables, words: Words) -> list[str]:
    low, high = figure(-row["high"]), figure(-row["low"])
    advantage = f"{figure(-row['gain'])} ({low} {words.of['to']} {high})"
    title = _title(tables, row["corpus"])
    measure = words.of["columns"][row["measure"]]
    used = row_of(tables.pooled, row["corpus"], row["horizon"], USED)
    assert used
    groups = f"{used['group_count']:,}"
    return [title, str(row["horizon"]), groups, words.ranking(row["against"]), measure, advantage]


def aims(tables: Tables, words: Words) -> str:
    """What was asked, and what was measured."""
    asked = tables.protocol["aims"]
    to_beat = tables.protocol["code"]["rules"]["to_beat"]
    rows = []
    for corpus in ("arxiv", "conferences"):
        used, rule = (row_of(tables.pooled, corpus, MAIN, name) for name in (USED, to_beat))
        if used and rule:
            over = f"{_title(tables, corpus)}: {{}} − {words.ranking(to_beat)}"
            for name in ("precision_20", "precision_50"):
                aim, gain = asked[f"gain_{name}"], used[name] - rule[name]
                title = over.format(words.of["columns"][name])
                measured = figure(gain) if gain < 0 else f"+{figure(gain)}"
                rows.append(_aim(title, f"+{figure(aim)}", measured, gain >= aim, words))
            ratio, aim = (
                used["average_precision"] / rule["average_precision"] - 1,
                asked["gain_average_precision"],
            )
            title = over.format(words.of["columns"]["average_precision"])
            rows.append(_aim(title, f"+{aim:.0%}", f"{ratio:+.0%}", ratio >= aim, words))
    rows += _aims_of_names(tables, words)
    for run in tables.runs:
        rows += _aims_of_chances(run, tables, words)
    return table(words.columns("aim", "asked", "measured", "verdict"), rows)


def _aims_of_names(tables: Tables, words: Words) -> list[list[str]]:
    """The half of the labels that was opened once, over all years."""
    asked, rows = tables.protocol["aims"], []
    other = tables.of["names"].filter(pl.col("year").is_null() & (pl.col("half") == "other"))
    for row in other.to_dicts():
        title = f"{_title(tables, row['corpus'])}: {words.of['names']}"
        rows.append(
            _aim(
                title,
                figure(asked["names"]),
                _share(row, "names"),
                row["precision"] >= asked["names"],
                words,
            )
        )
    joined = tables.of["joins"].filter((pl.col("rule") == "all") & (pl.col("half") == "other"))
    for row in joined.to_dicts():
        measured, is_reached = _share(row, "right"), row["precision"] >= asked["joins"]
        rows.append(
            _aim(str(words.of["joins"]), figure(asked["joins"]), measured, is_reached, words)
        )
    return rows


def _share(row: Row, part: str) -> str:
    return f"{figure(row['precision'])} ({row[part]} / {row['labelled']})"


def _aims_of_chances(run: Row, tables: Tables, words: Words) -> list[list[str]]:
    asked, heads = tables.protocol["aims"], words.of["columns"]
    title = f"{run['title']}, {run['horizon']}: "
    key = (pl.col("corpus") == run["corpus"]) & (pl.col("horizon") == run["horizon"])
    slope = tables.of["calibration"].filter(key & (pl.col("group") == "all"))["slope"][0]
    held = _band(tables, run, "all")["coverage"]
    two = tables.of["leads"].filter(
        key & (pl.col("group") == "universe") & (pl.col("measure") == "share_two_years")
    )
    rows = []
    if slope is not None:
        low, high = asked["calibration_slope"]
        span = f"{figure(low)}–{figure(high)}"
        rows.append(_aim(title + heads["slope"], span, figure(slope), low <= slope <= high, words))
    low, high = asked["coverage"]
    rows.append(
        _aim(
            title + heads["bands"],
            f"{figure(low)}–{figure(high)}",
            figure(held),
            low <= held <= high,
            words,
        )
    )
    if run["kind"] == "documents" and two.height and two["value"][0] is not None:
        share, aim = two["value"][0], asked["lead_two_years"]
        rows.append(
            _aim(
                title + words.of["two_years_ahead"], figure(aim), figure(share), share >= aim, words
            )
        )
    return rows


def _aim(title: str, asked: str, measured: str, is_reached: bool, words: Words) -> list[str]:
    return [title, asked, measured, str(words.of["yes" if is_reached else "no"])]


def headline(tables: Tables, words: Words) -> str:
    """Each corpus and horizon: what is scored, the ranking that was used, the rule to beat, the
    best simple rule."""
    to_beat = tables.protocol["code"]["rules"]["to_beat"]
    rows = []
    for run in tables.runs:
        used, rule = (
            row_of(tables.pooled, run["corpus"], run["horizon"], name) for name in (USED, to_beat)
        )
        assert used and rule
        of_run = (pl.col("corpus") == run["corpus"]) & (pl.col("horizon") == run["horizon"])
        best = best_simple(tables.pooled.filter(of_run), used)
        rows.append(
            [
                run["title"],
                str(run["horizon"]),
                words.of[run["use"]],
                f"{run['scored_from']}–{run['scored_to']}",
                f"{used['scored_count']:,}",
                f"{used['take_off_count']:,} ({used['group_count']:,})",
                figure(used["base_rate"]),
                f"{used['expected_by_chance']:.1f}",
                f"{with_interval(used, 'precision_20')} / {figure(used['ceiling_20'])}",
                f"{with_interval(used, 'precision_50')} / {figure(used['ceiling_50'])}",
                figure(used["recall_100"]),
                with_interval(used, "average_precision"),
                figure(used["auc"]),
                figure(rule["precision_20"]),
                figure(rule["average_precision"]),
                named(best, "average_precision", words),
            ]
        )
    names = ("corpus", "horizon", "use", "years", "scored", "took_off", "base", "chance")
    head = words.columns(
        *names, "precision_20", "precision_50", "recall", "average_precision", "auc"
    )
    for place in (8, 9):
        head[place] += f" / {words.of['columns']['ceiling']}"
    head += words.columns("rule_precision_20", "rule_average_precision", "best_rule")
    return table(head, rows)


def best_simple(rows: pl.DataFrame, used: Row, measure: str = "average_precision") -> Row:
    """The row of the simple rule that does best by a measure, on the technologies that the ranking
    in use was scored on; the first by name where several do."""
    simple = rows.filter(
        ~pl.col("ranking").is_in(OWN) & (pl.col("scored_count") == used["scored_count"])
    )
    best = simple.sort(measure, "ranking", descending=[True, False], nulls_last=True)
    return best.row(0, named=True)


def named(row: Row, measure: str, words: Words) -> str:
    """A ranking with its figure; a dash where it has none."""
    value = row[measure]
    if value is None:
        return "–"
    title = words.ranking(row["ranking"])
    return str(words.of["with_figure"].format(title=title, figure=figure(value)))


def chances(tables: Tables, words: Words) -> str:
    """Each corpus and horizon: whether chances and bands hold."""
    rows = []
    for run in tables.runs:
        key = (pl.col("corpus") == run["corpus"]) & (pl.col("horizon") == run["horizon"])
        of_run = tables.of["calibration"].filter(key)
        whole, first = (
            of_run.row(by_predicate=pl.col("group") == name, named=True)
            for name in ("all", "first_20")
        )
        used = row_of(tables.pooled, run["corpus"], run["horizon"], USED)
        band, band_200 = (_band(tables, run, name) for name in ("all", "first_200"))
        assert used
        slope = with_interval(whole, "slope")
        shares = [
            whole["mean_chance"],
            whole["share_that_took_off"],
            first["mean_chance"],
            first["share_that_took_off"],
        ]
        held = [band["coverage"], band["share_below"], band["share_above"], band_200["coverage"]]
        cells = [run["title"], str(run["horizon"]), figure(used["brier_skill"]), slope]
        rows.append([*cells, *(figure(value) for value in (*shares, *held))])
    names = (
        "mean_chance",
        "came_true",
        "mean_chance_20",
        "came_true_20",
        "bands",
        "below",
        "above",
        "bands_200",
    )
    return table(words.columns("corpus", "horizon", "brier_skill", "slope", *names), rows)


def leads(tables: Tables, words: Words) -> str:
    """Of the names that became large, how many stood among the first 100 early; those that rose
    beyond chance; controls."""
    rows = []
    for run in tables.runs:
        if run["horizon"] != MAIN:
            continue
        of_run = tables.of["leads"].filter(
            (pl.col("corpus") == run["corpus"]) & (pl.col("horizon") == MAIN)
        )
        value = {(row["group"], row["measure"]): row for row in of_run.to_dicts()}
        rows.append([run["title"], *_leads_of(value, ""), *_leads_of(value, "_beyond_chance")])
    names = ("one", "two", "three", "controls_two", "median")
    return table(words.columns("corpus", "universe", *names, "beyond_chance", *names), rows)


def _leads_of(value: Mapping[tuple[str, str], Row], which: str) -> list[str]:
    group = f"universe{which}"
    shares = [value[group, f"share_{name}"] for name in ("one_year", "two_years", "three_years")]
    controls, median = (
        value[f"controls{which}", "share_two_years"],
        value[group, "median_lead"]["value"],
    )
    cells = [figure(row["value"]) for row in (*shares, controls)]
    return [f"{shares[0]['universe_count']:,}", *cells, "–" if median is None else f"{median:g}"]


def years(tables: Tables, words: Words) -> str:
    """Years of the corpora of documents, under the ranking that was used and the rule to beat."""
    to_beat = tables.protocol["code"]["rules"]["to_beat"]
    record = tables.of["record"].filter((pl.col("horizon") == MAIN) & pl.col("year").is_not_null())
    rows = []
    for corpus in YEARLY:
        used = record.filter((pl.col("corpus") == corpus) & (pl.col("ranking") == USED))
        rule = record.filter((pl.col("corpus") == corpus) & (pl.col("ranking") == to_beat))
        beside = rule.select("year", pl.col("precision_20").alias("rule_20"))
        for row in used.join(beside, on="year", how="left", maintain_order="left").to_dicts():
            counts = [
                f"{row['scored_count']:,}",
                f"{row['take_off_count']:,} ({row['group_count']:,})",
            ]
            figures = [
                row[name]
                for name in ("precision_20", "precision_50", "average_precision", "auc", "rule_20")
            ]
            rows.append(
                [
                    _title(tables, corpus),
                    str(row["year"]),
                    *counts,
                    *(figure(value) for value in figures),
                ]
            )
    names = (
        "corpus",
        "year",
        "scored",
        "took_off",
        "precision_20",
        "precision_50",
        "average_precision",
        "auc",
    )
    return table(words.columns(*names, "rule_precision_20"), rows)


def rules(tables: Tables, words: Words) -> str:
    """Average precision of every ranking on every corpus."""
    at = tables.pooled.filter(pl.col("horizon") == MAIN)
    corpora = [run for run in tables.runs if run["horizon"] == MAIN]
    value = {(row["ranking"], row["corpus"]): row["average_precision"] for row in at.to_dicts()}
    others = [name for name in at["ranking"].unique().sort() if name not in (USED, BEST_BEFORE)]
    rows = [
        [words.ranking(name), *(figure(value.get((name, run["corpus"]))) for run in corpora)]
        for name in (USED, BEST_BEFORE, *others)
    ]
    return table([*words.columns("ranking"), *(run["title"] for run in corpora)], rows)


def names(tables: Tables, words: Words) -> str:
    """Of the first 50 of each year, those with a label and those that are names."""
    found = tables.of["names"]
    halves = {"other": words.of["other_half"], "tuned": words.of["tuned_half"]}
    rows = []
    for key, of_year in found.group_by("corpus", "year", maintain_order=True):
        corpus, year = key
        cells = [_title(tables, str(corpus)), words.of["all_years"] if year is None else str(year)]
        cells.append(str(of_year["shown"][0]))
        for half in halves:
            row = of_year.row(by_predicate=pl.col("half") == half, named=True)
            cells.append(f"{row['names']} / {row['labelled']}")
            cells.append(figure(row["precision"]))
        rows.append(cells)
    head = words.columns("corpus", "year", "shown")
    share = words.of["columns"]["precision"]
    return table([*head, *(name for title in halves.values() for name in (title, share))], rows)


def joins(tables: Tables, words: Words) -> str:
    """Joins with a label that are made today, by rule."""
    halves = {"other": words.of["other_half"], "tuned": words.of["tuned_half"]}
    rows = []
    for row in tables.of["joins"].to_dicts():
        title = words.of["all_years"] if row["rule"] == "all" else words.ranking(row["rule"])
        made = "–" if row["made"] is None else f"{row['made']:,}"
        counts = f"{row['right']} / {row['labelled']}"
        rows.append([halves[row["half"]], title, made, counts, figure(row["precision"])])
    return table(words.columns("half", "rule", "made", "right", "precision"), rows)


def read(tables: Tables, words: Words) -> str:
    """The files, by their hashes, the code, and the versions of the protocol."""
    rows = [
        [
            run["title"],
            f"`{run['file']}`",
            f"`{run['file_sha256'][:12]}`",
            f"`{run['code_version']}`",
        ]
        for run in tables.runs
        if run["horizon"] == MAIN
    ]
    files = table(words.columns("corpus", "file", "sha256", "code"), rows)
    given = [
        [str(row["version"]), row["date"], row["reason"]] for row in tables.versions.to_dicts()
    ]
    return f"{files}\n\n{table(words.columns('version', 'date', 'reason'), given)}"


PARTS = {
    "losses": losses,
    "aims": aims,
    "headline": headline,
    "chances": chances,
    "leads": leads,
    "years": years,
    "rules": rules,
    "names": names,
    "joins": joins,
    "read": read,
}


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of Markdown, figures to the right.

    >>> print(table(["a", "b"], [["x", "1"]]))
    | a | b |
    |---|--:|
    | x | 1 |
    """
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    text = ["| " + " | ".join(line) + " |" for line in lines]
    text[1] = "|" + "|".join(lines[1]) + "|"
    return "\n".join(text)


def figure(value: float | None, digits: int = 2) -> str:
    """Digits after the point, without the 0 before it; a dash where there is no value.

    >>> figure(0.234), figure(-0.5), figure(1.0), figure(-0.004), figure(None), figure(0.0145, 3)
    ('.23', '-.50', '1.00', '.00', '–', '.015')
    """
    if value is None or value != value:
        return "–"
    written = f"{round(value, digits) + 0.0:.{digits}f}"  # + 0.0: no minus before a rounded 0
    return re.sub(r"^(-?)0\.", r"\1.", written)


def as_written(text: str, lang: str) -> str:
    """A page with its figures as a language writes them: Chinese keeps the 0 before the point.

    >>> as_written("base rate .03 (.01 to 1.50)", "en"), as_written("基准率.03（.01至1.50）", "zh")
    ('base rate .03 (.01 to 1.50)', '基准率0.03（0.01至1.50）')
    """
    return text if lang == "en" else re.sub(r"(?<![0-9A-Za-z])\.(?=[0-9])", "0.", text)


def with_interval(row: Row, name: str) -> str:
    """A figure with its interval, where it has one.

    >>> with_interval({"slope": 0.9, "slope_low": 0.8, "slope_high": 1.1}, "slope")
    '.90 (.80–1.10)'
    >>> with_interval({"slope": None, "slope_low": None, "slope_high": None}, "slope")
    '–'
    """
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    value = figure(row[name])
    return value if low is None else f"{value} ({figure(low)}–{figure(high)})"


def _title(tables: Tables, corpus: str) -> str:
    return str(tables.of["corpora"].filter(pl.col("corpus") == corpus)["title"][0])


def row_of(pooled: pl.DataFrame, corpus: str, horizon: int, ranking: str) -> Row | None:
    """The pooled row of a ranking, where there is one."""
    keys = (
        (pl.col("corpus") == corpus)
        & (pl.col("horizon") == horizon)
        & (pl.col("ranking") == ranking)
    )
    found = pooled.filter(keys)
    return found.row(0, named=True) if found.height else None


def _band(tables: Tables, run: Row, group: str) -> Row:
    is_run = (pl.col("corpus") == run["corpus"]) & (pl.col("horizon") == run["horizon"])
    pooled = tables.of["bands"].filter(
        is_run & pl.col("year").is_null() & (pl.col("group") == group)
    )
    return pooled.row(0, named=True)
