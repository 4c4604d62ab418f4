"""The chain of advanced chips by country, as Markdown: weak links, concentration, what stops
without a country, what stocks buy, and how far that hangs on what the record doesn't tell.

    python -m benchmarks.chains.chips DATA [docs/replications/chips.md]

DATA is a folder with chips/inputs.csv, sequence.csv, providers.csv and provision.csv (Emerging
Technology Observatory). Names of firms are read, so that inputs with one provider are known, and
not written.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl
from benchmarks.productivity.page_tables import table

from firstlight.chains import weak_links

HEAD = "<!-- Written by benchmarks/chains/chips.py: change nothing here. -->"
STOCK = 3.0  # months
SHARES = (0.5, 0.75, 0.9, 1.0)
LONGEST = 20  # rows of the table of inputs
STANDINGS: Mapping[str, str] = {
    "one_provider": "one provider",
    "one_country": "one country, several providers or unnamed ones",
    "concentrated": "concentrated: an index of 2,500 or more",
    "unclear": "an index below or above 2,500, for all that is known",
    "spread": "spread",
    "replaceable": "replaceable: a design beside others",
    "unknown": "no provider listed: steps, and inputs whose types are listed instead",
}

LIMITS = """On which inputs the making of advanced logic chips hangs, which countries hold them, what stops without each, and what stocks buy. The record is the supply chain of
advanced chips by the Emerging Technology Observatory (CC BY-NC 4.0; figures here are computed): 79 inputs and steps, what goes into what, and the shares of countries and firms. Countries are the record's
codes (MAL is Malaysia); firms are not named here.

What the record doesn't say comes first.

- **Shares are of sales over the world, mostly of 2019, not of what one country's makers could buy elsewhere.** A share of 90% says who sold, not who could.
- **A tool is not used up.** Without new scanners, lines that have theirs go on until something breaks; for tools, "stops" here means that no new line can be built, and for materials
  that lines stand still. The record does not tell how long a tool lasts without its maker.
- **Nothing is said of stocks, capacity or time to build up another provider.** The months below are asked for, not observed.
- **Shares of {unknown} of {ranked} inputs are not known**, or not of all who provide them. Their concentration is between two ends. Tools within tools, and what goes into materials, are not in the record.
- **Each type of a tool is taken to do a job of its own**, and a finished chip to need one of four designs. Where two types could stand in for each other, less stops than is said."""


def chip_tables(folder: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What the makers of advanced chips need of one another, and who provides it.

    What is of a type goes into the type: each type does a job of its own. A finished chip needs one
    of the four designs.
    """
    inputs, sequence, providers, provision = (
        pl.read_csv(folder / f"{name}.csv")
        for name in ("inputs", "sequence", "providers", "provision")
    )
    called = dict(inputs.select("input_id", "input_name").iter_rows())
    to = pl.coalesce("goes_into_id", "is_type_of_id")
    rows = [
        (called[one], called[other], None)
        for one, other in sequence.select("input_id", to).iter_rows()
    ]
    finished = inputs.filter(pl.col("type") == "ultimate_output")["input_name"][0]
    designs = inputs.filter(pl.col("stage_id") == "S1")["input_name"]
    rows += [(design, finished, "design") for design in designs]
    share = pl.col("share_provided").str.strip_suffix("%").cast(pl.Float64) / 100
    is_country = pl.col("provider_type") == "country"
    name = pl.col("provider_name")
    held = (
        provision.unique(maintain_order=True)
        .drop("provider_name")
        .join(providers, on="provider_id", how="left", maintain_order="left")
        .filter(pl.col("provided_id").is_in(list(called)))
        .select(
            input=pl.col("provided_id").replace_strict(called),
            provider=pl.when(~is_country).then(name),
            country=pl.when(~is_country).then("country").when(name != "Various").then(name),
            share=share,
            minor=pl.col("negligible_market_share"),
        )
    )
    needs = {"input": pl.String, "product": pl.String, "alternative": pl.String}
    return pl.DataFrame(rows, needs, orient="row"), held


def main() -> None:
    """Compute every figure and write the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("page", type=Path, nargs="?")
    asked = parser.parse_args()
    text = "\n".join([HEAD, "", "# The chain of advanced chips", "", *page(asked.data / "chips")])
    if asked.page is None:
        print(text)
    else:
        asked.page.write_text(text, encoding="utf-8")


def page(folder: Path) -> list[str]:
    """Every section, as lines."""
    needs, held = chip_tables(folder)
    found = weak_links(needs, providers=held, pairs=False)
    inputs = found.table
    ranked = inputs.drop_nulls("rank")
    unknown = ranked.filter(pl.col("country_hhi_high") - pl.col("country_hhi_low") > 1e-6).height
    kinds = pl.read_csv(folder / "inputs.csv")
    materials = kinds.filter(pl.col("type") == "material_resource")["input_name"].to_list()
    return [
        *LIMITS.format(unknown=unknown, ranked=ranked.height).splitlines(),
        "",
        *weakest(inputs),
        *countries(needs, held),
        *stocks(needs, held, materials, inputs),
    ]


def weakest(inputs: pl.DataFrame) -> list[str]:
    """Standings, and the inputs on which most hangs."""
    counts = dict(inputs.group_by("standing").len().rows())
    lines = [
        (
            row["rank"],
            row["input"],
            row["top_country"],
            f"{row['top_country_low_share']:.0%}",
            f"{row['country_hhi_low']:,.0f}",
            {"one_provider": "yes"}.get(row["standing"], ""),
            row["steps_stopped_count"],
        )
        for row in inputs.head(LONGEST).rows(named=True)
    ]
    head = ("rank", "input", "largest country", "its share", "index of concentration")
    return [
        "## Weak links",
        "",
        *table(
            ["standing", "inputs and steps"],
            [(words, counts.get(code, 0)) for code, words in STANDINGS.items()],
        ),
        f"The {LONGEST} inputs on which most hangs: exposure to the largest country, then the steps that stop with the input, of 24. The index is Herfindahl's by country, 0 to 10,000. "
        "Without any one of them no finished chip is made, so that steps say how early in the chain it stops.",
        "",
        *table([*head, "one provider", "steps that stop"], lines),
    ]


def stopping(
    needs: pl.DataFrame, held: pl.DataFrame, **options: object
) -> dict[str, tuple[int, float | None]]:
    """Country without which no finished chip is made -> steps that stop, months until then."""
    removed = weak_links(needs, providers=held, pairs=False, **options).tables["removals"]
    gone = removed.filter(pl.col("kind") == "country", pl.col("finals_stopped_count") > 0)
    return {
        name: (steps, months)
        for name, steps, months in gone.select("name", "steps_stopped_count", "months_until").rows()
    }


def countries(needs: pl.DataFrame, held: pl.DataFrame) -> list[str]:
    """Which countries stop the chain, by the share that has to be lost."""
    by_share = {share: stopping(needs, held, stop_share=share) for share in SHARES}
    known = sorted(
        by_share[SHARES[0]],
        key=lambda name: [-by_share[share].get(name, (0, None))[0] for share in reversed(SHARES)],
    )
    lines = [
        (name, *(by_share[share].get(name, ("", None))[0] for share in SHARES)) for name in known
    ]
    return [
        "## What stops first",
        "",
        "Steps that stop, of 24, without each country, where an input stops once the share of the heading is lost. Empty: finished chips are still made. The lower the share, the harder the rule; "
        "90% is the default of the measurement. Lost shares are the least that is known, so that a country that holds an unknown share of something may stop more.",
        "",
        *table(["country", *(f"{share:.0%}" for share in SHARES)], lines),
    ]


def stocks(
    needs: pl.DataFrame, held: pl.DataFrame, materials: Sequence[str], inputs: pl.DataFrame
) -> list[str]:
    """Months until the last chip, by what is in stock."""
    weak = inputs.filter(pl.col("standing").is_in(["one_provider", "one_country"]))["input"]
    bought = inputs.drop_nulls("rank")["input"]
    kept = {
        "nothing": [],
        "wafers and photomasks": ["Wafer", "Advanced photomasks"],
        f"all {len(materials)} materials and licences": list(materials),
        f"the {weak.len()} inputs from one country": weak.to_list(),
        f"all {bought.len()} inputs with known providers": bought.to_list(),
    }
    months = {}
    for label, names in kept.items():
        rows = pl.DataFrame({"input": names, "months": [STOCK] * len(names)})
        asked = {"stocks": rows} if names else {}
        months[label] = {name: own[1] for name, own in stopping(needs, held, **asked).items()}
    known = list(months["nothing"])
    lines = [(label, *(f"{own[name] or 0:.0f}" for name in known)) for label, own in months.items()]
    return [
        "## What a stock buys",
        "",
        f"Months until no finished chip is made, without each of the countries that stop it, where {STOCK:.0f} months of the inputs of the first column are in stock wherever they are needed. A chain is as long as its "
        "first gap: a stock of materials buys nothing against a country that holds a tool. Stocks along one path add up, since what is made of the first stock goes into the next: that is why wafers and "
        "photomasks help against whoever holds the tools for making them.",
        "",
        *table([f"{STOCK:.0f} months of", *known], lines),
    ]


if __name__ == "__main__":
    main()
