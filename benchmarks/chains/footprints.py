"""Multipliers and footprints of a table of many countries beside pymrio: seconds and memory.

    python -m benchmarks.chains.footprints [--countries N] [--sectors K] [--stressors S] [--to FILE]

The made-up table is the same for both, and so are its footprints, by country and good, to 1e-9, or
nothing is printed. Each program is a process of its own, with the matrices in memory when its
seconds begin; the peak is that of the whole process. Seconds hang on what else the machine does;
processor seconds hardly do. pymrio is run by a Python of its own:

    python -m venv .peers/chains
    .peers/chains/bin/python -m pip install -r benchmarks/chains/peers.txt
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

# Nothing heavy is imported here: on Linux a process starts from its parent's peak.
HERE = Path(__file__).resolve()
FOLDER = Path(os.environ.get("FIRSTLIGHT_PEERS", HERE.parents[2] / ".peers"))
PYTHON_OF_PEERS = FOLDER / "chains" / "bin" / "python"
SAME = 1e-9
Row = dict[str, Any]


def made_up(countries: int, sectors: int, stressors: int) -> tuple[Any, Any, Any]:
    """Flows (n, n), final demand (n, countries), stressors (n, stressors), n = countries x sectors.

    A third of outputs goes to sectors; the same bytes for the same sizes.
    """
    import numpy as np

    rng = np.random.default_rng(1)
    n = countries * sectors
    flows = rng.random((n, n))
    final = rng.random((n, countries)) * (n / countries)
    return flows, final, rng.random((n, stressors))


def ours(countries: int, sectors: int, stressors: int) -> Row:
    """Multipliers, responsibility by production, consumption and income, footprints by country."""
    import numpy as np
    from benchmarks.spent import now, spent

    from firstlight.chains import responsibility

    flows, final, amounts = made_up(countries, sectors, stressors)
    started = now()
    own = responsibility(flows, flows.sum(axis=1) + final.sum(axis=1), amounts)
    by_origin = own.total.reshape(countries, sectors, stressors)
    bought = final.reshape(countries, sectors, countries)
    footprints = np.einsum("psk,psc->kcs", by_origin, bought, optimize=True)
    made = own.system.requirements(final)  # for what each country emits for each other
    traded = own.direct.T @ made
    told = spent(started)
    figures = [float(footprints[0].sum()), *footprints[0, 0, :5].tolist()]
    return {**told, "figures": figures, "traded": float(traded.sum())}


def pymrio(countries: int, sectors: int, stressors: int) -> Row:
    """The same as pymrio's calc_all does it."""
    import pandas as pd
    import pymrio as peer

    sys.path.insert(0, str(HERE.parents[2]))
    from benchmarks.spent import now, spent

    flows, final, amounts = made_up(countries, sectors, stressors)
    regions = [f"r{k:03}" for k in range(countries)]
    goods = [f"s{k:03}" for k in range(sectors)]
    rows = pd.MultiIndex.from_product([regions, goods], names=["region", "sector"])
    uses = pd.MultiIndex.from_product([regions, ["households"]], names=["region", "category"])
    kinds = pd.Index([f"f{k:02}" for k in range(stressors)], name="stressor")
    table = peer.IOSystem(
        Z=pd.DataFrame(flows, index=rows, columns=rows, copy=False),
        Y=pd.DataFrame(final, index=rows, columns=uses),
    )
    table.satellites = peer.Extension("satellites", F=pd.DataFrame(amounts.T, kinds, rows))
    del flows
    started = now()
    table.calc_all()
    told = spent(started)
    found = table.satellites.D_cba.loc["f00"]
    figures = [float(found.sum()), *found.iloc[:5].tolist()]
    return {**told, "figures": figures, "version": peer.__version__}


def page(sizes: tuple[int, int, int], python: str) -> Iterator[str]:
    """The table, as lines of Markdown."""
    load = os.getloadavg()[1] if hasattr(os, "getloadavg") else float("nan")
    mine, peer = _run(sys.executable, "ours", sizes), _run(python, "pymrio", sizes)
    for a, b in zip(mine["figures"], peer["figures"], strict=True):
        if not abs(a - b) <= SAME * abs(b):
            raise SystemExit(f"footprints differ: {a} and {b}")
    countries, sectors, stressors = sizes
    yield f"{countries * sectors:,} sectors ({countries} countries x {sectors}), {stressors} stressors."
    yield f"Python {platform.python_version()}, {os.cpu_count()} cores, a load of {load:.1f}.\n"
    yield "| program | seconds | processor seconds | peak GB |\n|---|---:|---:|---:|"
    for name, found in (("Firstlight", mine), (f"pymrio {peer['version']}", peer)):
        figures = f"{found['seconds']:.1f} | {found['processor']:.1f} | {found['peak']:.2f}"
        yield f"| {name} | {figures} |"
    ratios = [mine[key] / peer[key] for key in ("seconds", "processor", "peak")]
    yield f"| Firstlight over pymrio | {' | '.join(f'{ratio:.2f}' for ratio in ratios)} |"


def _run(python: str, task: str, sizes: tuple[int, int, int]) -> Row:
    command = [python, str(HERE), "--task", task, *map(str, sizes)]
    if task == "ours":
        command = [python, "-m", "benchmarks.chains.footprints", *command[2:]]
    found = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, check=True, cwd=HERE.parents[2]
    )
    told: Row = json.loads(found.stdout.splitlines()[-1])
    return told


def main(arguments: Sequence[str] | None = None) -> int:
    """Run both and print Markdown."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--countries", type=int, default=80, metavar="N")
    parser.add_argument("--sectors", type=int, default=100, metavar="K")
    parser.add_argument("--stressors", type=int, default=20, metavar="S")
    parser.add_argument("--python", default=str(PYTHON_OF_PEERS), help="that has pymrio")
    parser.add_argument("--to", type=Path, metavar="FILE", help="write the table here, too")
    parser.add_argument("--task", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.task:
        task = {"ours": ours, "pymrio": pymrio}[options.task[0]]
        print(json.dumps(task(*map(int, options.task[1:]))))
        return 0
    lines = list(page((options.countries, options.sectors, options.stressors), options.python))
    print("\n".join(lines))
    if options.to:
        options.to.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
