"""Fits the probability of a need: python -m benchmarks.take_off_chains.calibrate CHIPS TABLE FOLDER

CHIPS  : the folder of the advanced-chip chain (Emerging Technology Observatory, CC BY-NC)
TABLE  : China's input-output table of 2020 with 42 sectors
FOLDER : where the observations are kept

Prints the likeliest constants of `technology_needs` on the pairs of part fit, and writes to
`labelled.csv` what is stated for each pair: of part fit by the other nineteen of twenty parts, each
with technologies of its own, and of part read by the constants that ship. The power of the need for
goods was chosen from 0, 1/4, 1/2 and 1, by the likelihood of parts left out. `OF_LAST` is 0.251 in
the place of 0.257: an input that the list spells in two ways was taken for a last one when the
constants were fixed, and what was read afterwards holds for these.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import polars as pl
from benchmarks.take_off_chains.pairs import (
    GOODS,
    bought_at_all,
    cells,
    coded_sectors,
    codes,
    shared_words,
    technologies,
)
from benchmarks.take_off_chains.record import LABELLED
from numpy.typing import NDArray
from scipy.optimize import minimize

from firstlight.joins.table_requirements import requirements_of
from firstlight.joins.take_offs_by_chain.technology_needs import (
    DULLED,
    OF_EARLIER,
    OF_LAST,
    PER_INPUT,
    SURER,
    inputs_of_sectors,
    names_alike,
)

Floats = NDArray[np.float64]
SHIPPED = np.array([PER_INPUT, SURER, OF_LAST, OF_EARLIER])
PARTS, SEED, RANKS, LEAST_NEED = 20, 0, 190, 0.02
LEAST, LOOSE = 1e-3, 0.7  # of a probability; of the power's logarithm, a deviation
GRID = np.linspace(0.001, 0.999, 999)


@dataclass(frozen=True)
class Pairs:
    """What is known of labelled pairs.

    own     : (pairs,), the probability that the technology is of the sector
    bought  : (pairs, sectors * sectors), that it is of another (user, supplier)
    before  : (pairs,), what was stated before
    is_last : (pairs,), whether an input goes into nothing else of its chain
    alike   : (pairs,), the probability that one name stands for the other
    """

    own: Floats
    bought: Floats
    before: Floats
    is_input: NDArray[np.bool_]
    is_last: NDArray[np.bool_]
    alike: Floats
    is_needed: Floats

    def at(self, chosen: NDArray[np.bool_]) -> Pairs:
        """Some of the pairs."""
        return Pairs(*(getattr(self, field.name)[chosen] for field in fields(self)))


def goods(pairs: Pairs, direct: Floats, per_input: float, surer: float) -> Floats:
    """(pairs,), the probability that the goods of the sectors are needed."""
    held = np.where(direct >= LEAST_NEED, 1 - np.exp(-per_input * direct), 0.0)
    return np.asarray(1 - (1 - np.clip(pairs.own + pairs.bought @ held.T.ravel(), 0, 1)) ** surer)


def stated(pairs: Pairs, direct: Floats, constants: Floats) -> Floats:
    """(pairs,), the probability of the need."""
    needed = goods(pairs, direct, *constants[:2])
    of_input = needed**DULLED * np.where(pairs.is_last, constants[2], constants[3])
    return np.asarray(1 - (1 - np.where(pairs.is_input, of_input, needed)) * (1 - pairs.alike))


def fitted(pairs: Pairs, direct: Floats) -> Floats:
    """The constants: two on pairs with sectors, then two on pairs with inputs."""
    sectors = pairs.at(~pairs.is_input)

    def lack(logs: Floats) -> float:
        found = goods(sectors, direct, *np.exp(logs))
        return -_likelihood(found, sectors.is_needed) + 0.5 * (logs[1] / LOOSE) ** 2

    of_sectors = np.exp(minimize(lack, [0.5, 1.0], method="L-BFGS-B").x)
    shares = []
    for is_last in (True, False):
        own = pairs.at(pairs.is_input & (pairs.is_last == is_last))
        base = goods(own, direct, *of_sectors) ** DULLED
        found = [_likelihood(share * base, own.is_needed) for share in GRID]
        even = 0.5 * np.log(GRID * (1 - GRID))  # half a pair of either kind
        shares.append(GRID[int((np.array(found) + even).argmax())])
    return np.array([*of_sectors, *shares])


def _likelihood(found: Floats, is_needed: Floats) -> float:
    near = np.clip(found, LEAST, 1 - LEAST)
    return float((is_needed * np.log(near) + (1 - is_needed) * np.log(1 - near)).sum())


def left_out(pairs: Pairs, groups: list[str], fit: Callable[[Pairs], Floats]) -> list[Floats]:
    """The constants of each pair, by those of other technologies."""
    names = np.unique(groups)
    order = np.random.default_rng(SEED).permutation(names)
    part = {name: at % PARTS for at, name in enumerate(order.tolist())}
    of_pairs = np.array([part[name] for name in groups])
    found = [fit(pairs.at(of_pairs != each)) for each in range(PARTS)]
    return [found[at] for at in of_pairs.tolist()]


def read(chips: Path, file: Path, folder: Path) -> tuple[pl.DataFrame, Pairs, Floats]:
    """The labelled pairs, what is known of each, and direct inputs of the table."""
    ids = pl.read_csv(chips / "inputs.csv", encoding="utf8").select("input_id", name="input_name")
    labelled = pl.read_csv(LABELLED).join(ids, on="input_id", how="left", maintain_order="left")
    needed = labelled.select(pl.coalesce("needed", "name")).to_series().to_list()
    sequence = pl.read_csv(chips / "sequence.csv", encoding="utf8")
    earlier = {*sequence["input_id"], *pl.read_csv(GOODS)["input"]}
    named = technologies(folder, 0, RANKS)[1]
    table, titles = cells(file)
    coded = coded_sectors(table)
    own_names = labelled["technology"].unique().sort().to_list()
    is_input = (labelled["kind"] == "input").to_numpy()
    inputs = sorted({name for name, of in zip(needed, is_input, strict=True) if of})
    q = inputs_of_sectors(codes(own_names, named), coded, own_names, table.sectors)
    r = inputs_of_sectors(codes(inputs, {}), coded, inputs, table.sectors)
    alike = names_alike(own_names, named, inputs)
    size = len(titles)
    of_needed = {("input", name): r[at] for at, name in enumerate(inputs)}
    of_needed |= {("sector", name): np.eye(size)[at] for at, name in enumerate(titles)}
    kinds = labelled["kind"].to_list()
    rows = [own_names.index(name) for name in labelled["technology"]]
    users = q[rows]
    suppliers = np.array([of_needed[key] for key in zip(kinds, needed, strict=True)])
    direct = requirements_of(table).direct_all
    outer = users[:, :, None] * suppliers[:, None, :] * (1 - np.eye(size))
    same = np.zeros(len(rows))
    for at in np.flatnonzero(is_input):
        same[at] = alike[rows[at], inputs.index(needed[at])]
    before = np.clip((bought_at_all(users, direct) * suppliers).sum(axis=1), 0, 1)
    pairs = Pairs(
        own=(users * suppliers).sum(axis=1),
        bought=outer.reshape(len(rows), -1),
        before=1 - (1 - before) * (1 - same),
        is_input=is_input,
        is_last=~labelled.select(pl.coalesce("input_id", "needed").is_in(earlier))
        .to_series()
        .to_numpy(),
        alike=same,
        is_needed=labelled["first"].to_numpy().astype(float),
    )
    words = [
        shared_words(name, named.get(name, []), other)
        for name, other in zip(labelled["technology"], needed, strict=True)
    ]
    told = labelled.drop("name").with_columns(shares_word=pl.Series(words).cast(pl.Int64))
    return told, pairs, direct


def main(chips: Path, file: Path, folder: Path) -> None:
    """Print the constants, and write what is stated for each pair."""
    labelled, pairs, direct = read(chips, file, folder)
    is_fit = (labelled["part"] == "fit").to_numpy()
    own = pairs.at(is_fit)
    names = labelled.filter(part="fit")["technology"].to_list()
    sys.stdout.write(f"{fitted(own, direct).round(3).tolist()}, shipped {SHIPPED.tolist()}\n")
    found = stated(pairs, direct, SHIPPED)
    constants = left_out(own, names, lambda some: fitted(some, direct))
    singles = [own.at(np.arange(len(names)) == at) for at in range(len(names))]
    of_fit = [stated(one, direct, each) for one, each in zip(singles, constants, strict=True)]
    found[is_fit] = np.concatenate(of_fit)
    labelled.drop("before", "probability", strict=False).with_columns(
        before=pl.Series(pairs.before.round(4)), probability=pl.Series(found.round(4))
    ).write_csv(LABELLED)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
