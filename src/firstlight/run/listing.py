"""The list of instruments: name, function, what it needs and its citation. A list you can read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from firstlight.instruments.diffusion.lead_lag import lead_lag
from firstlight.instruments.diffusion.readiness import readiness
from firstlight.instruments.diffusion.same_company import same_company
from firstlight.instruments.diffusion.take_off import take_off
from firstlight.instruments.diffusion.tracing import trace_records
from firstlight.instruments.emergence.areas import classify_areas
from firstlight.instruments.emergence.counts.counts_in import from_counts
from firstlight.instruments.emergence.forecast.outlook import outlooks
from firstlight.instruments.emergence.links.forecast import new_links
from firstlight.instruments.emergence.record.track_record import track_record
from firstlight.instruments.emergence.technologies.distinguishing_phrases import (
    distinguishing_phrases,
)
from firstlight.instruments.emergence.technologies.given_names import judged
from firstlight.instruments.emergence.technologies.mentions import mentions, names_within
from firstlight.instruments.emergence.technologies.text_record import read_text
from firstlight.nouns import Instrument
from firstlight.sources import read_documents
from firstlight.texts import LANGUAGES, Texts

RUN = Texts(Path(__file__).parent)


def _instrument(
    name: str, function: Callable[..., Any], needs: tuple[str, ...], citation: str
) -> Instrument:
    """An instrument, its formula in words from the texts."""
    formula = {lang: RUN.say(lang, "formulas", name) for lang in LANGUAGES}
    return Instrument(name, function, needs, formula, citation)


INSTRUMENTS: tuple[Instrument, ...] = (
    _instrument("sources.tidy", read_documents, ("files",), "Firstlight"),
    _instrument(
        "emergence.technologies",
        read_text,
        ("documents",),
        "Schwartz and Hearst 2003, Pacific Symposium on Biocomputing; "
        "Katz 1996, Natural Language Engineering 2(1)",
    ),
    _instrument("emergence.counts", from_counts, ("counts",), "Firstlight"),
    _instrument(
        "emergence.record",
        track_record,
        ("emergence.technologies",),
        "Fleiss, Levin and Paik 2003, Statistical Methods for Rates and Proportions, ch. 19; "
        "Brier 1950, Monthly Weather Review 78(1)",
    ),
    _instrument(
        "emergence.areas",
        classify_areas,
        ("emergence.technologies",),
        "Manning, Raghavan and Schütze 2008, Introduction to Information Retrieval, ch. 14",
    ),
    _instrument(
        "emergence.new_links",
        new_links,
        ("emergence.technologies",),
        "Liben-Nowell and Kleinberg 2007, "
        "Journal of the American Society for Information Science and Technology 58(7)",
    ),
    _instrument(
        "emergence.naming_evidence",
        distinguishing_phrases,
        ("emergence.technologies", "emergence.record"),
        "Dunning 1993, Computational Linguistics 19(1)",
    ),
    _instrument("emergence.given_names", judged, ("emergence.naming_evidence",), "Firstlight"),
    _instrument(
        "emergence.observation",
        outlooks,
        (
            "emergence.technologies",
            "emergence.counts",
            "emergence.record",
            "emergence.areas",
            "emergence.new_links",
        ),
        "Firstlight",
    ),
    _instrument(
        "emergence.mentions",
        mentions,
        ("emergence.technologies", "documents"),
        "Schwartz and Hearst 2003, Pacific Symposium on Biocomputing",
    ),
    _instrument(
        "emergence.class_names", names_within, ("emergence.technologies", "counts"), "Firstlight"
    ),
    _instrument(
        "diffusion.same_company",
        same_company,
        ("emergence.mentions",),
        "Church and Hanks 1990, Computational Linguistics 16(1)",
    ),
    _instrument(
        "diffusion.take_off",
        take_off,
        ("emergence.mentions",),
        "Schwarz 1978, Annals of Statistics 6(2)",
    ),
    _instrument(
        "diffusion.lead_lag",
        lead_lag,
        ("emergence.mentions",),
        "Benjamini and Hochberg 1995, Journal of the Royal Statistical Society B 57(1); "
        "Theiler and others 1992, Physica D 58",
    ),
    _instrument(
        "diffusion.readiness",
        readiness,
        ("emergence.mentions", "diffusion.take_off"),
        "Mankins 1995, NASA, Technology Readiness Levels",
    ),
    _instrument(
        "diffusion.tracing",
        trace_records,
        (
            "emergence.mentions",
            "emergence.class_names",
            "diffusion.same_company",
            "diffusion.take_off",
        ),
        "Kaplan and Meier 1958, Journal of the American Statistical Association 53(282)",
    ),
)


def instruments() -> Mapping[str, Instrument]:
    """Every instrument by name: needs, formula and citation."""
    return {own.name: own for own in INSTRUMENTS}
