"""What technologies about to take off need, and which choke points stand under them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Unpack

import numpy as np
import polars as pl
from numpy.typing import NDArray

from firstlight import roles
from firstlight.chart import Chart, Mark
from firstlight.instruments.chains.choke_points.choke_points import weak_links
from firstlight.instruments.chains.choke_points.given_chain import PROVIDERS
from firstlight.instruments.chains.choke_points.need_graph import need_graph
from firstlight.instruments.chains.yearly_tables import TableColumns, read_tables
from firstlight.joins.sector_codes import codes_by_name, sector_codes
from firstlight.joins.table_notes import table_notes
from firstlight.joins.table_requirements import requirements_of
from firstlight.joins.take_off_join import TakeOffJoin
from firstlight.joins.take_offs_by_chain.choke_sentences import (
    first_choke,
    kept_record,
    needed_most,
    other_chokes,
    record_said,
    unknown,
)
from firstlight.joins.take_offs_by_chain.seen_technologies import SeenTechnologies
from firstlight.joins.take_offs_by_chain.technology_needs import (
    input_needs,
    names_alike,
    sector_needs,
    stands_for,
    stopped_by,
)
from firstlight.joins.technology_links import (
    LINKS,
    OBSERVATION,
    Classification,
    check_observation,
)
from firstlight.measurement import Measurement, Sample
from firstlight.result import Result
from firstlight.texts import (
    Message,
    Share,
    Year,
    message,
)

Floats = NDArray[np.float64]
SECTORS = roles.Table(
    {
        "sector": roles.Key(),
        "code": roles.Key(),
        "share": roles.Number("zero", is_share=True),
        "country": roles.Label(),
    },
    may_lack=("share", "country"),
)
CHAIN = roles.Table(
    {
        "input": roles.Key(),
        "product": roles.Key(),
        "alternative": roles.Label(),
        "code": roles.Label(),
    },
    may_lack=("alternative", "code"),
)
LEAST = 0.01  # a probability below which a need is not listed
TINY = 1e-10
CHOKES = ("one_provider", "one_country", "concentrated")
CHOKE_COLUMNS: dict[str, Any] = {
    "kind": pl.String,
    "name": pl.String,
    "standing": pl.String,
    "exposure_share": pl.Float64,
    "top_country": pl.String,
    "top_provider": pl.String,
    "technology": pl.String,
    "chance_share": pl.Float64,
    "need_share": pl.Float64,
    "via": pl.String,
    "expected_count": pl.Float64,
    "at_risk_count": pl.Float64,
}


def take_off_chains(
    frame: Any,
    observation: Annotated[Any, OBSERVATION],
    *,
    links: Annotated[Any, LINKS] = None,
    classification: Classification = "isic4",
    sectors: Annotated[Any, SECTORS] = None,
    chain: Annotated[Any, CHAIN] = None,
    providers: Annotated[Any, PROVIDERS] = None,
    home: str | None = None,
    least_need: Annotated[float, roles.Bounds(0.0001, 1)] = 0.02,
    most: Annotated[int, roles.Bounds(1, 1000)] = 50,
    **columns: Unpack[TableColumns],
) -> Result:
    """Choke points under the technologies of an observation that are likely to take off, and what
    each of these needs.

    Technologies lead to industries with a probability; an input-output table says what these buy,
    and a product chain which inputs are made there, and on whom they hang.

    Parameters
    ----------
    frame
        A square input-output table, or a row for each cell; of several years the last is used.
    observation
        The folder, observation.json or project of an observation, the name of a corpus that ships,
        or a table with the columns technology and probability (the chance of take-off).
    links
        Which technology leads to which code, and with what probability; those of the classification
        where it is left out; needed where none ship for it.
    classification
        What the codes are of: ISIC Rev. 4, GB/T 4754, CPC, HS 2022 or SOC.
    sectors
        Which codes a sector of the table holds; needed where sectors don't go by such codes. In a
        table of several countries also the country of each.
    chain
        A product chain: a row for each input and what it goes into, with the code of the input if
        it is known; by its name else.
    providers
        Who provides each input of the chain, as ``weak_links`` reads it.
    home
        The country, of those in the table of sectors, whose industries technologies lead to; what
        they buy of others is imported. All countries alike where it is left out.
    least_need
        Direct inputs for a unit of output below which an industry needs no sector.
    most
        How many technologies are looked at, those with the highest chance.
    **columns
        Columns of the table: `TableColumns`.

    Returns
    -------
    Result with the tables ``choke_points`` (rank, kind, name, standing, exposure_share, top_country
    and top_provider, the technology that weighs most with its chance_share and need_share, the
    input via which it stands under it, expected_count, at_risk_count), ``technologies`` (what each
    leads to and needs most; unknown_share, reason), ``needs`` (technology, sector, country,
    need_share, direct_inputs, total_inputs, imported_share), ``inputs`` (technology, input,
    need_share and what speaks for it), ``record``, and those of every join.

    Raises
    ------
    InputError
        For an observation without chances, links that add up to more than 1, providers without a
        chain, a home country that the table of sectors doesn't name, a table that can't meet its
        final demand, and where nothing joins or the table's own codes only number its sectors.

    Notes
    -----
    A need is what would, if it were lacking, hold up within a year those who make or run a
    technology, since it goes directly into it. Its probability follows from those of the industries
    and from what these buy for a unit of output; it was fitted on labelled pairs, and ``record``
    says how it fared on others.

    References
    ----------
    Miller and Blair 2009, Input-Output Analysis, 2nd edition, chapter 2; Albert, Jeong and Barabási
    2000, Nature 406, 378-382.

    Examples
    --------
    >>> cells = pl.DataFrame({
    ...     "supplier": ["26"] * 3 + ["62"] * 3, "user": ["26", "62", "final demand"] * 2,
    ...     "value": [0.0, 20, 80, 0, 0, 100]})
    >>> seen = pl.DataFrame({"technology": ["fog programs"], "probability": [0.5]})
    >>> lines = pl.DataFrame({"technology": ["fog programs"], "code": ["6201"],
    ...     "probability": [0.8]})
    >>> found = take_off_chains(cells, seen, links=lines)
    >>> needs = found.tables["needs"].with_columns(pl.col("need_share").round(3))
    >>> needs.select("sector", "need_share", "own_share").rows()
    [('62', 0.997, 0.8), ('26', 0.422, 0.0)]
    """
    data = TAKE_OFF_CHAINS.read(locals())
    tables = read_tables(data)
    at = list(tables)[-1]
    flows = requirements_of(tables[at])
    written = sector_codes(
        flows.table.sectors, codes_by_name(data), data.tables, "links", classification
    )
    join = TakeOffJoin.of(data, classification, written)
    seen = SeenTechnologies(
        data, flows, join.rows, join.found, classification, home, least_need, most
    )
    needs, inputs = _needs(seen), _inputs(seen)
    chokes = _choke_points(seen, inputs)
    technologies = _technologies(seen, needs, inputs)
    shown = {"technologies": technologies, "needs": needs, "inputs": inputs}
    return join.result(
        TAKE_OFF_CHAINS,
        {
            "choke_points": chokes,
            **{name: each for name, each in shown.items() if each.height},
            "record": kept_record(),
        },
        (
            *first_choke(chokes, join.observed),
            record_said(),
            *other_chokes(chokes),
            *needed_most(seen.chances, needs),
            *unknown(technologies, _lost_inputs(seen, inputs)),
        ),
        last=table_notes(tables[at], flows.beyond),
        conventions=(
            message("a_need", least=Share(least_need, 1)),
            message("a_need_of_inputs"),
            message("order"),
            *([message("table_of", year=Year(at))] if at is not None else []),
        ),
        charts=_charts(chokes),
    )


def _needs(seen: SeenTechnologies) -> pl.DataFrame:
    """The sectors that each technology needs, its own industry first of equals."""
    q, flows = seen.of_sectors, seen.flows
    need = sector_needs(q, seen.held)
    known = q.sum(axis=1)
    scale = np.divide(1.0, known, out=np.zeros_like(known), where=known > 0)[:, None]
    direct, total = (scale * (q @ each.T) for each in (flows.direct_all, flows.total))
    imported = np.full_like(direct, np.nan)
    if seen.abroad is not None:
        abroad = scale * (q @ seen.abroad.T)
        imported = np.divide(abroad, direct, out=imported, where=direct > 0)
    at = np.argwhere(need >= LEAST)
    one, other = at[:, 0], at[:, 1]
    table = pl.DataFrame(
        {
            "technology": [seen.names[k] for k in one],
            "chance_share": seen.chances[one],
            "sector": [flows.table.sectors[k] for k in other],
            "country": [seen.countries[k] for k in other],
            "need_share": need[one, other],
            "own_share": q[one, other],
            "direct_inputs": direct[one, other],
            "total_inputs": total[one, other],
            "imported_share": pl.Series(imported[one, other], nan_to_null=True),
            "place": one,
        },
        schema_overrides={"technology": pl.String, "sector": pl.String, "country": pl.String},
    )
    return table.sort(
        "place",
        pl.col("need_share").round(10),
        pl.col("own_share").round(10),
        pl.col("direct_inputs").round(10),
        "sector",
        descending=[False, True, True, True, False],
    ).drop("place")


def _inputs(seen: SeenTechnologies) -> pl.DataFrame:
    """The inputs of the chain that each technology needs."""
    schema = {
        "technology": pl.String,
        "chance_share": pl.Float64,
        "input": pl.String,
        "need_share": pl.Float64,
        "code_share": pl.Float64,
        "name_share": pl.Float64,
    }
    if not seen.inputs:
        return pl.DataFrame(schema=schema)
    alike = names_alike(seen.names, _forms(seen), seen.inputs)
    alike = stands_for(alike, seen.needs, seen.inputs)
    need, by_codes = input_needs(seen.of_sectors, seen.of_inputs, seen.held, seen.is_last, alike)
    at = np.argwhere(need >= LEAST)
    one, other = at[:, 0], at[:, 1]
    rows = {
        "technology": [seen.names[k] for k in one],
        "chance_share": seen.chances[one],
        "input": [seen.inputs[k] for k in other],
        "need_share": need[one, other],
        "code_share": by_codes[one, other],
        "name_share": alike[one, other],
    }
    return pl.DataFrame(rows, schema=schema).sort(
        "chance_share",
        "technology",
        pl.col("need_share").round(10),
        "input",
        descending=[True, False, True, False],
    )


def _forms(seen: SeenTechnologies) -> Mapping[str, Sequence[str]]:
    spoken = seen.technologies.select("technology", pl.col("forms").fill_null("").str.split(" | "))
    return {name: [each for each in forms if each] for name, forms in spoken.iter_rows()}


def _lost_inputs(seen: SeenTechnologies, inputs: pl.DataFrame) -> list[str]:
    """Inputs of the chain that no sector of the table is known to make, nor any technology to
    need."""
    if not seen.inputs:
        return []
    needed = set(inputs["input"])
    known = seen.of_inputs.sum(axis=1) > 0
    pairs = zip(seen.inputs, known.tolist(), strict=True)
    return [name for name, is_known in pairs if not is_known and name not in needed]


def _choke_points(seen: SeenTechnologies, inputs: pl.DataFrame) -> pl.DataFrame:
    """Inputs that hang on few, then sectors whose goods come from abroad; of each kind the one with
    most at risk first."""
    rows = [*_chain_chokes(seen, inputs), *_sector_chokes(seen)]
    table = pl.DataFrame(rows, schema=CHOKE_COLUMNS, orient="row")
    ordered = table.sort(
        "kind", pl.col("at_risk_count").round(10), "name", descending=[False, True, False]
    )
    rank = pl.int_range(1, pl.len() + 1, dtype=pl.Int64)
    return ordered.select(rank.alias("rank"), *CHOKE_COLUMNS)


def _chain_chokes(seen: SeenTechnologies, inputs: pl.DataFrame) -> Iterator[tuple[Any, ...]]:
    """Inputs of the chain that hang on one provider, on one country or on few, and stop something
    that a technology needs."""
    if inputs.is_empty() or "providers" not in seen.data.tables:
        return
    rows = seen.needs.select("input", "product", "alternative")
    given = seen.data.tables["providers"].frame
    weak = weak_links(rows, providers=given, pairs=False).table
    graph = need_graph(rows.iter_rows())
    stops = stopped_by(graph)
    place = {name: at for at, name in enumerate(graph.names)}
    need = np.zeros((len(seen.names), len(graph.names)))
    row_at = {name: at for at, name in enumerate(seen.names)}
    for name, each, share in inputs.select("technology", "input", "need_share").iter_rows():
        need[row_at[name], place[each]] = share
    held = weak.filter(pl.col("standing").is_in(CHOKES)).drop_nulls("exposure_share")
    for own in held.iter_rows(named=True):
        reached = np.where(stops[place[own["input"]]], need, 0.0)
        of_technology = reached.max(axis=1)
        if not of_technology.max() >= LEAST:
            continue
        first = _heaviest(seen, of_technology)
        own_need = reached[first, place[own["input"]]]
        is_itself = own_need >= of_technology[first] - TINY
        via = None if is_itself else graph.names[int(reached[first].argmax())]
        expected = float(seen.chances @ of_technology)
        yield (
            "input",
            own["input"],
            own["standing"],
            own["exposure_share"],
            own["top_country"],
            own["top_provider"],
            seen.names[first],
            float(seen.chances[first]),
            float(of_technology[first]),
            via,
            expected,
            expected * own["exposure_share"],
        )


def _sector_chokes(seen: SeenTechnologies) -> Iterator[tuple[Any, ...]]:
    """Sectors whose goods technologies need and whose inputs come from abroad in part."""
    flows = seen.flows
    if seen.abroad is None:
        return
    need = sector_needs(seen.of_sectors, seen.bought)
    users = seen.chances @ seen.of_sectors
    bought, abroad = flows.direct_all @ users, seen.abroad @ users
    of_good = dict.fromkeys(seen.goods, 0.0)
    for good, amount in zip(seen.goods, bought.tolist(), strict=True):
        of_good[good] += amount
    for at, sector in enumerate(flows.table.sectors):
        of_technology = need[:, at]
        if not of_technology.max() >= LEAST or not abroad[at] > 0:
            continue
        first = _heaviest(seen, of_technology)
        country = seen.countries[at] if seen.home is not None else None
        whole = bought[at] if country is None else of_good[seen.goods[at]]
        share = float(abroad[at] / whole)
        expected = float(seen.chances @ of_technology)
        technology = seen.names[first], float(seen.chances[first]), float(of_technology[first])
        risk = expected * share
        yield (
            "sector",
            sector,
            "imported",
            share,
            country,
            None,
            *technology,
            None,
            expected,
            risk,
        )


def _heaviest(seen: SeenTechnologies, of_technology: Floats) -> int:
    """The technology whose chance times need is the largest, the first of equals."""
    return int((seen.chances * of_technology).round(10).argmax())


def _technologies(
    seen: SeenTechnologies, needs: pl.DataFrame, inputs: pl.DataFrame
) -> pl.DataFrame:
    """What each technology leads to, needs most, and stands on; unknown where nothing is known."""
    q = seen.of_sectors
    known = q.sum(axis=1)
    own = [seen.flows.table.sectors[at] for at in q.argmax(axis=1).tolist()]
    base = pl.DataFrame(
        {
            "technology": seen.names,
            "chance_share": seen.chances,
            "sector": own,
            "sector_share": q.max(axis=1),
            "unknown_share": np.clip(1 - known, 0, 1),
        },
        schema_overrides={"technology": pl.String, "sector": pl.String},
    ).with_columns(
        pl.when(pl.col("sector_share") > 0).then(pl.col("sector", "sector_share")),
    )
    others = needs.join(
        base.select("technology", own="sector"), on="technology", how="left"
    ).filter(pl.col("sector") != pl.col("own"))
    first = others.unique("technology", keep="first", maintain_order=True).select(
        "technology", needed_sector="sector", needed_share="need_share"
    )
    top = inputs.unique("technology", keep="first", maintain_order=True).select(
        "technology", input="input", input_share="need_share"
    )
    linked = set(seen.found.parts["technology"])
    lost = pl.col("technology").is_in(sorted(linked)).not_()
    reason = pl.when(lost).then(pl.lit("unknown"))
    return (
        base.join(first, on="technology", how="left", maintain_order="left")
        .join(top, on="technology", how="left", maintain_order="left")
        .with_columns(reason=reason)
    )


def _charts(chokes: pl.DataFrame) -> tuple[Chart, ...]:
    if chokes.is_empty():
        return ()
    bars = Mark("at_risk_count", "bars")
    return (Chart("at_risk", "choke_points", "", (bars,), panel="kind", line="name"),)


def _check(arguments: Mapping[str, Any]) -> Message | None:
    if arguments["providers"] is not None and arguments["chain"] is None:
        return message("providers_without_chain")
    return check_observation(arguments)


TAKE_OFF_CHAINS = Measurement(
    take_off_chains,
    citation=(
        "Miller and Blair 2009, Input-Output Analysis, 2nd edition; "
        "Albert, Jeong and Barabási 2000, Nature 406, 378-382"
    ),
    sample=Sample(
        tables={
            "observation": "sample_observation.csv",
            "links": "sample_links.csv",
            "sectors": "sample_sectors.csv",
            "chain": "sample_chain.csv",
            "providers": "sample_providers.csv",
        }
    ),
    check=_check,
    brief=(
        "rank",
        "name",
        "standing",
        "exposure_share",
        "technology",
        "chance_share",
        "need_share",
    ),
)
