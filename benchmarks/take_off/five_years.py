"""How long slopes last, five years ahead: documents ranked by the trend under several dampings.

    python -m benchmarks.take_off.five_years [--shared FOLDER] [--results FOLDER]

Cuts of arXiv, robotics and AI conferences whose five years nobody had read when the rule was
written that chose among these dampings.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
from benchmarks.take_off import document_pools
from benchmarks.take_off.corpora import SHARED
from benchmarks.take_off.count_pools import (
    ADDED,
    FEWEST_TAKE_OFFS,
    FEWEST_WITH_ONE,
    interval_over_families,
)
from benchmarks.take_off.skill import RESULTS

from firstlight.instruments.emergence.forecast.outlook import judged, new_authors_share
from firstlight.instruments.emergence.forecast.rules import RULE_TO_BEAT, rule_scores
from firstlight.instruments.emergence.forecast.trend import (
    DAMPING,
    OF_DOCUMENTS,
    carried_beyond,
    course,
    drawn_by_newcomers,
    leaning,
    needed_growth,
)
from firstlight.instruments.emergence.record.scores import scores_of
from firstlight.instruments.emergence.record.take_off import TARGETS, can_be_judged
from firstlight.instruments.emergence.technologies.survey import Survey

Floats = npt.NDArray[np.float64]
FILE = "take_off_five_years.csv"
TARGET = TARGETS[5]
DAMPINGS = (DAMPING, 0.85, 0.8, 0.75)
USUAL = f"damping_{DAMPING}"
# Papers that are listed in one of these categories, none of which is their primary one.
CROSS_LISTED = {
    "cross cs": (
        *("cs.LG", "cs.AI", "cs.CV cs.CL cs.IR", "cs.SI cs.CY", "cs.DM cs.DS cs.CC", "cs.IT"),
        *("cs.SY cs.RO cs.MA", "cs.CR cs.NI cs.DC", "cs.NE cs.LO cs.PL"),
    ),
    "cross math and stat": (
        *("stat.ML", "stat.ME stat.AP stat.CO", "math.OC", "math.PR math.CO", "math.ST"),
    ),
    "cross physics": (
        *("physics.comp-ph physics.data-an", "physics.chem-ph", "physics.bio-ph", "quant-ph"),
        *("physics.soc-ph", "physics.plasm-ph physics.flu-dyn physics.optics physics.atom-ph"),
        *("cond-mat.stat-mech cond-mat.soft cond-mat.dis-nn", "cond-mat.quant-gas"),
        "cond-mat.mtrl-sci cond-mat.mes-hall cond-mat.str-el",
    ),
    "cross biology": ("q-bio.PE q-bio.NC q-bio.QM q-bio.BM q-bio.GN q-bio.MN",),
}
ARCHIVES = {  # that are not a paper's primary one
    "cross cs": ("cs",),
    "cross math and stat": ("stat", "math"),
    "cross physics": ("physics", "cond-mat"),
    "cross biology": ("q-bio",),
}
UNUSED = "^(astro-ph|hep-|gr-qc|nucl-|nlin|econ|cmp-lg|math-ph|eess)"  # by earlier records
AUTHORS = ((1, 1), (2, 2), (3, 3), (4, 4), (5, 9999))
ASIA = "japan|china|korea|singapore|hong kong|taiwan|india"
EUROPE = (
    "germany|italy|france|spain|switzerland|united kingdom|uk\\b|netherlands|sweden|austria|"
    "belgium|denmark|finland|portugal|greece|poland|norway"
)
USA = "united states|usa|\\bus\\b"
PANEL = "nips icml cvpr iccv eccv aistats iclr colt wacv ijcai uai siggraph"
VENUES = (
    *("siggraph siggraphasia", "colt aistats uai acml", "aistats", "iccv eccv wacv"),
    *("iclr nips aistats", "icml colt aistats uai"),
)
Named = Iterator[tuple[str, str, pl.DataFrame]]


def records(data: Path) -> Named:
    """Family, name and documents of every record."""
    yield from _arxiv(pl.read_parquet(data / "documents/arxiv_tech.parquet"))
    yield from _robotics(pl.read_parquet(data / "documents/robotics_ml_with_countries.parquet"))
    yield from _conferences(pl.read_parquet(data / "documents/ai_conferences.parquet"))


def _arxiv(papers: pl.DataFrame) -> Named:
    read = papers.select("id", "date", "title", "abstract", "authors")
    primary, spaceless = papers["primary_category"], papers["categories"].str.replace_all(" ", "")
    listed = spaceless.str.split(",")
    yield "arxiv unused", "arxiv unused", read.filter(primary.str.contains(UNUSED))
    for family, sets in CROSS_LISTED.items():
        for name in sets:
            own = name.split()
            is_listed = listed.list.set_intersection(own).list.len() > 0
            yield family, f"cross {name}", read.filter(is_listed & ~primary.is_in(own))
    for family, archives in ARCHIVES.items():
        for archive in archives:
            is_listed = ("," + spaceless).str.contains(f",{archive}\\.")
            kept = is_listed & ~primary.str.starts_with(f"{archive}.")
            yield family, f"cross all of {archive}", read.filter(kept)
    number = papers["authors"].fill_null("").str.replace_all(" and ", ";").str.count_matches("[;,]")
    for fewest, most in AUTHORS:
        kept = (number + 1).is_between(fewest, most)
        yield "arxiv teams", f"arxiv of {fewest} to {most} authors", read.filter(kept)


def _robotics(papers: pl.DataFrame) -> Named:
    usual = papers.drop("keywords", "primary_area", "citations")
    country = pl.col("country").fill_null("").str.to_lowercase()
    large = usual.filter(pl.col("venue").is_in(["icra", "iros"]))
    for name, of_place in (
        ("of Asia", country.str.contains(ASIA)),
        ("of Japan", country.str.contains("japan")),
        ("elsewhere", (country != "") & ~country.str.contains(f"{ASIA}|{EUROPE}|{USA}")),
        ("outside USA", (country != "") & ~country.str.contains(USA)),
    ):
        yield "robotics", f"robotics {name}", large.filter(of_place)
    small = usual.filter(pl.col("venue").is_in(["aistats", "rss"]))
    yield "robotics", "aistats rss", small


def _conferences(papers: pl.DataFrame) -> Named:
    kept = papers.filter(pl.col("status").fill_null("") != "rejected")
    country = pl.col("countries").fill_null("").str.to_lowercase()
    of_panel = kept.filter(pl.col("venue").is_in(PANEL.split()))
    for name, pattern in (("Europe", EUROPE), ("Asia", ASIA)):
        of_place = of_panel.filter(country.str.contains(pattern))
        yield "conferences", f"conferences of {name}", of_place
    for venues in VENUES:
        yield "conferences", venues, kept.filter(pl.col("venue").is_in(venues.split()))


def scored_record(family: str, name: str, given: pl.DataFrame) -> list[dict[str, object]]:
    """A row for the record as it is, and but for conferences for its titles alone; none where too
    little took off."""
    found = {text: scored(surveys) for text, surveys in readings(family, given)}
    about = {"family": family, "record": name}
    return [about | {"text": text} | row for text, row in found.items() if row]


def readings(family: str, given: pl.DataFrame) -> Iterator[tuple[str, list[Survey]]]:
    """The readings of a record that count: of conferences as they are alone."""
    return islice(document_pools.readings(given), 1 if family == "conferences" else None)


def scored(surveys: Sequence[Survey]) -> dict[str, object]:
    """Average precision and the first 20 under each damping and the rule to beat."""
    known = [own for own in surveys if own.labels and can_be_judged(own.counts, TARGET)]
    came = [judged(survey, TARGET) for survey in known]
    groups = [len(year.take_off_groups) for year in came]
    if sum(groups) < FEWEST_TAKE_OFFS or np.count_nonzero(groups) < FEWEST_WITH_ONE:
        return {}
    rankings = {
        f"damping_{damping}": [_ranked(survey, damping) for survey in known] for damping in DAMPINGS
    }
    rankings[RULE_TO_BEAT] = [rule_scores(own.counts, {})[RULE_TO_BEAT] for own in known]
    found: dict[str, object] = {"forecast_years": len(known), "take_off_groups": sum(groups)}
    for name, scores in rankings.items():
        pooled = scores_of(came, scores)
        found[name] = round(float(pooled["average_precision"] or 0.0), 4)
        found[f"{name}_20"] = round(float(pooled["precision_20"] or 0.0), 4)
    return found


def _ranked(survey: Survey, damping: float) -> Floats:
    wandering = OF_DOCUMENTS._replace(damping=damping)
    own = course(survey.counts, TARGET.gain, survey.quarters, wandering)
    trend = leaning(own, survey.neighbours).trend
    needed = needed_growth(survey.counts, trend, TARGET)
    return carried_beyond(trend, needed, TARGET, drawn_by_newcomers(new_authors_share(survey)))


def summary(table: pl.DataFrame) -> Iterator[str]:
    """Mean log ratios to the usual damping, with 90% intervals over families."""
    for name in (*(f"damping_{damping}" for damping in DAMPINGS), RULE_TO_BEAT):
        ratio = ((table[name] + ADDED) / (table[USUAL] + ADDED)).log().to_numpy()
        low, high = interval_over_families(ratio, table["family"])
        mean, first = table[name].mean(), table[f"{name}_20"].mean()
        yield (
            f"{name}: average precision {mean:.3f}, first 20 {first:.3f}; over {USUAL} "
            f"{ratio.mean():+.3f} ({low:+.3f} to {high:+.3f}), above in {int((ratio > 0).sum())}"
        )


def main(arguments: Sequence[str]) -> None:
    """Score every record, write the table and print what it says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--results", type=Path, default=RESULTS)
    asked = parser.parse_args(arguments)
    rows = []
    for family, name, documents in records(asked.shared / "data"):
        found = scored_record(family, name, documents)
        rows += found
        print(f"{family}: {name}, {len(found)} rows", file=sys.stderr)
    table = pl.DataFrame(rows).sort("family", "record", "text")
    table.write_csv(asked.results / FILE)
    print("\n".join(summary(table)))


if __name__ == "__main__":
    main(sys.argv[1:])
