"""The list of instruments: name, function, what it needs, its formula in words and its citation. A list you can read."""

from __future__ import annotations

import csv
from dataclasses import replace
from importlib.resources import files

from firstlight.instruments.diffusion.bass_fit import fit_bass
from firstlight.instruments.diffusion.competition import lotka_volterra
from firstlight.instruments.diffusion.lead_lag import lead_lag
from firstlight.instruments.diffusion.life_cycle import life_cycle
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

_LISTED: tuple[Instrument, ...] = (
    Instrument(
        "sources.tidy",
        read_documents,
        ("files",),
        "rows of the files as one table: columns found by their publishers' names or named by hand, dates and lists read, "
        "each row that can't be used set aside with its reason",
        "Firstlight",
    ),
    Instrument(
        "emergence.technologies",
        read_text,
        ("documents",),
        "phrases of one to four words that end where their segments end, and acronyms; parts, acronyms and uses joined into the "
        "whole; documents that use any form of a technology, by the forms of the forecast year",
        "Schwartz and Hearst 2003, Pacific Symposium on Biocomputing; Katz 1996, Natural Language Engineering 2(1)",
    ),
    Instrument(
        "emergence.counts",
        from_counts,
        ("counts",),
        "entities that somebody else counted stand in for technologies; remainders and sums of others set apart",
        "Firstlight",
    ),
    Instrument(
        "emergence.record",
        track_record,
        ("emergence.technologies",),
        "every earlier year forecast again as it could have been then, beside ten simple rules; take-off: s(FY+h) >= factor x "
        "s(FY), a gain of .0005 or more, z >= 2.5, shares standardised over strata; groups that share 35% of their documents "
        "count once",
        "Fleiss, Levin and Paik 2003, Statistical Methods for Rates and Proportions, ch. 19; Brier 1950, Monthly Weather Review "
        "78(1)",
    ),
    Instrument(
        "emergence.areas",
        classify_areas,
        ("emergence.technologies",),
        "multinomial logistic model over words of the technology's name and its neighbours', with key phrases of the areas",
        "Manning, Raghavan and Schütze 2008, Introduction to Information Retrieval, ch. 14",
    ),
    Instrument(
        "emergence.new_links",
        new_links,
        ("emergence.technologies",),
        "pairs that at most one document holds, ranked by eight rules of link prediction or their logistic regression, whichever "
        "did best on earlier years; a new link: documents in common beyond what the sizes of both explain",
        "Liben-Nowell and Kleinberg 2007, Journal of the American Society for Information Science and Technology 58(7)",
    ),
    Instrument(
        "emergence.naming_evidence",
        distinguishing_phrases,
        ("emergence.technologies", "emergence.record"),
        "forms, typical documents and the phrases with the largest log-likelihood ratio G² against all other documents, for the "
        "first of the list",
        "Dunning 1993, Computational Linguistics 19(1)",
    ),
    Instrument(
        "emergence.given_names",
        judged,
        ("emergence.naming_evidence",),
        "names and sentences by the user's own model server; taken only where the evidence holds every content word, or as the "
        "translation of such a name, and where no other technology has the name",
        "Firstlight",
    ),
    Instrument(
        "emergence.observation",
        outlooks,
        (
            "emergence.technologies",
            "emergence.counts",
            "emergence.record",
            "emergence.areas",
            "emergence.new_links",
        ),
        "ranked by the trend, or by a rule that did better on earlier years; chance = probability that the growth ahead, its "
        "location and scale fitted to earlier forecasts, carries the share over its threshold",
        "Firstlight",
    ),
    Instrument(
        "diffusion.bass",
        fit_bass,
        ("panel",),
        "sales of a year = m (F(t) - F(t - 1)) + error by least squares, or sales on what was sold before and its square",
        "Bass 1969, Management Science 15(5); Srinivasan and Mason 1986, Marketing Science 5(2)",
    ),
    Instrument(
        "diffusion.life_cycle",
        life_cycle,
        ("counts",),
        "share of saturation reached under logistic and Gompertz curves, or a fifth below a peak and falling; below 10% "
        "emergence, to 90% growth, above maturity, else decline; probabilities calibrated on what became of earlier "
        "judgements",
        "Fisher and Pry 1971, Technological Forecasting and Social Change 3; Guo, Pleiss, Sun and Weinberger 2017, ICML 70; "
        "Alexandari, Kundaje and Shrikumar 2020, ICML 119",
    ),
    Instrument(
        "emergence.mentions",
        mentions,
        ("emergence.technologies", "documents"),
        "documents of any record that use a form of a technology's name, words read as where it was found; an acronym in "
        "capitals, and not where documents give it another long form",
        "Schwartz and Hearst 2003, Pacific Symposium on Biocomputing",
    ),
    Instrument(
        "emergence.class_names",
        names_within,
        ("emergence.technologies", "counts"),
        "a class is that of a technology if a part of its name, between marks and function words, is a form of it; or if a "
        "concordance says so",
        "Firstlight",
    ),
    Instrument(
        "diffusion.same_company",
        same_company,
        ("emergence.mentions",),
        "cosine of the other technologies named in a technology's documents in two records, those whose names lie within its "
        "own left out; its place among all technologies",
        "Church and Hanks 1990, Computational Linguistics 16(1)",
    ),
    Instrument(
        "diffusion.take_off",
        take_off,
        ("emergence.mentions",),
        "start of the growth phase with the greatest rise: log share in one to three straight pieces by quasi-Poisson "
        "likelihood; interval from the normalised profile",
        "Schwarz 1978, Annals of Statistics 6(2)",
    ),
    Instrument(
        "diffusion.lead_lag",
        lead_lag,
        ("emergence.mentions",),
        "mean correlation of growth over leads of the first record less that over leads of the second; chance from mismatched "
        "pairs of technologies",
        "Benjamini and Hochberg 1995, Journal of the Royal Statistical Society B 57(1); Theiler and others 1992, Physica D 58",
    ),
    Instrument(
        "diffusion.readiness",
        readiness,
        ("emergence.mentions", "diffusion.take_off"),
        "the furthest of science, invention, product, industry and growth driver with three documents or more, confirmed",
        "Mankins 1995, NASA, Technology Readiness Levels",
    ),
    Instrument(
        "diffusion.tracing",
        trace_records,
        (
            "emergence.mentions",
            "emergence.class_names",
            "diffusion.same_company",
            "diffusion.take_off",
        ),
        "first document, third document and take-off in every record; lags with intervals; who leads; the stage reached",
        "Kaplan and Meier 1958, Journal of the American Statistical Association 53(282)",
    ),
    Instrument(
        "diffusion.competition",
        lotka_volterra,
        ("panel",),
        "growth of log size on the sizes of both technologies at the start of the year; the kind of interaction from the signs "
        "of the two effects whose intervals exclude 0",
        "Leslie 1958, Biometrika 45; Pistorius and Utterback 1997, Research Policy 26(1)",
    ),
)

_CHINESE = {
    row["name"]: row["formula_zh"]
    for row in csv.DictReader(
        files(__package__).joinpath("formulas_zh.csv").read_text(encoding="utf-8").splitlines()
    )
}
INSTRUMENTS = tuple(replace(own, formula_zh=_CHINESE.get(own.name, "")) for own in _LISTED)
