"""The complexity index of world trade by three public libraries: run by a Python that has what
peers.txt asks for.

.peers/complexity/bin/python -m benchmarks.complexity.three_libraries TRADE.csv > figures.json
"""

from __future__ import annotations

import importlib
import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any


def main() -> None:
    """Print version and indices of each library, by country and product."""
    import pandas as pd

    trade = pd.read_csv(Path(sys.argv[1]), dtype={"country": str, "product": str})
    whole = trade.pivot(index="country", columns="product", values="value").fillna(
        0
    )  # every pair, so that means are alike
    trade = whole.stack().rename("value").reset_index()
    found = {}
    for name, run in (
        ("ecomplexity", ecomplexity),
        ("econcomplex", econcomplex),
        ("economic-complexity", economic_complexity),
    ):
        found[name] = {"version": version(name), **run(trade)}
    print(json.dumps(found))


def ecomplexity(trade: Any) -> dict[str, Any]:
    """ECI, PCI, density, outlook index and gain."""
    module = importlib.import_module("ecomplexity.ecomplexity")
    names = {"time": "year", "loc": "country", "prod": "product", "val": "value"}
    table = module.ecomplexity(
        trade.assign(year=0), names, check_logsupermodularity=False, verbose=False
    )
    return {
        "eci": table.groupby("country")["eci"].first().to_dict(),
        "pci": table.groupby("product")["pci"].first().to_dict(),
        "coi": table.groupby("country")["coi"].first().to_dict(),
        "density": table.groupby("country")["density"].mean().to_dict(),
        "gain": table.groupby("country")["cog"].mean().to_dict(),
    }


def econcomplex(trade: Any) -> dict[str, Any]:
    """The same; density in percent."""
    module = importlib.import_module("econcomplex.pipeline")
    names = {"loc": "country", "act": "product", "val": "value"}
    table = module.compute_complexity(trade, names)
    fit = module.compute_complexity(trade, names, method="fitness", compute_coi_cog=False)
    return {
        "eci": table.groupby("country")["eci"].first().to_dict(),
        "pci": table.groupby("product")["pci"].first().to_dict(),
        "coi": table.groupby("country")["coi"].first().to_dict(),
        "density": (table.groupby("country")["density"].mean() / 100).to_dict(),
        "gain": table.groupby("country")["cog"].mean().to_dict(),
        "fitness": fit.groupby("country")["eci"].first().to_dict(),
    }


def economic_complexity(trade: Any) -> dict[str, Any]:
    """ECI and PCI by reflections; its proximity doesn't run with pandas 3."""
    complexity = importlib.import_module("economic_complexity.complexity")
    ratios = importlib.import_module("economic_complexity.rca")
    rca = ratios.rca(trade.pivot(index="country", columns="product", values="value").fillna(0))
    eci, pci = complexity.complexity(rca)
    return {"eci": eci.to_dict(), "pci": pci.to_dict()}


if __name__ == "__main__":
    main()
