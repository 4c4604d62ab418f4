"""What is said of footprints: who is responsible, what trade carries, who must move."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from firstlight.instruments.chains.ranked_rows import best_first
from firstlight.instruments.chains.satellite_accounts.account_tables import NOBODY, Accounts
from firstlight.instruments.chains.satellite_accounts.movers import Target
from firstlight.texts import (
    Count,
    Figure,
    List,
    Message,
    Name,
    Phrase,
    Share,
    Value,
    Year,
    message,
    names,
)

TOLERANCE = 1e-9  # of a share: what sums of floats leave over
FURTHER = 4  # stressors that have a line of their own
MOVERS = 3


def answer(
    accounts: Accounts,
    first: int,
    year: int | None,
    target: Target | None,
    target_year: int | None,
    is_made: bool,
) -> list[Message]:
    """Who is responsible for how much, what trade carries, and who must move; then the rest."""
    whole = float(accounts.stressors.territory[first])
    if not whole > 0:
        return [message("nothing_emitted", stressor=Name(accounts.stressors.names[first]))]
    # what counts with 0 makes others look large, and comes before who is told to move
    said = [_responsible(accounts, first, year), *_lacking(accounts, first)]
    said.append(
        _between(accounts, first) if accounts.economy.is_of_many else _traded(accounts, first)
    )
    said += [message("no_target")] if target is None else _target(target, target_year)
    if accounts.economy.is_of_many:
        said.append(_responsible(accounts, first, None, "by_sector"))
    said += _sums(accounts, first)
    if not is_made:
        said.append(message("imports_not_made"))
    provinces = accounts.by_province.filter(stressor=accounts.stressors.names[first])
    if provinces.height > 1:
        said.append(_provinces(provinces))
    paths = accounts.paths(first)
    between = paths.filter(pl.col("emitter") != pl.col("final_good"))
    if between.height:
        row = between.row(0, named=True)
        said.append(message("path", path=Name(row["path"]), share=_share(row["share"])))
    if paths.height:
        listed = _share(float(paths["share"].sum()))
        said.append(message("paths_listed", count=Count(paths.height), share=listed))
    others = [j for j in range(len(accounts.stressors.names)) if j != first]
    said += [_responsible(accounts, j, None, "also") for j in others[:FURTHER]]
    return said


def _share(part: float) -> Share:
    return Share(part, 1)


def _amount(accounts: Accounts, j: int, value: float) -> Value[Any]:
    """An amount with its unit, if that is told."""
    unit = accounts.stressors.units[j]
    if not unit:
        return Figure(value)
    return Phrase(message("phrases.amount", value=Figure(value), unit=Name(unit)))


def _responsible(
    accounts: Accounts, j: int, year: int | None, code: str = "responsible"
) -> Message:
    stressors = accounts.own
    sectors = accounts.economy.used.sectors
    name = accounts.stressors.names[j]
    whole = float(accounts.stressors.territory[j])
    if not whole > 0:
        return message("nothing_emitted", stressor=Name(name))
    values: dict[str, Value[Any]] = {
        "stressor": Name(name),
        "total": _amount(accounts, j, whole),
    }
    if accounts.economy.is_of_many and code == "responsible":
        return _responsible_countries(accounts, j, year, values)
    sides = {
        "maker": stressors.production,
        "good": stressors.consumption,
        "payee": stressors.income,
    }
    for side, amounts in sides.items():
        at = int(np.round(amounts[:, j] / whole, 10).argmax())
        values[side] = Name(sectors[at])
        values[f"{side}_share"] = _share(float(amounts[at, j]) / whole)
    if year is not None:
        return message("responsible_in", year=Year(year), **values)
    return message(code, **values)


def _responsible_countries(
    accounts: Accounts, j: int, year: int | None, values: dict[str, Value[Any]]
) -> Message:
    """Which country is most responsible, by each account."""
    whole = float(accounts.stressors.territory[j])
    frame = accounts.by_country.filter(stressor=accounts.stressors.names[j])
    for side in ("production", "consumption", "income"):
        first = best_first(frame, side).row(0, named=True)
        values |= {side: Name(first["country"]), f"{side}_share": _share(first[side] / whole)}
    if year is not None:
        return message("most_responsible_in", year=Year(year), **values)
    return message("most_responsible", **values)


def _traded(accounts: Accounts, j: int) -> Message:
    """What exports carry, and what imports would have, made at home."""
    whole = float(accounts.stressors.territory[j])
    frame = accounts.in_trade[0].filter(stressor=accounts.stressors.names[j])
    exported = float(frame["exports_carry"].sum())
    values: dict[str, Value[Any]] = {
        "exported": _amount(accounts, j, exported),
        "share": _share(exported / whole),
    }
    if not accounts.economy.exports.any():
        return message("no_exports")
    values["good"] = Name(best_first(frame, "exports_carry")["sector"][0])
    if "imports_carry" not in frame.columns:
        return message("exports_alone", **values)
    imported = float(frame["imports_carry"].sum()) - float(frame["imports_for_exports_carry"].sum())
    values["imported"] = _amount(accounts, j, imported)
    consumed = whole - exported + imported
    values["consumed"] = _amount(accounts, j, consumed)
    return message("traded", **values)


def _between(accounts: Accounts, j: int) -> Message:
    """What crosses borders, and who gives and takes most."""
    name = accounts.stressors.names[j]
    whole = float(accounts.stressors.territory[j])
    frame = accounts.by_country.filter(pl.col("country") != NOBODY, stressor=name)
    crossing = float(frame["imported"].sum())
    order = frame.sort(pl.col("balance").round(10), "country")
    taker = order.row(0, named=True)
    giver = order.row(-1, named=True)
    return message(
        "between",
        crossing=_amount(accounts, j, crossing),
        share=_share(crossing / whole),
        giver=Name(giver["country"]),
        given=_amount(accounts, j, giver["balance"]),
        taker=Name(taker["country"]),
        taken=_amount(accounts, j, -taker["balance"]),
    )


def _target(target: Target, target_year: int | None) -> list[Message]:
    """Who must move, how far, and whether structure alone would do."""
    goal: dict[str, Value[Any]] = {"fall": Share(target.fall, 1)}
    by: Value[Any] = Phrase(message("phrases.at_all", **goal))
    if target_year is not None:
        by = Phrase(message("phrases.by_year", year=Year(target_year), **goal))
    moving = target.movers.filter(pl.col("needed_fall") > 0)
    if not moving.height:
        code = "met_by_growth" if target.short <= TOLERANCE else "nobody_can"
        return [message(code, goal=by, share=_share(max(target.by_structure, 0.0)))]
    named = moving.head(MOVERS)
    each = tuple(
        Phrase(
            message(
                "phrases.mover", name=Name(row["mover"]), share=_share(row["needed_fall_share"])
            )
        )
        for row in named.iter_rows(named=True)
    )
    values: dict[str, Value[Any]] = {
        "goal": by,
        "count": Count(moving.height),
        "movers": List(each),
    }
    said = [message(f"must_move_{target.rule}", **values)]
    if target.rule == "proportional":  # all by one share
        share = _share(float(moving["needed_fall_share"].to_numpy().max()))
        largest = names(moving["mover"].head(MOVERS).to_list())
        said = [message("must_move_proportional", goal=by, share=share, movers=largest)]
    if target.short > TOLERANCE:
        said.append(message("short", share=_share(target.short)))
    if target.leaving is not None:
        sector, now, to = target.leaving
        about: dict[str, Value[Any]] = {"sector": Name(sector), "now": _share(now)}
        if to >= 0:
            said.append(message("by_leaving", to=_share(to), **about))
        elif np.isfinite(to):
            said.append(message("not_by_leaving", **about))
    elif target.by_structure >= 0:
        said.append(message("structure_helps", share=_share(target.by_structure), goal=by))
    else:
        said.append(message("structure_hinders", share=_share(-target.by_structure), goal=by))
    return said


def _sums(accounts: Accounts, j: int) -> list[Message]:
    """Whether the accounts sum to the territory's, and what final users emit themselves."""
    stressors = accounts.own
    whole = float(accounts.stressors.territory[j])
    direct = float(accounts.stressors.all_direct[j])
    gaps = [
        abs(float(side[:, j].sum()) + direct - whole) / whole
        for side in (stressors.production, stressors.consumption, stressors.income)
    ]
    said = [message("sums_hold" if max(gaps) <= TOLERANCE else "sums_off", gap=Figure(max(gaps)))]
    if direct:
        said.append(
            message("direct", share=_share(direct / whole), amount=_amount(accounts, j, direct))
        )
    unplaced = stressors.unplaced[:, j]
    if unplaced.any():
        sectors = [accounts.economy.used.sectors[i] for i in np.flatnonzero(unplaced).tolist()]
        said.append(message("unplaced", count=Count(len(sectors)), sectors=names(sectors)))
    return said


def _provinces(frame: pl.DataFrame) -> Message:
    """Which province emits most, and which most of all for exports."""
    made = pl.col("for_home") + pl.col("for_exports")
    # a province of final users alone makes nothing for anybody
    part = pl.when(made != 0).then(pl.col("for_exports") / made).otherwise(0.0)
    frame = best_first(frame.with_columns(part=part), "production")
    first = frame.row(0, named=True)
    abroad = best_first(frame, "part").row(0, named=True)
    return message(
        "provinces",
        count=Count(frame.height),
        province=Name(first["province"]),
        share=_share(first["production"] / float(frame["production"].sum())),
        abroad=_share(first["part"]),
        most=Name(abroad["province"]),
        most_share=_share(abroad["part"]),
    )


def _lacking(accounts: Accounts, j: int) -> list[Message]:
    """Sectors that make something and that the stressors do not mention."""
    name = accounts.stressors.names[j]
    there = set(accounts.stressors.cells.filter(stressor=name)["at"].drop_nulls())
    used = accounts.economy.used
    lacking = [
        sector for i, sector in enumerate(used.sectors) if i not in there and used.output[i] != 0
    ]
    if not lacking:
        return []
    return [
        message("lacking", count=Count(len(lacking)), stressor=Name(name), sectors=names(lacking))
    ]


def link_drawing(links: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Emitters on the left, final goods on the right, what flows between, for a drawing: node, x,
    y, size, side; and one, other, weight."""
    parts = []
    for side, x, mark in (("emitter", 0.0, ""), ("final_good", 1.0, "→ ")):
        sizes = links.group_by(side).agg(size=pl.col("value").sum())
        sizes = sizes.sort(pl.col("size").round(9), side, descending=[True, False])
        rows = pl.int_range(sizes.height, eager=True).cast(pl.Float64)
        step = max(sizes.height - 1, 1)
        parts.append(
            sizes.select(
                node=mark + pl.col(side),
                x=pl.lit(x),
                y=1 - pl.Series(rows) / step,
                size=pl.col("size"),
                side=pl.lit(side),
            )
        )
    ties = links.select(
        one=pl.col("emitter"), other="→ " + pl.col("final_good"), weight=pl.col("value")
    )
    return pl.concat(parts), ties
