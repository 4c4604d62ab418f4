"""The instruments of places, as lines of the list of instruments."""

from __future__ import annotations

from firstlight.instruments.places.agglomeration import agglomeration
from firstlight.instruments.places.clusters import place_clusters
from firstlight.instruments.places.concentration import spatial_concentration
from firstlight.instruments.places.duplication import duplication_warnings
from firstlight.instruments.places.industry_pairs import coagglomeration
from firstlight.instruments.places.location_quotients import location_quotients
from firstlight.instruments.places.structural_similarity import structural_similarity
from firstlight.nouns import Instrument

PLACES: tuple[Instrument, ...] = (
    Instrument(
        "places.concentration",
        spatial_concentration,
        ("panel",),
        "shares of an industry over places beside all industries' shares: half the sum of gaps (Hoover), sum s ln(s / w) "
        "(Theil), 1 less twice the area under the Lorenz curve (Gini)",
        "Hoover 1936, Review of Economics and Statistics 18(4); Krugman 1991, Geography and Trade; Theil 1967, Economics and "
        "Information Theory",
    ),
    Instrument(
        "places.location_quotients",
        location_quotients,
        ("panel",),
        "an industry's share of a place over its share of the whole, with an interval by the delta method on logarithms",
        "Isserman 1977, Journal of the American Institute of Planners 43(1); Moineddin, Beyene and Boyle 2003, Geographical "
        "Analysis 35(3)",
    ),
    Instrument(
        "places.agglomeration",
        agglomeration,
        ("panel",),
        "concentration beyond what plants of these sizes would show by chance: (G / K - H) / (1 - H)",
        "Ellison and Glaeser 1997, Journal of Political Economy 105(5); Maurel and Sédillot 1999, Regional Science and Urban "
        "Economics 29(5)",
    ),
    Instrument(
        "places.coagglomeration",
        coagglomeration,
        ("panel",),
        "sum over places of the product of two industries' excess shares, over 1 - sum x^2",
        "Ellison, Glaeser and Kerr 2010, American Economic Review 100(3)",
    ),
    Instrument(
        "places.clusters",
        place_clusters,
        ("panel",),
        "communities of industries that specialise in the same places (modularity), and the places where one is "
        "over-represented",
        "Delgado, Porter and Stern 2016, Journal of Economic Geography 16(1); Clauset, Newman and Moore 2004, Physical Review "
        "E 70",
    ),
    Instrument(
        "places.similarity",
        structural_similarity,
        ("panel",),
        "what the structures of two places have in common: the sum over industries of the lesser of their shares",
        "Finger and Kreinin 1979, Economic Journal 89(356); Krugman 1991, Geography and Trade; Jaffe 1986, American Economic "
        "Review 76(5)",
    ),
    Instrument(
        "places.duplication",
        duplication_warnings,
        ("panel",),
        "many places enter a simple activity at once while its price, or the demand forecast, falls; what followed is counted",
        "a rule of our own; entry as in Boschma, Minondo and Navarro 2013, Economic Geography 89(1)",
    ),
)
