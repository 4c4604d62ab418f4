"""The instruments of networks, as lines of the list of instruments."""

from __future__ import annotations

from firstlight.instruments.networks.brokerage import brokerage
from firstlight.instruments.networks.collaboration import collaboration
from firstlight.instruments.networks.communities import communities
from firstlight.instruments.networks.consortium_record import backtest_consortium
from firstlight.instruments.networks.cooperation import cooperation
from firstlight.instruments.networks.partner_forecast import forecast_partners
from firstlight.instruments.networks.partners import recommend_consortium
from firstlight.instruments.networks.shapley import shapley
from firstlight.nouns import Instrument

NETWORKS: tuple[Instrument, ...] = (
    Instrument(
        "networks.collaboration",
        collaboration,
        ("panel",),
        "ties are joint works, by the counting; degree, strength, closeness and betweenness; constraint and effective size of "
        "structural holes; brokerage between groups; communities by modularity",
        "Newman 2001, Physical Review E 64, 016132; Freeman 1977, Sociometry 40; Burt 1992, Structural Holes; Gould and "
        "Fernandez 1989, Sociological Methodology 19; Traag, Waltman and van Eck 2019, Scientific Reports 9",
    ),
    Instrument(
        "networks.brokerage",
        brokerage,
        ("networks.collaboration",),
        "constraint = sum_j (p_ij + sum_q p_iq p_qj)^2; pairs of partners that don't work together, by the groups of the three",
        "Burt 1992, Structural Holes; Gould and Fernandez 1989, Sociological Methodology 19",
    ),
    Instrument(
        "networks.communities",
        communities,
        ("networks.collaboration",),
        "the partition with the highest modularity that Leiden's algorithm finds",
        "Newman and Girvan 2004, Physical Review E 69, 026113; Traag, Waltman and van Eck 2019, Scientific Reports 9",
    ),
    Instrument(
        "networks.partners",
        recommend_consortium,
        ("panel",),
        "the members whose works together cover most of the weight of a technology's terms: chosen one at a time, then "
        "exchanged while that covers more; new partners by logistic regression on the past network, with its record out of "
        "time",
        "Nemhauser, Wolsey and Fisher 1978, Mathematical Programming 14; Liben-Nowell and Kleinberg 2007, Journal of the "
        "American Society for Information Science and Technology 58(7)",
    ),
    Instrument(
        "networks.partner_forecast",
        forecast_partners,
        ("networks.collaboration",),
        "chance of a first joint work within the horizon: logistic regression on common partners, sizes, groups and terms, "
        "learnt from earlier years alone",
        "Liben-Nowell and Kleinberg 2007, Journal of the American Society for Information Science and Technology 58(7); Zhou, "
        "Lü and Zhang 2009, European Physical Journal B 71",
    ),
    Instrument(
        "networks.consortium_record",
        backtest_consortium,
        ("networks.partners",),
        "share of the same terms that a consortium chosen in the past covers later, beside the largest members and a blind "
        "choice",
        "Firstlight",
    ),
    Instrument(
        "networks.cooperation",
        cooperation,
        ("panel",),
        "works with two or more places over works with a known place; interval (p + z^2/2n ± z sqrt(p(1-p)/n + z^2/4n^2)) / "
        "(1 + z^2/n)",
        "Wilson 1927, Journal of the American Statistical Association 22(158)",
    ),
    Instrument(
        "networks.attribution",
        shapley,
        ("panel",),
        "Shapley values: the mean over all orders of what a factor adds, to R squared or to the change of a product",
        "Shapley 1953, Contributions to the Theory of Games II; Lindeman, Merenda and Gold 1980, Introduction to Bivariate "
        "and Multivariate Analysis; Grömping 2007, The American Statistician 61(2); Sun 1998, Energy Economics 20(1)",
    ),
)
