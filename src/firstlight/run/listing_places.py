"""The instruments of places, as lines of the list of instruments."""

from __future__ import annotations

from firstlight.instruments.places.border_effects import border_effect
from firstlight.instruments.places.local_bias import local_bias
from firstlight.instruments.places.market_segmentation import market_segmentation
from firstlight.instruments.places.price_border import price_border
from firstlight.instruments.places.price_convergence import price_convergence
from firstlight.nouns import Instrument

PLACES: tuple[Instrument, ...] = (
    Instrument(
        "places.market_segmentation",
        market_segmentation,
        ("panel",),
        "variance across goods of the demeaned absolute change of two places' relative prices",
        "Parsley and Wei 1996, Quarterly Journal of Economics 111; 2001, Journal of International Economics 55(1); Gui, "
        "Chen, Lu and Chen 2006, Journal of World Economy (世界经济) 2006(2)",
    ),
    Instrument(
        "places.price_convergence",
        price_convergence,
        ("panel",),
        "the share of a relative price's gap left after a period, within series, corrected for their length; its half-life",
        "Parsley and Wei 1996, Quarterly Journal of Economics 111; Nickell 1981, Econometrica 49(6)",
    ),
    Instrument(
        "places.price_border",
        price_border,
        ("places.market_segmentation",),
        "mean variance of relative prices of pairs across a border over that of pairs within its sides",
        "Engel and Rogers 1996, American Economic Review 86(5)",
    ),
    Instrument(
        "places.border",
        border_effect,
        ("panel",),
        "flows as exp(origin + destination + border + further columns), by Poisson pseudo maximum likelihood",
        "McCallum 1995, American Economic Review 85(3); Santos Silva and Tenreyro 2006, Review of Economics and Statistics "
        "88(4)",
    ),
    Instrument(
        "places.local_bias",
        local_bias,
        ("panel",),
        "the share of what a place receives that comes from itself, over the place's share of all that is sent",
        "Anderson and Yotov 2010, American Economic Review 100(5); Head and Ries 2001, American Economic Review 91(4)",
    ),
)
