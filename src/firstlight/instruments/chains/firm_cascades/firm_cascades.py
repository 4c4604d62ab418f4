"""What the stop of a firm costs a network of firms that supply one another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight import roles
from firstlight.chart import Chart, Mark
from firstlight.instruments.chains.firm_cascades.firm_network import (
    ESSENTIAL,
    NON_ESSENTIAL,
    UNNEEDED,
    FirmLevels,
    FirmNetwork,
)
from firstlight.instruments.chains.io_table import refuse_empty
from firstlight.instruments.chains.ranked_rows import ranked
from firstlight.measurement import Measurement, Progress, Sample
from firstlight.result import Result
from firstlight.schema import Data
from firstlight.texts import Count, Figure, Message, Name, Share, message, names

Floats = NDArray[np.float64]
FIRMS = roles.Table(
    {"firm": roles.Key(), "industry": roles.Label(), "output": roles.Number("zero")},
    may_lack=("industry", "output"),
)
NEEDS = roles.Table(
    {
        "supplier_industry": roles.Key(),
        "user_industry": roles.Key(may_be_empty=True),
        "need": roles.Label(),
    },
    may_lack=("user_industry",),
)
NEED_CODES = {"essential": ESSENTIAL, "non_essential": NON_ESSENTIAL, "none": UNNEEDED}
MUCH = 0.1  # of all output, from which on the first sentence counts a firm
MOST_ROWS = 1000
NAMED = 3
ROUNDING = 1e-9  # of a firm's sales, by which its output may be below them
DIGITS = 9


def cascades(
    frame: Any,
    *,
    supplier: Annotated[str, roles.Key()] = "supplier",
    user: Annotated[str, roles.Key()] = "user",
    value: Annotated[str, roles.Number("zero")] = "value",
    firms: Annotated[Any, FIRMS] = None,
    needs: Annotated[Any, NEEDS] = None,
    production: Literal["leontief", "linear"] = "leontief",
    replaceable: bool = True,
    gone: Annotated[Sequence[str] | None, roles.Names()] = None,
    hit_share: Annotated[float, roles.Bounds(0.01, 1)] = 0.5,
    progress: Progress | None = None,
) -> Result:
    """What the stop of each firm of a supply network costs all of them, and which others it takes
    down: the economic systemic risk index.

    Customers lack its deliveries as far as the rest of its industry can't make up for them, and
    suppliers its orders; theirs lack theirs, and so on until nothing changes any more.

    Parameters
    ----------
    frame
        A row for each supplier and customer.
    supplier
        Column of the firms that deliver.
    user
        Column of the firms that buy.
    value
        Column of what is delivered in a year.
    firms
        The industry of each firm, within which firms can replace one another, and its output: what
        it sells in the network or more. A firm without an industry can't be replaced; without
        output it sells nothing but what the network says.
    needs
        How much a lack of each industry's goods harms its customers, or those of one industry:
        ``essential``, ``non_essential`` or ``none``.
    production
        What needs that are not listed are: essential (Leontief), so that a product is made as far
        as its scarcest input allows, or not, so that losses add up in proportion to purchases.
    replaceable
        Whether others of an industry take over, as far as their share of its output goes.
    gone
        Firms that stop at the same time.
    hit_share
        Share of its output that a firm has to lose to be counted as hit.
    progress
        Called with the firms that were stopped and all of them.

    Returns
    -------
    Result with the tables ``firms`` (rank, firm, lost_share, output_share, inputs_lost_share,
    orders_lost_share, hit_count, industry) and ``losses`` (firm, lost_own_share, lost_all_share,
    cause, industry), of the firm that costs most or of those that go.

    Raises
    ------
    InputError
        For links without a number, firms whose output is below their sales, needs that are none,
        and firms that the network lacks.

    References
    ----------
    Diem, Borsos, Reisch, Kertész and Thurner 2022, Scientific Reports 12, 7719.

    Examples
    --------
    >>> import polars as pl
    >>> rows = [("mine", "mill", 4.0), ("mill", "works", 6.0)]
    >>> links = pl.DataFrame(rows, ["supplier", "user", "value"], orient="row")
    >>> cascades(links).table.select("firm", "lost_share", "hit_count").rows()
    [('mill', 1.0, 2), ('mine', 1.0, 2), ('works', 1.0, 2)]
    """
    data = CASCADES.read(locals())
    listed = _firms(data)
    unused, network = _network(data, listed, production, replaceable)
    table = _firm_table(listed, network, hit_share, progress)
    stopped = list(gone) if gone else table["firm"].head(1).to_list()
    at = _places(listed, stopped)
    levels = network.levels([at])
    losses = _losses(listed, network, levels, at)
    said = _answer(table, losses, production == "leontief" and needs is None, hit_share, gone)
    alone = listed["industry"].null_count()
    if alone and alone < listed.height:
        said.append(message("no_industry", count=Count(alone)))
    if unused:
        said.append(message("needs_unused", count=Count(len(unused)), names=names(unused)))
    conventions = [message("cascade"), message(f"needs_{production}")]
    conventions.append(message("others_take_over" if replaceable else "nobody_takes_over"))
    has_output = "firms" in data.tables and data.tables["firms"].has("output")
    conventions.append(message("output_given" if has_output else "output_is_sales"))
    marks = (Mark("lost_share", "bars"), Mark("output_share", "dash"))
    return Result(
        {"firms": table, "losses": losses.head(MOST_ROWS)},
        tuple(said),
        CASCADES.texts,
        conventions=tuple(conventions),
        charts=(Chart("by_rank", "firms", "", marks, line="firm"),),
        given=data.given,
    )


def _firms(data: Data) -> pl.DataFrame:
    """Every firm of the network and of the list, sorted: firm, industry, output, sales."""
    links = data.frame
    refuse_empty(links)
    sales = links.group_by(firm="supplier").agg(sales=pl.col("value").sort().sum())
    known = pl.DataFrame(schema=dict(firm=pl.String, industry=pl.String, output=pl.Float64))
    if "firms" in data.tables:
        known = data.tables["firms"].frame.select(known.columns)
    everyone = pl.concat([links["supplier"], links["user"], known["firm"].alias("supplier")])
    listed = (
        pl.DataFrame({"firm": everyone.unique().sort()})
        .join(known, on="firm", how="left")
        .join(sales, on="firm", how="left")
        .sort("firm")
        .with_columns(pl.col("sales").fill_null(0.0))
    )
    below = listed.filter(pl.col("output") < pl.col("sales") * (1 - ROUNDING))
    if below.height:
        first = below.row(0, named=True)
        output = Figure(first["output"])
        sold = Figure(first["sales"])
        raise CASCADES.error(
            message("output_below_sales", firm=Name(first["firm"]), output=output, sales=sold)
        )
    listed = listed.with_columns(output=pl.max_horizontal("output", "sales"))
    if not listed["output"].sum():
        raise CASCADES.error(message("no_output"))
    return listed


def _network(
    data: Data, listed: pl.DataFrame, production: str, replaceable: bool
) -> tuple[list[str], FirmNetwork]:
    """The network, and industries of the needs that no firm belongs to."""
    # a firm without an industry is one of its own
    industries = listed.select(
        "firm",
        "industry",
        place=pl.int_range(pl.len()),
        number=pl.coalesce(pl.lit("1") + pl.col("industry"), pl.lit("0") + pl.col("firm"))
        .rank("dense")
        .cast(pl.Int64)
        - 1,
    )
    links = data.frame
    for side in ("supplier", "user"):
        renamed = industries.select(pl.all().name.prefix(f"{side}_")).drop(f"{side}_number")
        links = links.join(renamed, left_on=side, right_on=f"{side}_firm", how="left")
    unused, need = _need(data, links, set(listed["industry"].drop_nulls()), production)
    return unused, FirmNetwork(
        links["supplier_place"].to_numpy().astype(np.intp),
        links["user_place"].to_numpy().astype(np.intp),
        links["value"].to_numpy(),
        need,
        industries["number"].to_numpy().astype(np.intp),
        listed["output"].to_numpy(),
        replaceable,
    )


def _need(
    data: Data, links: pl.DataFrame, industries: set[str], production: str
) -> tuple[list[str], NDArray[np.intp]]:
    """What kind of need each link serves: that of its two industries, else of the supplier's, else
    that of the option."""
    otherwise = ESSENTIAL if production == "leontief" else NON_ESSENTIAL
    if "needs" not in data.tables:
        return [], np.full(links.height, otherwise, np.intp)
    needs = data.tables["needs"].frame
    wrong = needs.filter(~pl.col("need").is_in(list(NEED_CODES)).fill_null(False))
    if wrong.height:
        first = wrong.row(0, named=True)
        given = Name(first["need"] or "")
        raise CASCADES.error(
            message("no_need", industry=Name(first["supplier_industry"]), need=given)
        )
    coded = needs.with_columns(
        pl.col("need").replace_strict(NEED_CODES, return_dtype=pl.Int64)
    ).rename({"need": "code"})
    pairs = coded.filter(pl.col("user_industry").is_not_null())
    general = coded.filter(pl.col("user_industry").is_null()).drop("user_industry")
    both = ["supplier_industry", "user_industry"]
    joined = links.join(pairs, on=both, how="left", maintain_order="left").join(
        general, on="supplier_industry", how="left", suffix="_general", maintain_order="left"
    )
    named = {*needs["supplier_industry"], *needs["user_industry"].drop_nulls()}
    need = joined.select(pl.coalesce("code", "code_general", pl.lit(otherwise))).to_series()
    return sorted(named - industries), need.to_numpy().astype(np.intp)


def _places(listed: pl.DataFrame, firms: Sequence[str]) -> list[int]:
    """Where firms stand in the list."""
    at = {firm: place for place, firm in enumerate(listed["firm"])}
    for firm in firms:
        if firm not in at:
            raise CASCADES.error(message("no_firm", name=Name(firm), names=names(at)))
    return [at[firm] for firm in firms]


def _firm_table(
    listed: pl.DataFrame, network: FirmNetwork, hit_share: float, progress: Progress | None
) -> pl.DataFrame:
    """What the stop of each firm costs, the costliest first."""
    count = listed.height
    lost = np.zeros((3, count))
    hit = np.zeros(count, np.int64)
    for places, levels in network.alone():
        for row, levels_of in enumerate((levels.both, levels.downstream, levels.upstream)):
            lost[row, places] = network.lost(levels_of)
        # the firm itself is no other
        hit[places] = (levels.both <= 1.0 - hit_share + ROUNDING).sum(axis=0) - 1
        if progress is not None:
            progress(int(places[-1]) + 1, count)
    total = listed["output"].sum()
    table = listed.select(
        "firm",
        lost_share=pl.Series(lost[0].round(DIGITS)),
        output_share=pl.col("output") / total,
        inputs_lost_share=pl.Series(lost[1].round(DIGITS)),
        orders_lost_share=pl.Series(lost[2].round(DIGITS)),
        hit_count=pl.Series(hit),
        industry="industry",
    ).sort("lost_share", "firm", descending=[True, False])
    return ranked(table)


def _losses(
    listed: pl.DataFrame, network: FirmNetwork, levels: FirmLevels, at: Sequence[int]
) -> pl.DataFrame:
    """What each firm loses in one stop, those first whose output is missed most."""
    lost = 1.0 - levels.both[:, 0]
    is_inputs = levels.downstream[:, 0] <= levels.upstream[:, 0]
    is_stopped = np.zeros(listed.height, np.bool_)
    is_stopped[list(at)] = True
    table = listed.select(
        "firm",
        lost_own_share=pl.Series(lost.round(DIGITS)),
        lost_all_share=pl.Series((lost * network.output / network.output.sum()).round(DIGITS)),
        cause=pl.when(pl.Series(is_stopped))
        .then(pl.lit("stopped"))
        .when(pl.Series(is_inputs))
        .then(pl.lit("inputs"))
        .otherwise(pl.lit("orders")),
        industry="industry",
    )
    order = ["lost_all_share", "lost_own_share", "firm"]
    return table.filter(pl.col("lost_own_share") > 0).sort(order, descending=[True, True, False])


def _answer(
    table: pl.DataFrame,
    losses: pl.DataFrame,
    is_most: bool,
    hit_share: float,
    gone: Sequence[str] | None,
) -> list[Message]:
    """Whose stop costs most, how many cost much, who else is hit; what size alone would say."""
    first = table.row(0, named=True)
    costs = message(
        "costs_at_most" if is_most else "costs",
        firm=Name(first["firm"]),
        share=Share(first["lost_share"]),
        count=Count(table.filter(pl.col("lost_share") > MUCH).height),
        much=Share(MUCH),
    )
    ways = message(
        "ways",
        own=Share(first["output_share"]),
        inputs=Share(first["inputs_lost_share"]),
        orders=Share(first["orders_lost_share"]),
    )
    others = losses.filter(pl.col("cause") != "stopped")
    hit = others.filter(pl.col("lost_own_share") >= hit_share - ROUNDING)
    said = [costs, ways]
    if gone:
        lost = Share(min(float(losses["lost_all_share"].sum()), 1.0))
        said = [message("at_once", names=names(gone), share=lost), costs]
    if others.height:
        most = names(others["firm"].head(NAMED))
        said.insert(1, message("hit", count=Count(hit.height), least=Share(hit_share), names=most))
    large = table.sort("output_share", "rank", descending=[True, False]).row(0, named=True)
    if large["lost_share"] < first["lost_share"]:
        size = Share(large["output_share"])
        share = Share(large["lost_share"])
        said.append(message("largest", firm=Name(large["firm"]), own=size, share=share))
    return said


CASCADES = Measurement(
    cascades,
    citation=("Diem, Borsos, Reisch, Kertész and Thurner 2022, Scientific Reports 12, 7719"),
    sample=Sample(tables={"firms": "firms.csv", "needs": "needs.csv"}),
    brief=("rank", "firm", "lost_share", "output_share", "hit_count"),
)
