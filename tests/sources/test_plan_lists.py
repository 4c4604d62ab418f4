"""Plans that are texts: headings, numbers, bullets, plain lines; and tables that say their columns."""

from __future__ import annotations

from pathlib import Path

import pytest

from firstlight.sources.panels import Column, read_panel
from firstlight.sources.plan_lists import plan_lines

NEEDS = (
    Column("entry", "text", "entry"),
    Column("number", "text", "number", "row"),
    Column("section", "text", "section", "empty", is_filled=False),
)


def names(text: str) -> list[tuple[str, str]]:
    return [(entry, section) for entry, section, _ in plan_lines(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# Plan\n1. Looms: two of them\n2. Sails\n", [("Looms", "Plan"), ("Sails", "Plan")]),
        (
            "一、集成电路\n（一）先进封装\n加快发展。\n（二）光刻机\n二、生物制造\n1．合成生物。到2027年\n",
            [("先进封装", "集成电路"), ("光刻机", "集成电路"), ("合成生物", "生物制造")],
        ),
        (
            "第一章 产业\n第一条 机器人\n第二条 芯片\n第二章 保障\n",
            [("机器人", "产业"), ("芯片", "产业"), ("保障", "")],
        ),
        (
            "## Energy\n- **Heat** pumps\n  - small ones\n- Dams\n## Health\n",
            [("small ones", "Heat pumps"), ("Dams", "Energy"), ("Health", "")],
        ),
        (
            "Looms\n\n3D printing.\n5G networks\n",
            [("Looms", ""), ("3D printing", ""), ("5G networks", "")],
        ),
        (
            "Text alone\n2.5 D chips\nSails",
            [("Text alone", ""), ("2.5 D chips", ""), ("Sails", "")],
        ),
        ("", []),
    ],
)
def test_entries_are_the_lowest_marked_lines_or_all_lines(
    text: str, expected: list[tuple[str, str]]
) -> None:
    assert names(text) == expected


def test_numbers_are_those_of_the_lines() -> None:
    assert [number for _, _, number in plan_lines("# A\n\n1. Looms\n2. Sails\n")] == [3, 4]


def test_a_text_is_read_by_its_lines_and_a_table_by_its_columns(tmp_path: Path) -> None:
    plain, table = tmp_path / "plan.txt", tmp_path / "table.txt"
    plain.write_text("Looms, hand-made\nSails\n", "utf-8")
    table.write_text("entry,section\nLooms,Making\nSails,Making\n", "utf-8")
    lines = read_panel(plain, NEEDS).table.frame.sort("number")
    assert lines["entry"].to_list() == ["Looms, hand-made", "Sails"]
    rows = read_panel(table, NEEDS).table.frame.sort("number")
    assert rows.select("entry", "number", "section").rows() == [
        ("Looms", "1", "Making"),
        ("Sails", "2", "Making"),
    ]


def test_the_same_entry_twice_in_a_table_is_kept_twice(tmp_path: Path) -> None:
    file = tmp_path / "plan.csv"
    file.write_text("entry\nLooms\nLooms\n", "utf-8")
    assert read_panel(file, NEEDS).table.frame["entry"].to_list() == ["Looms", "Looms"]


def test_the_frame_of_a_chinese_plan_is_no_entry(tmp_path: Path) -> None:
    text = """一、总体要求
坚持创新驱动。
二、重点任务
（一）发展量子计算。
（二）培育低空经济。
三、保障措施
（一）加强组织领导。
（二）强化资金支持。
"""
    assert [own[0] for own in plan_lines(text)] == ["发展量子计算", "培育低空经济"]
    (tmp_path / "plan.txt").write_text(text, encoding="utf-8")
    panel = read_panel(tmp_path / "plan.txt", (Column("entry", "text", "entry", if_absent="row"),))
    (told,) = (note for note in panel.notes if note.code == "frame_of_plan")
    assert told.values["count"].value == 3  # what was left out is said
