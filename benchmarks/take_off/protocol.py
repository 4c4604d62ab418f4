"""The frozen protocol of the record of take-off: read, hashed, and held against the constants of
the code."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
from benchmarks.refused import RefusedError

from firstlight.instruments.emergence.forecast import distribution, outlook, rules, set_back, trend
from firstlight.instruments.emergence.record import groups, scores, take_off, universe
from firstlight.instruments.emergence.technologies import (
    membership,
    quarterly_counts,
    yearly_counts,
)
from firstlight.run import counts_in

HERE = Path(__file__).resolve().parent
PROTOCOL = HERE / "protocol.toml"
VERSIONS = HERE / "protocol_versions.csv"
DEVELOPMENT, TEST = "development", "test"


@dataclass(frozen=True)
class Plan:
    """What is read and scored of one corpus.

    kind     : documents or counts
    use      : development or test
    surveyed : forecast years from which technologies are read, first and last
    scored   : forecast years that are scored, as far as their outcome is known
    left_out : years held in part, which are neither forecast year nor outcome year
    """

    name: str
    kind: str
    use: str
    file: str
    surveyed: tuple[int, int]
    scored: tuple[int, int]
    left_out: tuple[int, ...] = ()

    def scored_years(self, horizon: int, known_until: int) -> list[int]:
        """The forecast years that are scored at a horizon."""
        first, last = self.scored[0], min(self.scored[1], known_until - horizon)
        asked = range(first, last + 1)
        return [year for year in asked if not {year, year + horizon} & set(self.left_out)]


@dataclass(frozen=True)
class Protocol:
    """The protocol, with the SHA-256 of its file."""

    sha256: str
    code: Mapping[str, Any]
    aims: Mapping[str, Any]
    plans: Mapping[str, Plan]


def read_protocol(path: Path = PROTOCOL) -> Protocol:
    """The protocol of a file."""
    data = path.read_bytes()
    given = tomllib.loads(data.decode())
    plans = {each["name"]: _plan(each) for each in given["corpus"]}
    return Protocol(hashlib.sha256(data).hexdigest(), given["code"], given["aims"], plans)


def _plan(given: Mapping[str, Any]) -> Plan:
    scored = tuple(given["scored"])
    return Plan(
        given["name"],
        given["kind"],
        given["use"],
        given["file"],
        tuple(given.get("surveyed", scored)),
        scored,
        tuple(given.get("left_out", ())),
    )


def versions(path: Path = VERSIONS) -> pl.DataFrame:
    """Every protocol there has been, the present one last: version, date, sha256, reason."""
    return pl.read_csv(path, schema_overrides={"version": pl.Int64})


def check(protocol: Protocol, path: Path = VERSIONS) -> None:
    """Raise RefusedError where the protocol is not the last version, or the code has other
    constants."""
    last = versions(path)["sha256"][-1]
    if protocol.sha256 != last:
        raise RefusedError(
            f"the protocol {protocol.sha256[:12]} is not the last version, {last[:12]}",
            where="protocol.toml",
            try_next="undo the change, or add the new hash and its reason to protocol_versions.csv",
        )
    others = list(differences(protocol.code, constants()))
    if others:
        raise RefusedError(
            "the code has other constants: " + "; ".join(others),
            where="protocol.toml, [code]",
            try_next="undo the change of the code, or write a new version of the protocol",
        )


def differences(
    frozen: Mapping[str, Any], now: Mapping[str, Any], above: str = ""
) -> Iterator[str]:
    """What differs between two tables of constants, as "name: frozen, now"."""
    for name in sorted({*frozen, *now}):
        one, other = frozen.get(name), now.get(name)
        if isinstance(one, Mapping) and isinstance(other, Mapping):
            yield from differences(one, other, f"{above}{name}.")
        elif one != other:
            yield f"{above}{name}: {one}, now {other}"


def constants() -> dict[str, Any]:
    """The constants of the code, in the shape of the protocol's table [code]."""
    targets = {
        str(horizon): {"factor": target.factor, "gain": target.gain, "z": target.z}
        for horizon, target in take_off.TARGETS.items()
    }
    return {
        "target": targets,
        "scored": {
            "fewest_documents": take_off.FEWEST_DOCUMENTS,
            "fewest_documents_titles": take_off.FEWEST_TITLES,
            "least_share": take_off.LEAST_SHARE,
            "fewest_watched": take_off.FEWEST_WATCHED,
            "fewest_in_stratum": yearly_counts.FEWEST_IN_STRATUM,
        },
        "groups": {"least_overlap": groups.LEAST_OVERLAP},
        "lists": {
            "precision": list(scores.LISTS),
            "recall": scores.RECALLED,
            "most_of_scored_counts": counts_in.MOST_OF_SCORED,
        },
        "universe": {
            "large": universe.LARGE,
            "small": universe.SMALL,
            "years_before": universe.YEARS_BEFORE,
            "controls": universe.CONTROLS,
            "matched_before": universe.MATCHED_BEFORE,
            "beyond_chance": take_off.THREE_YEARS.z,
            "first": universe.FIRST,
            "leads": [ahead for _, ahead in universe.LEADS],
        },
        "rules": {
            "names": [name for name, _ in rules.RULES],
            "to_beat": rules.RULE_TO_BEAT,
            "gain": rules.GAIN,
            "years_before": rules.YEARS_BEFORE,
            "prior_of_a_year": rules.PRIOR_OF_A_YEAR,
            "prior": rules.PRIOR,
        },
        "choice": {
            "among": list(outlook.CANDIDATES),
            "prior_years": outlook.PRIOR_YEARS,
            "whole_year": outlook.WHOLE_YEAR,
            "lowest_prior": outlook.LOWEST_PRIOR,
            "least_gain": outlook.LEAST_GAIN,
            "added": outlook.SMALL,
        },
        "trend": _of_trend(),
        "chances": {
            "fewest": distribution.FEWEST_FORECASTS,
            "memory": distribution.MEMORY,
            "own_weight": distribution.OWN_WEIGHT,
            "other_records": distribution.OTHER_RECORDS,
            "other_kind": distribution.OTHER_KIND,
            "own_half_life": distribution.OWN_HALF_LIFE,
            "own_years": distribution.OWN_YEARS,
            "near_years": distribution.NEAR_YEARS,
            "own_forecasts": distribution.OWN_FORECASTS,
            "bends": list(distribution.BENDS),
            "kept_of_size": distribution.KEPT_OF_SIZE,
            "unsure_pace": distribution.UNSURE_PACE,
            "calm": distribution.CALM,
            "moving": distribution.MOVING,
            "level": distribution.LEVEL,
            "effective": distribution.EFFECTIVE,
            "quantiles": list(distribution.QUANTILES),
        },
        "intervals": {
            "level": scores.LEVEL,
            "resamples": scores.RESAMPLES,
            "fewest_for_slope": scores.FEWEST_FOR_SLOPE,
        },
    }


def _of_trend() -> dict[str, Any]:
    return {
        "memory": trend.MEMORY,
        "level_noise": trend.LEVEL_NOISE,
        "slope_noise": trend.SLOPE_NOISE,
        "level_noises_counts": list(trend.LEVEL_NOISES),
        "slope_noises_counts": list(trend.SLOPE_NOISES),
        "tails_counts": trend.TAILS,
        "damping": trend.DAMPING,
        "damping_five_years": trend.DAMPING_FIVE_YEARS,
        "newcomers": trend.NEWCOMERS,
        "neighbours": trend.NEIGHBOURS,
        "nearest": membership.NEAREST,
        "quarters": [quarterly_counts.YEARS, quarterly_counts.QUARTERS],
        "least_of_quarter": quarterly_counts.LEAST_PART,
        "clump_years": trend.CLUMP_YEARS,
        "most_clumped": trend.MOST_CLUMPED,
        "fall": set_back.FALL,
    }
