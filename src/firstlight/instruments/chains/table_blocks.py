"""Which block of an input-output table each row and column belongs to, by its name or as told; and
which are sums of others, by their names or their numbers."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from firstlight.errors import InputError
from firstlight.texts import Name, message, names

FOLDER = Path(__file__).parent
Floats = NDArray[np.float64]
# block -> the block that it is a part of, "" for none
BLOCKS: dict[str, str] = {
    "rural_households": "households",
    "urban_households": "households",
    "households": "consumption",
    "nonprofit": "consumption",
    "government": "consumption",
    "consumption": "final_uses",
    "fixed_investment": "investment",
    "inventories": "investment",
    "investment": "final_uses",
    "exports": "final_uses",
    "outflows": "final_uses",
    "other_uses": "final_uses",
    "final_uses": "",
    "imports": "",
    "inflows": "",
    "discrepancy": "",
    "output": "",
    "wages": "value_added",
    "production_taxes": "value_added",
    "depreciation": "value_added",
    "surplus": "value_added",
    "other_value_added": "value_added",
    "value_added": "",
    "product_taxes": "",
    "employment_part": "employment",
    "employment": "",
    "intermediate_uses": "",
    "intermediate_inputs": "",
    "total_uses": "",
    "subtotal": "",
}
ROUNDED = 1e-3  # of the largest number, by which a sum may differ from its rounded parts
SUMS = frozenset(("intermediate_uses", "intermediate_inputs", "total_uses", "subtotal"))
ROUNDS = 3  # a total of totals comes out once those within it are known
TINY = 1e-9  # of a total, by which its parts may miss it: so near, it is no coincidence
ROUNDING = 1e-6  # of a sum over a whole group, in units of TINY


def with_parts(block: str) -> tuple[str, ...]:
    """A block after the blocks that are parts of it, directly or through others.

    >>> with_parts("households")
    ('rural_households', 'urban_households', 'households')
    """
    parts = [own for part, whole in BLOCKS.items() if whole == block for own in with_parts(part)]
    return (*parts, block)


def plain_label(label: str) -> str:
    """A label without case, signs and spaces that change nothing.

    >>> plain_label("Final_consumption, households"), plain_label("总 产出（万元）")
    ('final consumption households', '总产出')
    """
    text = label.casefold().replace("（", "(").split("(")[0]  # units stand in brackets
    signs = {ord(letter): " " for letter in text if not letter.isalnum()}
    words = text.translate(signs).split()
    # Chinese is written without spaces, and those within it are of its layout
    is_spaced = any(letter.isascii() for letter in text if letter.isalpha())
    return (" " if is_spaced else "").join(words)


@cache
def _known() -> Mapping[str, str]:
    with (FOLDER / "table_blocks.csv").open(encoding="utf-8", newline="") as file:
        return {row["label"]: row["block"] for row in csv.DictReader(file)}


def blocks_of(
    labels: Iterable[str], other: str, stated: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Label -> block, of rows or columns that are no sectors: as told, as names tell, or else the
    other one.

    Raises InputError for a block that there is not.

    >>> blocks_of(["FU101", "出口", "tourists"], "other_uses")
    {'FU101': 'rural_households', '出口': 'exports', 'tourists': 'other_uses'}
    """
    given = {plain_label(label): block for label, block in (stated or {}).items()}
    for label, block in (stated or {}).items():
        if block not in BLOCKS:
            known = names(BLOCKS, most=len(BLOCKS))
            wrong = message("no_block", block=Name(block), label=Name(label), known=known)
            raise InputError(wrong, FOLDER)
    known_blocks = {**_known(), **given}
    return {label: known_blocks.get(plain_label(label), other) for label in labels}


def without_sums(by_label: Mapping[str, Floats]) -> dict[str, Floats]:
    """Block -> its number for each sector, without blocks that are sums of others which are there.

    >>> rural, urban, all = np.array([1.0, 2]), np.array([3.0, 4]), np.array([4.0, 6])
    >>> sorted(without_sums({"households": all, "rural_households": rural,
    ...     "urban_households": urban}))
    ['rural_households', 'urban_households']
    """
    kept = dict[str, Floats]()

    def total(block: str) -> Floats | None:
        below = (total(part) for part, whole in BLOCKS.items() if whole == block)
        parts = [part for part in below if part is not None]
        vectors = by_label.get(block)
        if not parts:
            if vectors is not None:
                kept[block] = vectors
            return vectors
        added: Floats = np.sum(parts, axis=0)
        if vectors is None or np.abs(vectors - added).max() <= ROUNDED * np.abs(vectors).max():
            return added
        kept[block] = vectors
        return np.asarray(added + vectors)

    for block in BLOCKS:
        if not BLOCKS[block] and block not in SUMS:
            total(block)
    return dict(sorted(kept.items()))


def hidden_totals(
    sectors: Sequence[str],
    flows: Floats,
    uses: Mapping[str, Floats],
    inputs: Mapping[str, Floats],
) -> list[str]:
    """Names of sectors, uses and inputs that add up others, and would count twice.

    A total is the sum of all sectors, of all uses, or of both, itself left out. A sector is one
    where its row and its column are.

    flows        : (n, n), what the row delivers to the column
    uses, inputs : name -> (n,), other users and other suppliers

    Returns sorted names.
    """
    of_users = _totals([*sectors, *uses], [*flows.T, *uses.values()], len(sectors))
    of_suppliers = _totals([*sectors, *inputs], [*flows, *inputs.values()], len(sectors))
    are_sectors = set(sectors)
    others = (of_users | of_suppliers) - are_sectors
    return sorted(others | (of_users & of_suppliers & are_sectors))


def _totals(labels: Sequence[str], vectors: Sequence[Floats], sectors_count: int) -> set[str]:
    """Labels of vectors that are the sum of others which are no totals themselves."""
    is_total = np.zeros(len(labels), dtype=bool)
    is_sector = np.arange(len(labels)) < sectors_count
    sums = np.array([own.sum() for own in vectors])
    sizes = np.array([np.abs(own).sum() for own in vectors])
    for _ in range(ROUNDS):
        totals = list[int]()
        for group in (is_sector, ~is_sector, np.ones_like(is_sector)):
            among = group & ~is_total
            # what the sums rule out need not be added up cell by cell
            rest = sums[among].sum() - np.where(among, sums, 0.0)
            is_near = np.abs(rest - sums) <= TINY * (sizes + ROUNDING * sizes[among].sum())
            may_be = ~is_total & (sizes > 0) & is_near & (among.sum() - among > 1)
            totals += [k for k in np.flatnonzero(may_be).tolist() if _adds_up(vectors, among, k)]
        if not totals:
            break
        is_total[totals] = True
    return {label for label, own in zip(labels, is_total, strict=True) if own}


def _adds_up(vectors: Sequence[Floats], among: NDArray[np.bool_], k: int) -> bool:
    """Whether a vector is the sum of the others of a group."""
    whole = vectors[k]
    rest = np.sum([vectors[i] for i in np.flatnonzero(among).tolist() if i != k], axis=0)
    return bool(np.abs(rest - whole).sum() <= TINY * np.abs(whole).sum())
