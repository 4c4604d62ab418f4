"""The instruments of networks, as lines of the list of instruments."""

from __future__ import annotations

from firstlight.instruments.networks.contribution.atypical_combinations import atypical_combinations
from firstlight.instruments.networks.contribution.disruption import disruption
from firstlight.instruments.networks.contribution.field_impact import field_impact
from firstlight.instruments.networks.contribution.new_combinations import new_combinations
from firstlight.instruments.networks.contribution.profile import contribution
from firstlight.instruments.networks.talent.relatedness_density import relatedness_density
from firstlight.instruments.networks.talent.skill_relatedness import skill_relatedness
from firstlight.instruments.networks.talent.talent_flows import talent_flows
from firstlight.nouns import Instrument

NETWORKS: tuple[Instrument, ...] = (
    Instrument(
        "networks.talent_flows",
        talent_flows,
        ("panel",),
        "stock = stayers + arrivals + entered = last stock + arrivals - departures + entered - left; people of k affiliations "
        "count 1/k at each; relatedness of industries from the moves between them, and density from the people of the last "
        "year",
        "Davis and Haltiwanger 1999, Handbook of Labor Economics 3B; Neffke and Henning 2013, Strategic Management "
        "Journal 34(3)",
    ),
    Instrument(
        "networks.skill_relatedness",
        skill_relatedness,
        ("networks.talent_flows",),
        "(R - 1) / (R + 1), R = mean of both ways of F_ij F.. / (F_i. F_.j); p from Poisson flows that keep how many leave "
        "and come",
        "Neffke and Henning 2013, Strategic Management Journal 34(3); Neffke, Otto and Weyh 2017, Journal of Economic "
        "Behavior and Organization 142; Goodman 1968, Journal of the American Statistical Association 63(324)",
    ),
    Instrument(
        "networks.relatedness_density",
        relatedness_density,
        ("networks.skill_relatedness", "panel"),
        "sum of relatedness above 0 to industries with a location quotient of 1 or more, over the sum to all industries",
        "Neffke, Henning and Boschma 2011, Economic Geography 87(3); Boschma, Balland and Kogler 2015, Industrial and "
        "Corporate Change 24(1)",
    ),
    Instrument(
        "networks.contribution",
        contribution,
        ("panel",),
        "the weighted mean of each unit's works in each category, with the interval that drawing its works again gives "
        "(Wilson's for yes or no), beside all works: normalised citations, share of the most cited, disruption, novelty, new "
        "combinations, use in patents",
        "Waltman and others 2012, Journal of the American Society for Information Science and Technology 63(12); and the "
        "source of each category",
    ),
    Instrument(
        "networks.field_impact",
        field_impact,
        ("panel",),
        "citations over the mean of the same field and year; share among the most cited, ties at the threshold sharing what "
        "is left",
        "Waltman and others 2011, Journal of Informetrics 5(1); Waltman and Schreiber 2013, Journal of the American Society "
        "for Information Science and Technology 64(2)",
    ),
    Instrument(
        "networks.disruption",
        disruption,
        ("panel",),
        "(n_i - n_j) / (n_i + n_j + n_k): works that cite it alone, with its references, or these alone",
        "Funk and Owen-Smith 2017, Management Science 63(3); Wu, Wang and Evans 2019, Nature 566; Newcombe 1998, Statistics "
        "in Medicine 17",
    ),
    Instrument(
        "networks.atypical_combinations",
        atypical_combinations,
        ("panel",),
        "z of a work's pairs of terms against works and terms that keep their numbers; novel where the lowest tenth is below 0",
        "Uzzi, Mukherjee, Stringer and Jones 2013, Science 342",
    ),
    Instrument(
        "networks.new_combinations",
        new_combinations,
        ("panel",),
        "sum of 1 - cosine over pairs of known terms that stand together for the first time and are taken up again",
        "Wang, Veugelers and Stephan 2017, Research Policy 46(8)",
    ),
)
