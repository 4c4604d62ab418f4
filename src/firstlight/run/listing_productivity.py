"""The instruments of productivity, as lines of the list of instruments."""

from __future__ import annotations

from firstlight.instruments.productivity.accounting.capital import capital_stock
from firstlight.instruments.productivity.accounting.growth_accounting import growth_accounts
from firstlight.instruments.productivity.accounting.growth_drivers import growth_drivers
from firstlight.instruments.productivity.accounting.productivity_breaks import productivity_breaks
from firstlight.instruments.productivity.accounting.productivity_decomposition import (
    productivity_decomposition,
)
from firstlight.instruments.productivity.firms.production_functions import ackerberg_caves_frazer
from firstlight.instruments.productivity.frontiers.cross_efficiency import cross_efficiency
from firstlight.instruments.productivity.frontiers.envelopment import dea
from firstlight.instruments.productivity.frontiers.free_disposal_hull import fdh
from firstlight.instruments.productivity.frontiers.frontier_bootstrap import bootstrap_dea
from firstlight.instruments.productivity.frontiers.meta_frontier import meta_frontier
from firstlight.instruments.productivity.frontiers.network_frontier import two_stage
from firstlight.instruments.productivity.frontiers.order_m import order_m
from firstlight.instruments.productivity.frontiers.sbm import sbm
from firstlight.instruments.productivity.frontiers.second_stage import second_stage
from firstlight.instruments.productivity.stochastic.stochastic_frontier import stochastic_frontier
from firstlight.nouns import Instrument

PRODUCTIVITY: tuple[Instrument, ...] = (
    Instrument(
        "productivity.capital",
        capital_stock,
        ("panel",),
        "K(t) = (1 - delta) K(t-1) + I(t) at constant prices, from a first stock by a stated rule",
        "Goldsmith 1951, NBER Studies in Income and Wealth 14; Zhang, Wu and Zhang 2004, Economic Research Journal (经济研究) "
        "2004(10)",
    ),
    Instrument(
        "productivity.growth_accounting",
        growth_accounts,
        ("panel",),
        "growth of output less each input's growth weighted by its share of income",
        "Solow 1957, Review of Economics and Statistics 39(3); Jorgenson and Griliches 1967, Review of Economic Studies 34(3)",
    ),
    Instrument(
        "productivity.dea",
        dea,
        ("panel",),
        "the furthest that inputs shrink, or outputs grow, within the technology that all units span; then the largest slacks",
        "Charnes, Cooper and Rhodes 1978, European Journal of Operational Research 2; Banker, Charnes and Cooper 1984, "
        "Management Science 30; Chambers, Chung and Färe 1998, Journal of Optimization Theory and Applications 98",
    ),
    Instrument(
        "productivity.cross_efficiency",
        cross_efficiency,
        ("panel",),
        "the mean of the efficiencies that a unit has by the multipliers of every unit of its year",
        "Sexton, Silkman and Hogan 1986, New Directions for Program Evaluation 32; Doyle and Green 1994, Journal of the "
        "Operational Research Society 45",
    ),
    Instrument(
        "productivity.two_stage",
        two_stage,
        ("panel",),
        "u'y / v'x of a chain whose two stages share one price w of what passes between them: (w'z / v'x)(u'y / w'z), or the "
        "mean of the two weighted by what each stage uses",
        "Kao and Hwang 2008, European Journal of Operational Research 185; Chen, Cook, Li and Zhu 2009, European Journal of "
        "Operational Research 196",
    ),
    Instrument(
        "productivity.meta_frontier",
        meta_frontier,
        ("panel",),
        "efficiency to the frontier of all groups = efficiency to the group's own x the technology gap ratio",
        "O'Donnell, Rao and Battese 2008, Empirical Economics 34; Tiedemann, Francksen and Latacz-Lohmann 2011, Central "
        "European Journal of Operations Research 19",
    ),
    Instrument(
        "productivity.second_stage",
        second_stage,
        ("productivity.dea",),
        "distances to the frontier on drivers, by truncated regression with a bootstrap that knows that distances are "
        "estimated",
        "Simar and Wilson 2007, Journal of Econometrics 136",
    ),
    Instrument(
        "productivity.fdh",
        fdh,
        ("panel",),
        "each unit against the single units that use no more and make no less",
        "Deprins, Simar and Tulkens 1984, The Performance of Public Enterprises",
    ),
    Instrument(
        "productivity.order_m",
        order_m,
        ("panel",),
        "each unit against the best that m units drawn at random would do, on average",
        "Cazals, Florens and Simar 2002, Journal of Econometrics 106",
    ),
    Instrument(
        "productivity.bootstrap_dea",
        bootstrap_dea,
        ("productivity.dea",),
        "radial scores less the bias that the same scores show on resampled, smoothed frontiers",
        "Simar and Wilson 1998, Management Science 44",
    ),
    Instrument(
        "productivity.breaks",
        productivity_breaks,
        ("panel",),
        "the partition of years with the least squares about means of growth; their number by tests, their dates with "
        "intervals",
        "Bai and Perron 1998, Econometrica 66; Bai 1997, Review of Economics and Statistics 79",
    ),
    Instrument(
        "productivity.growth_drivers",
        growth_drivers,
        ("panel",),
        "what the new adds: its change over the whole of the year before, in percentage points",
        "United Nations and others 2009, System of National Accounts 2008, chapter 15",
    ),
    Instrument(
        "productivity.decomposition",
        productivity_decomposition,
        ("panel",),
        "change of aggregate productivity within members, between them, and by entry and exit",
        "Foster, Haltiwanger and Krizan 2001, NBER Studies in Income and Wealth 63; Melitz and Polanec 2015, RAND Journal of "
        "Economics 46(2)",
    ),
    Instrument(
        "productivity.stochastic_frontier",
        stochastic_frontier,
        ("panel",),
        "a production function with an error of noise less inefficiency, by maximum likelihood; E[exp(-u) | e] of each unit",
        "Aigner, Lovell and Schmidt 1977, Journal of Econometrics 6; Battese and Coelli 1988, Journal of Econometrics 38",
    ),
    Instrument(
        "productivity.production_functions",
        ackerberg_caves_frazer,
        ("panel",),
        "output on inputs with productivity as a function of what firms choose when they see it, and as a first-order Markov "
        "process",
        "Olley and Pakes 1996, Econometrica 64; Levinsohn and Petrin 2003, Review of Economic Studies 70; Ackerberg, Caves and "
        "Frazer 2015, Econometrica 83; Wooldridge 2009, Economics Letters 104",
    ),
    Instrument(
        "productivity.sbm",
        sbm,
        ("panel",),
        "one less the mean share of inputs that could be saved, over one plus the mean share of outputs (and bads) short of "
        "the frontier",
        "Tone 2001, European Journal of Operational Research 130(3); 2002, ibid. 143(1); 2003, GRIPS research report "
        "I-2003-0005",
    ),
)
