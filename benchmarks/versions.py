"""Whether the lowest and the highest versions of the packages that the project allows give the same
figures and the same map.

python -m benchmarks.versions [--folder FOLDER]   or: make versions

Two virtual environments are made in FOLDER, one with the lower bounds of pyproject.toml, one with
the newest releases. In each the same measurements of the invented samples, an observation of
invented papers and one of counts are run; then every table is compared, cell by cell, to 1e-9, the
coordinates of the maps among them. Exit status 1 where anything differs.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import re
import subprocess
import sys
import tomllib
import venv
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
from benchmarks.refused import RefusedError

ROOT = Path(__file__).resolve().parents[1]
KINDS = ("lowest", "highest")
TOLERANCE = 1e-9  # relative, and absolute of what is below 1
SHOWN = 40  # differences that are printed
VERSIONS = "versions.json"
MEASURED = (
    "accounting",
    "capital",
    "clusters",
    "collaboration",
    "complexity",
    "concentration",
    "coupling",
    "drivers",
    "duplication",
    "efficiency",
    "frontier",
    "growth",
    "learning",
    "market",
    "productivity_change",
    "substitution",
    "talent",
)
REQUIREMENT = re.compile(r"(?P<package>[\w.-]+)>=(?P<lowest>[\d.]+)")
LONG = 3600  # seconds that one environment may take


def lower_bounds() -> list[str]:
    """The lowest version of each package of the core, as a constraint.

    >>> all(re.fullmatch(r"[a-z-]+==[0-9.]+", each) for each in lower_bounds())
    True
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found = map(REQUIREMENT.match, project["dependencies"])
    return [f"{each['package']}=={each['lowest']}" for each in found if each is not None]


def environment(folder: Path, kind: str) -> Path:
    """The Python of an environment with the project's packages in their lowest or highest versions;
    one that is there is brought up to date.

    Raises RefusedError where the packages can't be installed.
    """
    place = folder / kind
    python = place / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not python.is_file():
        venv.create(place, with_pip=True)
    install = [python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    wanted = ["--upgrade", "--upgrade-strategy", "eager", str(ROOT)]
    if kind == "lowest":
        bounds = folder / "lowest.txt"
        bounds.write_text("\n".join(lower_bounds()) + "\n", encoding="utf-8")
        wanted = ["--constraint", str(bounds), str(ROOT)]
    done = subprocess.run([*install, *wanted], env=_clean(), check=False)
    if done.returncode:
        raise RefusedError(
            f"the {kind} versions can't be installed together",
            where=str(ROOT / "pyproject.toml"),
            try_next="raise the lower bound that pip names above, or check the package index",
        )
    return python


def _clean() -> dict[str, str]:
    """The environment of this process without what would bend another Python."""
    bending = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PIP_TARGET", "PIP_USER")
    return {name: value for name, value in os.environ.items() if name not in bending}


def compute(python: Path, out: Path) -> None:
    """Run the fixed set in an environment, with the program as it stands in this folder."""
    around = {**_clean(), "PYTHONPATH": os.pathsep.join(map(str, (ROOT / "src", ROOT)))}
    words = [python, "-m", "benchmarks.versions", "--measure", out]
    done = subprocess.run(words, cwd=ROOT, env=around, timeout=LONG, check=False)
    if done.returncode:
        raise RefusedError(
            "the fixed set did not run to its end",
            where=str(python),
            try_next="mend the cause that stands above, or raise a lower bound in pyproject.toml",
        )


def measure_all(out: Path) -> None:
    """Write every table of the fixed set, and the versions that computed them."""
    import firstlight as fl

    packages = [each.partition("==")[0] for each in lower_bounds()]
    out.mkdir(parents=True, exist_ok=True)
    versions = {name: metadata.version(name) for name in packages}
    (out / VERSIONS).write_text(json.dumps(versions), encoding="utf-8")
    with TemporaryDirectory() as kept:
        for name in MEASURED:
            print(f"  {name}", file=sys.stderr, flush=True)
            _write(out / name, fl.measure(name, project=Path(kept) / name).tables)
        for name, given in (("papers", _papers()), ("counts", _counts())):
            print(f"  {name}", file=sys.stderr, flush=True)
            _write(out / name, fl.observe(given, project=Path(kept) / name).tables)


def _papers() -> pl.DataFrame:
    """Invented papers in which a few technologies take off, as the tests have them."""
    place = ROOT / "tests" / "take_off_corpus.py"
    spec = importlib.util.spec_from_file_location("take_off_corpus", place)
    assert spec is not None and spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = made
    spec.loader.exec_module(made)
    frame: pl.DataFrame = made.flat(made.corpus(years=(2010, 2019), per_year=400, technologies=12))
    return frame


def _counts() -> pl.DataFrame:
    """Invented counts of twelve entities over twenty years."""
    rows = []
    for place in range(12):
        for year in range(2000, 2020):
            late = 9 * max(0, year - 2010 - place % 5) if place % 3 == 0 else 0
            count = 30 + 5 * place + (year * (place + 3)) % 11 + late
            rows.append((f"entity {place}", year, count))
    return pl.DataFrame(rows, schema=["technology", "year", "count"], orient="row")


def _write(folder: Path, tables: dict[str, pl.DataFrame]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.write_parquet(folder / f"{name}.parquet")


def differences(one: Path, other: Path) -> Iterator[str]:
    """What differs between the tables of two folders, a line each."""
    names = sorted(
        {path.relative_to(place) for place in (one, other) for path in place.rglob("*.parquet")}
    )
    for name in names:
        if not ((one / name).is_file() and (other / name).is_file()):
            yield f"{name}: in one of the two alone"
            continue
        yield from _of_table(str(name), pl.read_parquet(one / name), pl.read_parquet(other / name))


def _of_table(name: str, one: pl.DataFrame, other: pl.DataFrame) -> Iterator[str]:
    if one.columns != other.columns or one.height != other.height:
        yield f"{name}: {one.shape} with {one.columns} against {other.shape} with {other.columns}"
        return
    for column in one.columns:
        left, right = one[column], other[column]
        if left.dtype.is_float() and right.dtype.is_float():
            size = pl.max_horizontal(pl.col("left").abs(), pl.col("right").abs(), 1.0)
            pair = pl.DataFrame({"left": left.cast(pl.Float64), "right": right.cast(pl.Float64)})
            gap = ((pl.col("left") - pl.col("right")).abs() / size).fill_nan(float("inf"))
            is_same = pl.col("left").eq_missing(pl.col("right")) | (gap <= TOLERANCE)
            apart = (
                pair.with_row_index("row").with_columns(gap=gap).filter(~is_same.fill_null(False))
            )
        else:
            pair = pl.DataFrame({"left": left, "right": right})
            apart = pair.with_row_index("row").with_columns(gap=pl.lit(None, pl.Float64))
            apart = apart.filter(pl.col("left").ne_missing(pl.col("right")))
        if apart.height:
            row, first, second = apart.select("row", "left", "right").row(0)
            most = apart["gap"].max()
            yield (
                f"{name}, {column}: {apart.height} of {one.height} cells"
                f"{'' if most is None else f', at most {most:.2g}'}"
                f" (row {row + 1}: {first!r} against {second!r})"
            )


def report(folder: Path) -> int:
    """Print the versions and what differs; the number of differences."""
    told = [json.loads((folder / f"{kind}-tables" / VERSIONS).read_text("utf-8")) for kind in KINDS]
    for name, lowest in told[0].items():
        print(f"{name:20} {lowest:>10} {told[1][name]:>10}")
    places = [folder / f"{kind}-tables" for kind in KINDS]
    found = list(differences(*places))
    for line in found[:SHOWN]:
        print(line)
    count = len(list(places[0].rglob("*.parquet")))
    print(f"{count} tables compared to {TOLERANCE:g}: {len(found)} differences")
    return len(found)


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare the lowest and the highest versions; 0 where every figure is the same."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument(
        "--folder", type=Path, help="for the environments (one that is thrown away)"
    )
    parser.add_argument("--measure", type=Path, metavar="OUT", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.measure is not None:
        measure_all(options.measure)
        return 0
    with TemporaryDirectory() as thrown_away:
        folder = (options.folder or Path(thrown_away)).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        for kind in KINDS:
            print(f"{kind} versions", file=sys.stderr, flush=True)
            compute(environment(folder, kind), folder / f"{kind}-tables")
        return 1 if report(folder) else 0


if __name__ == "__main__":
    sys.exit(main())
