"""Tables written in fifty layouts are read as they were meant, or it is told that they aren't: no
number is another one in silence."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from command_line import CommandLine
from firstlight.errors import InputError
from firstlight.sources.counts import read_counts
from firstlight.sources.panels import read_panel
from fuzz.compared_tables import (
    LAYOUTS,
    NEEDS,
    Verdict,
    judged,
    judged_counts,
    written_file,
)
from fuzz.damaged_tables import damaged
from fuzz.meant_tables import Meant
from fuzz.written_tables import Written

# files of several tables, units or things, which nobody may put together
REFUSED = {
    "mixed_units", "stacked", "stacked_wide", "header_of_two_lines", "parts_of_places",
    "eurostat_of_two_units", "two_below", "two_beside", "eurostat_book",
}  # fmt: skip
OF_COUNTS = (
    "long", "wide", "stacked", "header_again", "spellings", "with_remarks", "mixed_units",
    "signs_of_missing", "eurostat_tsv", "oecd_of_old", "world_bank", "json_lines", "sheet_long",
)  # fmt: skip
EACH, EACH_SLOW, EACH_DAMAGED = 8, 200, 200  # files of each layout


def _reread(layout: str, seed: int, count: int, years: int) -> tuple[Meant, Written]:
    """The file of a layout and a number with fewer places and years."""
    write, _, _ = LAYOUTS[layout]
    meant, _ = written_file(layout, seed)
    less = replace(meant, places=meant.places[:count], years=meant.years[:years])
    cells = {(p, y): meant.cells[p, y] for p in less.places for y in less.years}
    less = replace(less, cells=cells)
    return less, write(less, random.Random(seed))


def _shrunk(layout: str, seed: int, verdict: Verdict) -> str:
    """The smallest table of the same layout that is wrong, as a person reads it."""
    meant, written = written_file(layout, seed)
    for count in range(2, len(meant.places) + 1):
        for years in range(3, len(meant.years) + 1):
            less = _reread(layout, seed, count, years)
            if (found := judged(*less)).outcome == "wrong":
                text = less[1].data[:1500].decode("utf-8", "replace")
                return f"{layout} {seed}, {less[1].name}:\n{text}\n{found.what}"
    return f"{layout} {seed}, {written.name}:\n{written.data[:1500]!r}\n{verdict.what}"


def _judge(seeds: Iterable[int]) -> dict[str, Counter[str]]:
    """Layout -> how many files came to what; fails with the first that is wrong."""
    outcomes = {layout: Counter[str]() for layout in LAYOUTS}
    for layout in LAYOUTS:
        for seed in seeds:
            verdict = judged(*written_file(layout, seed))
            assert verdict.outcome != "wrong", _shrunk(layout, seed, verdict)
            outcomes[layout][verdict.outcome] += 1
    return outcomes


def _check_shares(outcomes: dict[str, Counter[str]]) -> None:
    """Most files are read; those that can't be meant as one table are refused."""
    for layout, found in outcomes.items():
        if layout in REFUSED:
            assert set(found) == {"refused"}, (layout, found)
        else:
            assert found["right"] + found["aside"] >= 0.25 * found.total(), (layout, found)
    every = sum(outcomes.values(), Counter[str]())
    assert every["right"] > 0.6 * every.total() and every["told"] < 0.03 * every.total()


def test_what_was_meant_is_what_is_read() -> None:
    _check_shares(_judge(range(EACH)))


@pytest.mark.slow
def test_what_was_meant_is_what_is_read_of_ten_thousand_files() -> None:
    _check_shares(_judge(range(1000, 1000 + EACH_SLOW)))


def _judge_damaged(seeds: Iterable[int]) -> Counter[str]:
    outcomes = Counter[str]()
    # without its end, one of several tables is a whole one, and perhaps not the one that is meant
    for layout in sorted(LAYOUTS.keys() - REFUSED):
        for seed in seeds:
            meant, written = written_file(layout, seed)
            broken = damaged(written, random.Random(f"{layout} {seed}"))
            verdict = judged(meant, broken, is_damaged=True)
            assert verdict.outcome != "wrong", (layout, seed, verdict.what, broken.data[:1500])
            outcomes[verdict.outcome] += 1
    return outcomes


def test_a_damaged_file_is_never_misread() -> None:
    assert _judge_damaged(range(2)).total() == 2 * len(LAYOUTS.keys() - REFUSED)


@pytest.mark.slow
def test_eight_thousand_damaged_files_are_never_misread() -> None:
    assert _judge_damaged(range(EACH_DAMAGED)).total() > 8000


@pytest.mark.parametrize("layout", OF_COUNTS)
def test_counts_are_read_as_they_were_meant(layout: str) -> None:
    for seed in range(6):
        meant, written = written_file(layout, seed)
        verdict = judged_counts(meant, written)
        assert verdict.outcome != "wrong", (layout, seed, verdict.what, written.data[:1500])


def test_a_misread_number_would_be_found() -> None:
    """A planted fault: one digit of a file is another than was meant."""
    meant, written = written_file("long", 0)
    cell = next(cell for cell, value in meant.cells.items() if value is not None)
    other = {**meant.cells, cell: (meant.cells[cell] or 0) + 1}
    assert judged(replace(meant, cells=other), written).outcome == "wrong"
    without = replace(written, data=written.data[: len(written.data) // 2])
    assert judged(meant, without).outcome == "wrong"


@pytest.mark.parametrize("layout", ["eurostat_tsv", "sdmx_csv", "oecd", "world_bank"])
def test_what_international_offices_hand_out_is_read_as_it_comes(
    layout: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the commands that a person tries first; and never are the places or years added up."""
    _, written = written_file(layout, 1)
    path = tmp_path / written.name
    path.write_bytes(written.data)
    run = CommandLine(tmp_path, capsys)
    told = run("doctor", path)
    assert told.code == 0 and "measure" in told.out
    assert run("measure", "breaks", path, "--project", tmp_path / "p").code == 0
    needs = [need for need in NEEDS if need.name != "year"]
    with pytest.raises(InputError) as years:
        read_panel(path, needs, is_summed=True)
    assert years.value.code in ("keys_differ_in", "units_differ")


def test_a_share_above_one_is_asked_about() -> None:
    data = {"a.csv": b"tag,year,share\na,2019,40\na,2020,41.5\n"}
    with pytest.raises(InputError) as above:
        read_counts(data)
    assert above.value.code == "more_than_the_whole" and "percent='share'" in above.value.try_next
    counts = read_counts(data, {"percent": "share"}).table.frame
    assert counts["count"].to_list() == [40_000, 41_500]
