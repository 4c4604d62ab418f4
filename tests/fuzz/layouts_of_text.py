"""Layouts of delimited text: long, wide, with indicators, footnotes, flags and totals; and those of
Eurostat, the OECD, the World Bank and China's bureau of statistics."""

from __future__ import annotations

import gzip
import json
import random
import unicodedata
from decimal import Decimal

from fuzz.meant_tables import Meant, another
from fuzz.number_styles import WITH_POINT, plain
from fuzz.written_tables import (
    MISSING,
    Write,
    Written,
    delimited,
    headings,
    in_a_dialect,
    style_and_gap,
    written_cells,
)

_BEHIND = ("flags_behind_numbers",)
FLAGS = ("b", "e", "p", "bp", "u", "d")
TOTALS = {"en": ("Total", "World", "All"), "zh": ("全国", "合计", "合 计", "总计")}


def long(meant: Meant, rng: random.Random) -> Written:
    """A row for each place and year."""
    style, gap = style_and_gap(rng)
    texts = written_cells(meant, style, gap)
    rows = [headings(meant, rng), *([*cell, text] for cell, text in texts.items())]
    return Written("long.csv", in_a_dialect(rows, rng, style), texts)


def long_in_disorder(meant: Meant, rng: random.Random) -> Written:
    """A row for each place and year, in any order, with an index as pandas writes it."""
    style, gap = style_and_gap(rng)
    texts = written_cells(meant, style, gap)
    rows = [[*cell, text] for cell, text in texts.items()]
    rng.shuffle(rows)
    rows = [["", *headings(meant, rng)], *([at, *row] for at, row in enumerate(rows))]
    return Written("frame.csv", in_a_dialect(rows, rng, style), texts)


def _wide(meant: Meant, texts: dict[tuple[str, int], str]) -> list[list[str]]:
    return [[place, *(texts[place, year] for year in meant.years)] for place in meant.places]


def wide(meant: Meant, rng: random.Random) -> Written:
    """A column for each year."""
    style, gap = style_and_gap(rng)
    texts = written_cells(meant, style, gap)
    form = rng.choice(("{}", "{}年" if meant.lang == "zh" else "X{}", "{} [YR{}]", "{}.0"))
    years = [form.format(year, year) for year in meant.years]
    rows = [[headings(meant, rng)[0], *years], *_wide(meant, texts)]
    return Written("wide.csv", in_a_dialect(rows, rng, style), texts)


def marked_years(meant: Meant, rng: random.Random) -> Written:
    """A column for each year, the last of which bear the mark of a footnote."""
    texts = written_cells(meant)
    mark = rng.choice(("*", "p", " (p)", "e", "¹", " 1)", "①", "年（初步）"))
    count = rng.randint(1, 2)
    years = [*map(str, meant.years[:-count]), *(f"{year}{mark}" for year in meant.years[-count:])]
    rows = [[headings(meant, rng)[0], *years], *_wide(meant, texts)]
    return Written("marked.csv", delimited(rows), texts)


def things_by_year(meant: Meant, rng: random.Random) -> Written:
    """A column for each thing and year: GDP_2019."""
    texts, other = written_cells(meant), written_cells(another(meant, rng))
    form = rng.choice(("{}_{}", "{} {}", "{}{}"))
    names = [
        form.format(name, year) for name in (meant.thing.name, "Staff") for year in meant.years
    ]
    rows = [[headings(meant, rng)[0], *names]]
    for one, two in zip(_wide(meant, texts), _wide(meant, other), strict=True):
        rows.append([*one, *two[1:]])
    return Written("things.csv", delimited(rows), texts, columns={"value": meant.thing.name})


def indicators_in_rows(meant: Meant, rng: random.Random) -> Written:
    """Rows of place, thing, unit and year, of two things."""
    other = another(meant, rng)
    style, gap = rng.choice(WITH_POINT), rng.choice(MISSING)
    texts = written_cells(meant, style, gap)
    place, year, value = headings(meant, rng)
    names = ("indicator", "unit_of_measure") if meant.lang == "en" else ("指标", "单位")
    rows = [[place, names[0], names[1], year, value]]
    for table, written in ((meant, texts), (other, written_cells(other))):
        rows += [
            [cell[0], table.thing.name, table.thing.unit, cell[1], text]
            for cell, text in written.items()
        ]
    columns = {"value": meant.thing.name}
    return Written("indicators.csv", in_a_dialect(rows, rng), texts, columns=columns)


def years_by_indicator(meant: Meant, rng: random.Random) -> Written:
    """地区, 指标, 单位 and a column for each year, as yearbooks print two things of a place."""
    other = another(meant, rng)
    texts, others = written_cells(meant), written_cells(other)
    names = ["Country", "Indicator", "Units"] if meant.lang == "en" else ["地区", "指标", "单位"]
    rows = [[*names, *meant.years]]
    for one, two in zip(_wide(meant, texts), _wide(other, others), strict=True):
        rows.append([one[0], meant.thing.name, meant.thing.unit, *one[1:]])
        rows.append([two[0], other.thing.name, other.thing.unit, *two[1:]])
    columns = {"value": meant.thing.name}
    return Written("yearbook.csv", in_a_dialect(rows, rng), texts, columns=columns)


def mixed_units(meant: Meant, rng: random.Random) -> Written:
    """One thing whose rows state two units, without a word that one was converted."""
    texts = written_cells(meant)
    units = rng.choice((("t", "kg"), ("USD", "million USD"), ("万元", "亿元"), ("%", "share")))
    name = rng.choice(("unit", "Unit", "units", "单位", "UNIT_MEASURE"))
    rows = [[*headings(meant, rng), name]]
    rows += [[*cell, text, rng.choice(units)] for cell, text in texts.items()]
    rows[1][-1], rows[-1][-1] = units
    return Written("units.csv", delimited(rows), texts, told=["units_differ"])


def one_unit(meant: Meant, rng: random.Random) -> Written:
    """A column that states the same unit in each row."""
    texts = written_cells(meant)
    rows = [[*headings(meant, rng), rng.choice(("unit", "单位", "unit_of_measure"))]]
    rows += [[*cell, text, meant.thing.unit] for cell, text in texts.items()]
    return Written("unit.csv", delimited(rows), texts)


def several_numbers(meant: Meant, rng: random.Random) -> Written:
    """A column for each of three things, none of which is called value."""
    texts = written_cells(meant)
    others = [written_cells(another(meant, rng)) for _ in range(2)]
    place, year, _ = headings(meant, rng)
    names = rng.choice((("employment", "GDP", "population"), ("产值", "人口", "投资额")))
    rows = [[place, year, *names]]
    rows += [[*cell, text, *(other[cell] for other in others)] for cell, text in texts.items()]
    columns = {"value": names[0]} if rng.random() < 0.5 else {}
    told = [] if columns else ["never"]  # nothing tells which: it has to be asked
    return Written("numbers.csv", delimited(rows), texts, columns=columns, told=told)


def with_totals(meant: Meant, rng: random.Random) -> Written:
    """A row for the whole, above or below its parts."""
    texts = written_cells(meant)
    name = rng.choice(TOTALS[meant.lang])
    if len(meant.places) < 3 or any(value is None for value in meant.cells.values()):
        name = TOTALS[meant.lang][0]
    sums = {(name, y): sum((v for v in meant.of(y) if v is not None), Decimal(0))
            for y in meant.years}  # fmt: skip
    rows = [[*cell, text] for cell, text in texts.items()]
    total = [[*cell, plain(value)] for cell, value in sums.items()]
    rows = [*total, *rows] if rng.random() < 0.5 else [*rows, *total]
    rows = [headings(meant, rng), *rows]
    return Written("totals.csv", in_a_dialect(rows, rng), texts, beside=sums)


def with_remarks(meant: Meant, rng: random.Random) -> Written:
    """A title and the unit above, notes below, each in a line of its own or padded with commas."""
    style, gap = style_and_gap(rng)
    texts = written_cells(meant, style, gap)
    years = [f"{year}年" if meant.lang == "zh" else str(year) for year in meant.years]
    rows = [[headings(meant, rng)[0], *years], *_wide(meant, texts)]
    above, below = (
        [["Table 1. Regional accounts"], ["Unit: million"]],
        [["Source: the office, 2024."]],
    )
    if meant.lang == "zh":
        above, below = (
            [["表3-1 各地区主要指标"], ["单位：亿元"]],
            [["注：本表按当年价格计算。"], ["资料来源：统计局"]],
        )
    if rng.random() < 0.5:
        pad = [""] * (len(rows[0]) - 1)
        above, below = [[*row, *pad] for row in above], [[*row, *pad] for row in below]
    if rng.random() < 0.5:
        below = [[""] * len(rows[0]) if len(below[0]) > 1 else [], *below]
    sign = ";" if "," in style(Decimal("1.5")) else ","
    return Written("remarks.csv", delimited([*above, *rows, *below], sign), texts)


def unit_below_header(meant: Meant, rng: random.Random) -> Written:
    """A row of units below the header."""
    texts = written_cells(meant)
    rows = [headings(meant, rng), ["", "", f"({meant.thing.unit})"]]
    rows += [[*cell, text] for cell, text in texts.items()]
    return Written("unit_row.csv", in_a_dialect(rows, rng), texts, noise=1)


def stacked(meant: Meant, rng: random.Random) -> Written:
    """Two tables below one another, of two things, with a blank line or a title between them."""
    other = another(meant, rng)
    texts, others = written_cells(meant), written_cells(other)
    head = headings(meant, rng)
    second = rng.choice((
        [*head[:2], other.thing.name], [*head[:2], "employment"], head,
        ["region", "period", "jobs"] if meant.lang == "en" else ["区域", "年份", "就业"],
    ))  # fmt: skip
    between = rng.choice(([[]], [], [[other.thing.name]], [[], [f"Table 2. {other.thing.name}"]]))
    if second == head and not any(between):
        between = [[other.thing.name]]
    rows = [head, *([*cell, text] for cell, text in texts.items()), *between]
    if rng.random() < 0.5:  # the second goes on where the first ends
        others = {(place, year + 100): text for (place, year), text in others.items()}
    rows += [second, *([*cell, text] for cell, text in others.items())]
    return Written("stacked.csv", delimited(rows), texts, told=["never"])


def stacked_wide(meant: Meant, rng: random.Random) -> Written:
    """Two wide tables of other places below one another: one thing, and another."""
    other = another(meant, rng)
    head = [headings(meant, rng)[0], *map(str, meant.years)]
    mine, theirs = _wide(meant, written_cells(meant)), _wide(other, written_cells(other))
    theirs = [[f"{row[0]} 2", *row[1:]] for row in theirs]
    title = [f"Table 2. {other.thing.name}"]
    between = rng.choice(([[], title], [title], [[*title, *[""] * len(meant.years)]]))
    rows = [head, *mine, *between, head, *theirs]
    return Written("stacked_wide.csv", delimited(rows), written_cells(meant), told=["never"])


def header_again(meant: Meant, rng: random.Random) -> Written:
    """The header once more in the middle, where a page ended."""
    texts = written_cells(meant)
    if rng.random() < 0.5:
        rows = [[headings(meant, rng)[0], *map(str, meant.years)], *_wide(meant, texts)]
    else:
        rows = [headings(meant, rng), *([*cell, text] for cell, text in texts.items())]
    at = rng.randint(2, len(rows) - 1)
    return Written("pages.csv", in_a_dialect([*rows[:at], rows[0], *rows[at:]], rng), texts)


def header_of_two_lines(meant: Meant, rng: random.Random) -> Written:
    """A heading over several years, and the years in the line below, saved as text."""
    other = another(meant, rng)
    texts = written_cells(meant)
    gap = [""] * (len(meant.years) - 1)
    rows: list[list[object]] = [["", meant.thing.name, *gap, other.thing.name, *gap]]
    rows.append([headings(meant, rng)[0], *meant.years, *meant.years])
    for one, two in zip(_wide(meant, texts), _wide(other, written_cells(other)), strict=True):
        rows.append([*one, *two[1:]])
    columns = {"value": meant.thing.name} if rng.random() < 0.5 else {}
    return Written(
        "two_lines.csv", delimited(rows), texts, columns=columns, told=[] if columns else ["never"]
    )


def signs_of_missing(meant: Meant, rng: random.Random) -> Written:
    """-9999 or the like where there is no number."""
    # far from every number of the table: among others like it nothing would tell
    far = ("-99999",) if "-" in str(meant.cells.values()) else ("-9999", "-999", "-9999.0")
    sign = rng.choice(("-99999", *far))
    texts = written_cells(meant, plain, sign)
    rows = [headings(meant, rng), *([*cell, text] for cell, text in texts.items())]
    return Written("nines.csv", in_a_dialect(rows, rng), texts)


def spellings(meant: Meant, rng: random.Random) -> Written:
    """One place, spelt with a space of no width, decomposed, or with spaces at the end."""
    texts = written_cells(meant)

    def spelt(place: str) -> str:
        form = rng.choice(("{}", "{}\u200b", "\ufeff{}", "{} ", "{}\u00a0", "\u2060{}", "{}\u200e"))
        return form.format(unicodedata.normalize(rng.choice(("NFC", "NFD")), place))

    rows = [headings(meant, rng)]
    rows += [[spelt(place), year, text] for (place, year), text in texts.items()]
    return Written("spellings.csv", delimited(rows), texts)


def parts_of_places(meant: Meant, rng: random.Random) -> Written:
    """Rows of men and women, whom nobody asked to add."""
    texts = written_cells(meant)
    rows = [[*headings(meant, rng), "sex"]]
    rows += [[*cell, text, sex] for cell, text in texts.items() for sex in ("F", "M")]
    rows[1][2] = "123456"
    return Written("parts.csv", delimited(rows), texts, told=["never"])


def flags_in_a_column(meant: Meant, rng: random.Random) -> Written:
    """Flags in a column of their own, in a table without a publisher."""
    texts = written_cells(meant)
    rows = [[*headings(meant, rng), rng.choice(("flag", "Flags", "OBS_STATUS", "obs_flag"))]]
    rows += [[*cell, text, rng.choice(("", *FLAGS))] for cell, text in texts.items()]
    rows[1][-1] = "b"
    return Written("flags.csv", in_a_dialect(rows, rng), texts, told=["flagged"])


# ---- publishers


def _flagged(meant: Meant, rng: random.Random) -> dict[tuple[str, int], str]:
    """Eurostat's cells: a number, perhaps with a flag behind a space; a colon where there is
    none."""
    texts = {}
    for cell, value in meant.cells.items():
        flag = rng.choice(("", "", *FLAGS))
        text = ":" if value is None else plain(value)
        texts[cell] = f"{text} {flag}"
    first = next(cell for cell, value in meant.cells.items() if value is not None)
    texts[first] = f"{plain(meant.cells[first] or Decimal(0))} b"
    return texts


def _estat(
    meant: Meant, texts: dict[tuple[str, int], str], own: dict[str, str], head: str
) -> list[str]:
    """The lines of Eurostat's TSV: the keys of each place, and its cells."""
    lines = ["\t".join([head, *(f"{year} " for year in meant.years)])]
    for place in meant.places:
        lines.append("\t".join([own[place], *(texts[place, year] for year in meant.years)]))
    return lines


def eurostat_tsv(meant: Meant, rng: random.Random) -> Written:
    """freq,unit,geo\\TIME_PERIOD and a column for each year."""
    texts, codes = _flagged(meant, rng), meant.codes(2)
    unit = rng.choice(("MIO_EUR", "PC", "THS_PER", "CLV10_MEUR"))
    more = rng.choice(((), ("nace_r2",), ("sex", "age")))
    head = ",".join(("freq", *more, "unit", rng.choice(("geo\\TIME_PERIOD", "geo\\time"))))
    values = {"nace_r2": "C26", "sex": "T", "age": "Y15-64"}
    lead = ",".join(("A", *(values[name] for name in more), unit))
    keys = {place: f"{lead},{codes[place]}" for place in meant.places}
    data = "\n".join(_estat(meant, texts, keys, head)).encode() + b"\n"
    name = "estat_nama_10_gdp.tsv"
    if rng.random() < 0.3:
        return Written(f"{name}.gz", gzip.compress(data), texts, codes, told=_BEHIND)
    return Written(name, data, texts, codes, told=_BEHIND)


def eurostat_of_two_units(meant: Meant, rng: random.Random) -> Written:
    """Eurostat's TSV of a thing in two units: of each place in both, or in one of them."""
    texts, codes = _flagged(meant, rng), meant.codes(2)
    other = written_cells(another(meant, rng))
    units = rng.choice((("MIO_EUR", "PC_GDP"), ("CLV10_MEUR", "I15"), ("THS_PER", "PC")))
    head = "freq,unit,geo\\TIME_PERIOD"
    first, second = (
        _estat(meant, written, {place: f"A,{unit},{codes[place]}" for place in meant.places}, head)
        for written, unit in zip((texts, other), units, strict=True)
    )
    lines = [*first, *second[1:]]
    if rng.random() < 0.5:
        lines = [first[0], *first[1:-1], second[-1]]
    return Written("two_units.tsv", "\n".join(lines).encode(), texts, codes, told=["never"])


def sdmx_csv(meant: Meant, rng: random.Random) -> Written:
    """Eurostat's SDMX-CSV, with flags in a column."""
    texts, codes = written_cells(meant), meant.codes(2)
    is_new = rng.random() < 0.5
    head = ["STRUCTURE", "STRUCTURE_ID"] if is_new else ["DATAFLOW", "LAST UPDATE"]
    rows = [[*head, "freq", "unit", "geo", "TIME_PERIOD", "OBS_VALUE", "OBS_FLAG"]]
    lead = ["dataflow", "ESTAT:NAMA(1.0)"] if is_new else ["ESTAT:NAMA(1.0)", "11/02/24 23:00:00"]
    for (place, year), text in texts.items():
        flag = rng.choice(("", *FLAGS))
        rows.append([*lead, "A", "MIO_EUR", codes[place], str(year), text, flag])
    rows[1][-1] = "b"
    if rng.random() < 0.5:
        rows = [[*row, "" if at else "CONF_STATUS"] for at, row in enumerate(rows)]
    return Written("estat.csv", delimited(rows), texts, codes, told=["flagged"])


def oecd(meant: Meant, rng: random.Random) -> Written:
    """The OECD's CSV with codes and labels side by side."""
    texts, codes = written_cells(meant), meant.codes(3)
    rows = [["STRUCTURE", "STRUCTURE_ID", "STRUCTURE_NAME", "ACTION", "REF_AREA", "Reference area",
             "FREQ", "Frequency of observation", "MEASURE", "Measure", "UNIT_MEASURE",
             "Unit of measure", "TIME_PERIOD", "Time period", "OBS_VALUE", "Observation value",
             "OBS_STATUS", "Observation status", "UNIT_MULT", "Unit multiplier", "DECIMALS",
             "Decimals"]]  # fmt: skip
    for (place, year), text in texts.items():
        status = rng.choice(
            (("A", "Normal value"), ("E", "Estimated value"), ("P", "Provisional value"))
        )
        rows.append(["DATAFLOW", "OECD.SDD:NAMAIN1(1.0)", "GDP", "I", codes[place], place, "A", "Annual",
                     "B1GQ", "Gross domestic product", "XDC", "National currency", str(year), "", text, "",
                     *status, "6", "Millions", "1", "One"])  # fmt: skip
    rows[1][16:18] = ["B", "Time series break"]
    return Written("oecd.csv", delimited(rows), texts, told=["flagged"])


def oecd_of_old(meant: Meant, rng: random.Random) -> Written:
    """The OECD's indicators as they were exported until 2024; perhaps of two measures."""
    texts, codes = written_cells(meant), meant.codes(3)
    rows = [
        ["LOCATION", "INDICATOR", "SUBJECT", "MEASURE", "FREQUENCY", "TIME", "Value", "Flag Codes"]
    ]
    is_double = rng.random() < 0.5
    other = written_cells(another(meant, rng))
    for cell, text in texts.items():
        lead = [codes[cell[0]], "GDP", "TOT"]
        rows.append([*lead, "MLN_USD", "A", str(cell[1]), text, rng.choice(("", "E", "B"))])
        if is_double:
            rows.append([*lead, "USD_CAP", "A", str(cell[1]), other[cell], ""])
    rows[1][-1] = "B"
    return Written("DP_LIVE.csv", delimited(rows), texts, codes,
                   told=["never"] if is_double else ["flagged"])  # fmt: skip


_AGGREGATES = {
    "Belgium": "Euro area",
    "Chad": "Sub-Saharan Africa",
    "Viet Nam": "East Asia & Pacific",
}


def world_bank(meant: Meant, rng: random.Random) -> Written:
    """The World Bank's wide CSV: four lines above, a comma at the end, aggregates among
    countries."""
    texts, codes = written_cells(meant), meant.codes(3)
    about = [meant.thing.name, "NY.GDP.PCAP.CD"]
    rows = [
        ["Data Source", "World Development Indicators", ""],
        [],
        ["Last Updated Date", "2024-05-30", ""],
        [],
    ]
    rows.append(
        [
            "Country Name",
            "Country Code",
            "Indicator Name",
            "Indicator Code",
            *map(str, meant.years),
            "",
        ]
    )
    rows += [[row[0], codes[row[0]], *about, *row[1:], ""] for row in _wide(meant, texts)]
    own = [name for member, name in _AGGREGATES.items() if member in meant.places]
    names = rng.sample(["World", "High income", *own], 2)
    beside = {(name, year): Decimal(rng.randint(1, 9999)) for name in names for year in meant.years}
    for name in names:
        rows.append([name, "XXX", *about, *(str(beside[name, year]) for year in meant.years), ""])
    return Written("API_NY.csv", delimited(rows, encoding="utf-8-sig"), texts, beside=beside)


def data_bank(meant: Meant, rng: random.Random) -> Written:
    """The World Bank's DataBank: Series Name, 2019 [YR2019], two dots, and two lines below."""
    texts, codes = written_cells(meant, plain, ".."), meant.codes(3)
    years = [f"{year} [YR{year}]" for year in meant.years]
    rows = [["Country Name", "Country Code", "Series Name", "Series Code", *years]]
    rows += [
        [row[0], codes[row[0]], meant.thing.name, "X.Y", *row[1:]] for row in _wide(meant, texts)
    ]
    pad = rng.choice(([], [""] * (len(rows[0]) - 1)))
    rows += [[""] * len(rows[0]) if pad else []] * 3
    rows += [
        ["Data from database: World Development Indicators", *pad],
        ["Last Updated: 05/30/2024", *pad],
    ]
    return Written("databank.csv", delimited(rows), texts)


def data_bank_by_time(meant: Meant, rng: random.Random) -> Written:
    """DataBank with a row for each country and year, and a column for each series."""
    texts, codes = written_cells(meant, plain, ".."), meant.codes(3)
    rows = [["Time", "Time Code", "Country Name", "Country Code", f"{meant.thing.name} [X.Y]"]]
    rows += [
        [str(year), f"YR{year}", place, codes[place], text] for (place, year), text in texts.items()
    ]
    return Written("by_time.csv", delimited(rows), texts)


def bureau(meant: Meant, rng: random.Random) -> Written:
    """China's bureau of statistics: database, indicator and time above; the latest year first."""
    texts = written_cells(meant)
    years = sorted(meant.years, reverse=True)
    rows = [
        ["数据库：分省年度数据"],
        [f"指标：{meant.thing.name}({meant.thing.unit})"],
        ["时间：最近5年"],
    ]
    rows.append(["地区", *(f"{year}年" for year in years)])
    rows += [[place, *(texts[place, year] for year in years)] for place in meant.places]
    rows += [["注：1.按现价计算。"], ["数据来源：国家统计局"]]
    return Written(
        "分省年度数据.csv", delimited(rows, encoding=rng.choice(("utf-8-sig", "gb18030"))), texts
    )


# ---- years


def fiscal(meant: Meant, rng: random.Random) -> Written:
    """Years that run into the next."""
    texts = written_cells(meant)
    form = rng.choice(("{}/{:02}", "{}-{:02}", "FY{}/{:02}"))
    years = {year: form.format(year, (year + 1) % 100) for year in meant.years}
    if rng.random() < 0.5:
        rows = [[headings(meant, rng)[0], *years.values()], *_wide(meant, texts)]
    else:
        rows = [headings(meant, rng), *([c[0], years[c[1]], t] for c, t in texts.items())]
    return Written("fiscal.csv", delimited(rows), texts, told=["fiscal_years"])


def of_the_republic(meant: Meant, rng: random.Random) -> Written:
    """Years of the Republic of China, of which 2019 is the 108th."""
    texts = written_cells(meant)
    form = rng.choice(("民國{}年", "民国{}年", "{}年", "{}"))
    years = {year: form.format(year - 1911) for year in meant.years}
    if rng.random() < 0.5:
        rows = [["地區", *years.values()], *_wide(meant, texts)]
    else:
        rows = [["地區", "年度", "數值"], *([c[0], years[c[1]], t] for c, t in texts.items())]
    return Written("minguo.csv", delimited(rows), texts)


def days(meant: Meant, rng: random.Random) -> Written:
    """A day of each year, in the order of one country or the other."""
    texts = written_cells(meant)
    form = rng.choice(
        (
            "{y}-12-31",
            "31/12/{y}",
            "12/31/{y}",
            "{y}/3/5",
            "5/3/{s:02}",
            "31.12.{y}",
            "{y}年12月31日",
            "31-Dec-{s:02}",
        )
    )
    rows = [headings(meant, rng)]
    rows += [[c[0], form.format(y=c[1], s=c[1] % 100), text] for c, text in texts.items()]
    return Written("days.csv", delimited(rows), texts)


def parts_of_years(meant: Meant, rng: random.Random) -> Written:
    """Months or quarters, none of which is a year: their numbers are a tenth of it."""
    forms = rng.choice(
        (
            ("{}-01", "{}-02"), ("{}Q1", "{}Q2"), ("{}M01", "{}M02"), ("{}年1月", "{}年2月"),
            ("Jan-{s:02}", "Feb-{s:02}"), ("{} Q1", "{} Q2"), ("Q1 {}", "Q2 {}"),
        )
    )  # fmt: skip
    rows: list[list[object]] = [headings(meant, rng)]
    for (place, year), value in meant.cells.items():
        part = plain((value or Decimal(1)) / 10 + Decimal("0.07"))
        rows += [[place, form.format(year, s=year % 100), part] for form in forms]
    return Written("months.csv", delimited(rows), {})


# ---- other formats of text


def json_lines(meant: Meant, rng: random.Random) -> Written:
    """An object a line, or a list of objects; numbers as numbers or as texts."""
    texts = written_cells(meant)
    head, is_text = headings(meant, rng), rng.random() < 0.3
    records = []
    for (place, year), value in meant.cells.items():
        held = None if value is None else (plain(value) if is_text else float(value))
        records.append(dict(zip(head, (place, year, held), strict=True)))
    if rng.random() < 0.5:
        data = json.dumps(records, ensure_ascii=False)
        return Written("a.json", data.encode(), texts)
    lines = [json.dumps(record, ensure_ascii=rng.random() < 0.5) for record in records]
    return Written("a.jsonl", "\n".join(lines).encode(), texts)


OF_TEXT: tuple[tuple[Write, str, bool], ...] = (
    (long, "", False), (long_in_disorder, "", False), (wide, "", False), (marked_years, "", False),
    (things_by_year, "", False), (indicators_in_rows, "", False), (years_by_indicator, "", False),
    (mixed_units, "", False), (one_unit, "", False), (several_numbers, "", False),
    (with_totals, "", False), (with_remarks, "", False), (unit_below_header, "", False),
    (stacked, "", False), (stacked_wide, "", False), (header_again, "", False),
    (header_of_two_lines, "", False), (signs_of_missing, "", False), (spellings, "", False),
    (parts_of_places, "", False), (flags_in_a_column, "", False),
    (eurostat_tsv, "en", True), (eurostat_of_two_units, "en", True), (sdmx_csv, "en", True),
    (oecd, "en", True), (oecd_of_old, "en", True), (world_bank, "en", True),
    (data_bank, "en", True), (data_bank_by_time, "en", True), (bureau, "zh", False),
    (fiscal, "", False), (of_the_republic, "zh", False), (days, "", False),
    (parts_of_years, "", False), (json_lines, "", False),
)  # fmt: skip
