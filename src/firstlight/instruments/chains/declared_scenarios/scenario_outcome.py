"""What becomes of an economy in a scenario: its coefficients, demand, prices and output."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from firstlight.errors import InputError
from firstlight.instruments.chains.declared_scenarios.declared_changes import Change
from firstlight.instruments.chains.declared_scenarios.economy import Economy
from firstlight.instruments.chains.leontief import ProductionSystem
from firstlight.instruments.chains.scenario_sections import Sections
from firstlight.texts import Code, Name, Value

Floats = NDArray[np.float64]
TINY = 1e-12  # of a coefficient, left over by arithmetic


@dataclass(frozen=True)
class Outcome:
    """An economy in a scenario.

    Attributes
    ----------
    scenario
        Its name.
    output
        (n,), at the table's prices.
    price
        (n,), 1 where it is that of the table.
    value_added
        (n,), at the scenario's prices.
    imports
        At the scenario's prices.
    consumer_price
        Of the basket of consumers; None where the table has none.
    final_price
        Of what final users buy of home goods; None where they buy nothing.
    stressors
        Stressor -> (n,).
    is_given
        (n,), which prices were given.
    margin
        (n,), value added for a unit of output.
    """

    scenario: str
    output: Floats
    price: Floats
    value_added: Floats
    imports: float
    consumer_price: float | None
    final_price: float | None
    stressors: Mapping[str, Floats]
    is_given: NDArray[np.bool_]
    margin: Floats

    @property
    def deflator(self) -> float | None:
        """What turns value added into that at consumer prices, or else at those of final demand."""
        return self.final_price if self.consumer_price is None else self.consumer_price


@dataclass
class _Draft:
    """An economy while a scenario changes it; every change counts from the table as it stands."""

    base: Economy
    sections: Sections
    home: Floats = field(init=False)
    abroad: Floats = field(init=False)
    primary: Floats = field(init=False)
    value_added: Floats = field(init=False)
    intensities: dict[str, Floats] = field(init=False)
    given: Floats = field(init=False)
    import_price: Floats = field(init=False)

    def __post_init__(self) -> None:
        base = self.base
        count = len(self.base.sectors)
        self.home = base.home.copy()
        self.abroad = base.abroad.copy()
        self.primary = base.primary.copy()
        self.value_added = base.value_added.copy()
        self.intensities = dict(base.intensities)
        self.given = np.full(count, np.nan)
        self.import_price = np.full(count, np.nan)

    def apply(self, change: Change) -> None:
        """Make one change; raise InputError where it leads to what can't be."""
        self._check_imports(change)
        match change.kind:
            case "price":
                self._set_price(change)
            case "substitution":
                gone = self._lessen(change, change.number("share"))
                self._add(change, change.number("ratio") * gone, gone)
            case "demand":
                count = len(self.base.sectors)
                self._lessen(change, -change.number("growth"), [count, count + 1])
            case "upgrade":
                self._upgrade(change)
        self._check_amounts(change)

    def _upgrade(self, change: Change) -> None:
        users = np.array(change.columns)
        stressor = change.given.get("stressor")
        if stressor is not None:
            intensity = self.intensities[stressor].copy()
            intensity[users] += change.number("growth") * self.base.intensities[stressor][users]
            self.intensities[stressor] = intensity
        gone = np.zeros(len(users))
        if change.good is not None:
            gone = self._lessen(change, -change.number("growth"))
        self._add(change, np.full(len(users), change.number("added")), gone)

    def _lessen(self, change: Change, share: float, columns: Iterable[int] | None = None) -> Floats:
        """What users take less of a good, of its share and of what they take of it now."""
        users = np.array(change.columns if columns is None else list(columns))
        good = change.good
        # a cell below 0, such as stocks that run down, is nothing that could be bought less
        home = np.maximum(self.base.home[good, users], 0.0)
        abroad = np.maximum(self.base.abroad[good, users], 0.0)
        home = share * home
        abroad = share * abroad
        if change.origin == "imports":
            home = np.zeros_like(home)
        if change.origin == "domestic":
            abroad = np.zeros_like(abroad)
        if share and not (home.any() or abroad.any()):
            raise self._fault("nothing_there", "good", change)
        self.home[good, users] -= home
        self.abroad[good, users] -= abroad
        return np.asarray(home + abroad)

    def _add(self, change: Change, added: Floats, gone: Floats) -> None:
        """Users take so much of another good; value added takes the difference."""
        users = np.array(change.columns)
        if change.by is not None:
            at_home = self._share_at_home(change.by, change.by_origin, users)
            self.home[change.by, users] += at_home * added
            self.abroad[change.by, users] += (1 - at_home) * added
        is_sector = users < len(self.base.sectors)
        self.primary[users[is_sector]] += (gone - added)[is_sector]
        self.value_added[users[is_sector]] += (gone - added)[is_sector]

    def _share_at_home(self, good: int, origin: str, users: NDArray[np.int_]) -> Floats:
        """Which part of a good users take from home: as they do now, else as all of them do."""
        if origin != "all":
            return np.full(len(users), float(origin == "domestic"))
        home = np.maximum(self.base.home[good], 0.0)
        abroad = np.maximum(self.base.abroad[good], 0.0)
        both = home + abroad
        whole = home.sum() / both.sum() if both.sum() > 0 else 1.0
        share = np.divide(home, both, out=np.full_like(both, whole), where=both > 0)
        return np.asarray(share[users])

    def _set_price(self, change: Change) -> None:
        good = change.good
        factor = change.number("factor")
        prices = {"domestic": self.given, "imports": self.import_price}
        for origin, price in prices.items():
            if change.origin not in ("all", origin):
                continue
            if not np.isnan(price[good]):
                raise self._fault("price_twice", "good", change)
            price[good] = factor

    def _check_imports(self, change: Change) -> None:
        """Raise InputError where imports are meant that the table does not tell."""
        for key, good in (("origin", change.good), ("by_origin", change.by)):
            if change.given.get(key) != "imports":
                continue
            if not self.base.abroad.any():
                raise self._fault("no_imports", key, change)
            if key == "origin" and not self.base.abroad[good].any():
                raise self._fault("nothing_there", "good", change)

    def _check_amounts(self, change: Change) -> None:
        """Raise InputError where a coefficient, demand or an intensity falls below 0."""
        key = next(each for each in ("share", "growth", "added", "factor") if each in change.given)
        for amounts, base in ((self.home, self.base.home), (self.abroad, self.base.abroad)):
            below = np.argwhere((amounts < -TINY) & (amounts < base))
            if len(below):
                i, j = below[0].tolist()
                good = Name(self.base.sectors[i])
                raise self._fault("below_nothing", key, change, good=good, user=self._user(j))
        for stressor, intensity in self.intensities.items():
            less = np.flatnonzero((intensity < 0) & (intensity < self.base.intensities[stressor]))
            if len(less):
                about = {"user": self._user(int(less[0])), "stressor": Name(stressor)}
                raise self._fault("stressor_below_nothing", key, change, **about)

    def _user(self, column: int) -> Value[Any]:
        """The name of a user."""
        if column < len(self.base.sectors):
            return Name(self.base.sectors[column])
        return Code("users.final")

    def check_productive(self, change: Change) -> None:
        """Raise InputError where, after a change, not every final demand can be met any more."""
        key = next(each for each in ("added", "ratio", "growth", "share") if each in change.given)
        try:
            self.system()
        except InputError as error:
            if error.code != "not_productive":
                raise
            raise self._fault(
                "not_productive_then",
                key,
                change,
                sector=error.values["sector"],
                inputs=error.values["inputs"],
            ) from error

    def system(self) -> ProductionSystem:
        """I - A as it is now."""
        inputs = self.home[:, : len(self.base.sectors)]
        return ProductionSystem(inputs, self.base.sectors)

    def _fault(self, code: str, key: str, change: Change, **values: Value[Any]) -> InputError:
        values["scenario"] = Name(change.scenario)
        if change.good is not None:
            values.setdefault("good", Name(self.base.sectors[change.good]))
        return self.sections.fault(code, key, change.at, **values)


def outcome_of(
    base: Economy, scenario: str, changes: Iterable[Change], sections: Sections
) -> Outcome:
    """What an economy comes to in a scenario; without changes, as the table has it.

    Raises InputError for a change to what is not there, and one after which a coefficient is below
    0 or the economy can't meet every final demand, with line and key.
    """
    draft = _Draft(base, sections)
    for change in changes:
        draft.apply(change)
        if change.kind in ("substitution", "upgrade"):
            draft.check_productive(change)
    return _outcome(draft, scenario)


def _outcome(draft: _Draft, scenario: str) -> Outcome:
    count = len(draft.base.sectors)
    inputs = draft.home[:, :count]
    imported = draft.abroad[:, :count]
    final = draft.home[:, count]
    basket = draft.home[:, count + 1]
    final_abroad = draft.abroad[:, count]
    basket_abroad = draft.abroad[:, count + 1]
    output = draft.system().requirements(final)
    import_price = np.where(np.isnan(draft.import_price), 1.0, draft.import_price)
    primary = draft.primary + import_price @ imported
    price = cost_push_prices(inputs, primary, draft.given)
    is_given = ~np.isnan(draft.given)
    # what a given price brings beyond costs stays with its sector
    margin = draft.value_added + np.where(is_given, price - price @ inputs - primary, 0.0)
    bought = import_price @ imported + draft.base.other_imports
    return Outcome(
        scenario,
        output,
        price,
        margin * output,
        float(bought @ output + import_price @ final_abroad),
        _index(price @ basket + import_price @ basket_abroad, basket.sum() + basket_abroad.sum()),
        _index(price @ final, final.sum()),
        {name: intensity * output for name, intensity in draft.intensities.items()},
        is_given,
        margin,
    )


def _index(cost: Any, before: Any) -> float | None:
    return float(cost / before) if before > 0 else None


def cost_push_prices(
    coefficients: ArrayLike, primary: ArrayLike, given: ArrayLike | None = None
) -> Floats:
    """Prices that cover costs, in proportion to those of the table, some of them given.

    Where no price is given p' = p' A + w' (Leontief's price model). For given prices p_c all others
    are p_u' = (p_c' A_cu + w_u') (I - A_uu)^-1, and what the given ones bring beyond costs stays
    with their sectors.

    Parameters
    ----------
    coefficients
        (n, n), A, inputs of the row for a unit of output of the column, at the table's prices.
    primary
        (n,), w, what a unit of output pays beside: value added, and imports at their new prices.
    given
        (n,), prices that are given; nan where the price follows from costs.

    Returns
    -------
    (n,), 1 where a price is that of the table.

    Raises
    ------
    numpy.linalg.LinAlgError
        Where I - A_uu is singular.

    References
    ----------
    Leontief 1947, Econometrica 15(3), 181-210; Miller and Blair 2009, Input-Output Analysis, 2nd
    edition, section 2.6.

    Examples
    --------
    >>> a, w = [[0.15, 0.25], [0.20, 0.05]], [0.65, 0.70]
    >>> cost_push_prices(a, w).round(4).tolist()
    [1.0, 1.0]
    >>> cost_push_prices(a, w, [2.0, float("nan")]).round(4).tolist()
    [2.0, 1.2632]
    """
    a = np.asarray(coefficients, np.float64)
    costs = np.asarray(primary, np.float64)
    price = np.full(len(a), np.nan) if given is None else np.array(given, np.float64)
    is_open = np.isnan(price)
    u = np.flatnonzero(is_open)
    c = np.flatnonzero(~is_open)
    if len(u):
        pushed = costs[u] + price[c] @ a[np.ix_(c, u)]
        price[u] = np.linalg.solve((np.eye(len(u)) - a[np.ix_(u, u)]).T, pushed)
    return price
