"""The instruments of complexity, as lines of the list of instruments."""

from __future__ import annotations

from firstlight.instruments.complexity.crosswalk_growth import growth_by_crosswalk
from firstlight.instruments.complexity.economic_complexity import economic_complexity
from firstlight.instruments.complexity.opportunities import opportunities
from firstlight.instruments.complexity.opportunity_record import opportunity_record
from firstlight.instruments.complexity.related_activities import related_activities
from firstlight.nouns import Instrument

COMPLEXITY: tuple[Instrument, ...] = (
    Instrument(
        "complexity.economic_complexity",
        economic_complexity,
        ("panel",),
        "RCA = (x_cp / x_c) / (x_p / x); ECI and PCI: second eigenvector of the places' shared activities; fitness and GENEPY "
        "of the same presences",
        "Hidalgo and Hausmann 2009, PNAS 106(26); Tacchella and others 2012, Scientific Reports 2, 723; Sciarra and others "
        "2020, Nature Communications 11, 3352",
    ),
    Instrument(
        "complexity.growth_by_crosswalk",
        growth_by_crosswalk,
        ("panel",),
        "growth of an activity: the mean over its technologies, weighted by a crosswalk that the user brings",
        "Firstlight",
    ),
    Instrument(
        "complexity.related_activities",
        related_activities,
        ("panel",),
        "proximity: the smaller of the two conditional probabilities of presence; density: the share of what is near that is "
        "there; outlook: PCI of what is absent, weighted by density",
        "Hidalgo, Klinger, Barabási and Hausmann 2007, Science 317; Hausmann and others 2014, The Atlas of Economic Complexity",
    ),
    Instrument(
        "complexity.opportunities",
        opportunities,
        ("panel",),
        "the Pareto frontier of a place's absent activities by density, PCI less the place's ECI, outlook gain and, where "
        "given, growth and strategic weight",
        "Hausmann and others 2014, The Atlas of Economic Complexity; Balland and others 2019, Regional Studies 53(9)",
    ),
    Instrument(
        "complexity.opportunity_record",
        opportunity_record,
        ("panel",),
        "entries, exits and growth foretold from past tables alone, by every measure, null models and an ensemble; average "
        "precision beside the base rate",
        "Hidalgo, Klinger, Barabási and Hausmann 2007, Science 317; Albora, Pietronero, Tacchella and Zaccaria 2023, "
        "Scientific Reports 13, 1481",
    ),
)
