"""Plans that are texts, Word documents or PDF, piece by piece; and tables that say their columns."""

from __future__ import annotations

import sys
from pathlib import Path

import docx
import pytest

from firstlight.errors import InputError
from firstlight.instruments.concordance.plan_check.plan_entries import entries_of
from firstlight.sources.panels import Column, read_panel
from firstlight.sources.plan_lists import plan_pieces

NEEDS = (
    Column("entry", "text", "entry"),
    Column("number", "text", "number", "row"),
    Column("section", "text", "section", "empty", is_filled=False, is_label=True),
    Column("text_part", "text", "part", "empty", is_filled=False, is_label=True),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "# Plan\n1. Looms: two of them\n2. Sails\n",
            [
                ("Plan", "", "whole"),
                ("Looms", "Plan", "name"),
                ("two of them", "Looms", "sentence"),
                ("Sails", "Plan", "name"),
            ],
        ),
        (
            "一、集成电路\n（一）先进封装。加快研制。\n二、生物制造\n发展酶。\n",
            [
                ("集成电路", "", "whole"),
                ("先进封装", "集成电路", "name"),
                ("加快研制", "先进封装", "sentence"),
                ("生物制造", "", "heading"),
                ("发展酶", "生物制造", "sentence"),
            ],
        ),
        (
            "## Energy\n- **Heat** pumps\n  - small ones\n- Dams\n",
            [
                ("Energy", "", "whole"),
                ("Heat pumps", "Energy", "whole"),
                ("small ones", "Heat pumps", "name"),
                ("Dams", "Energy", "name"),
            ],
        ),
        (
            "Looms\n\n3D printing.\n2.5 D chips",
            [(name, "", "name") for name in ("Looms", "3D printing.", "2.5 D chips")],
        ),
        (
            "# A\n| No. | Task | Lead | Aim |\n|---|---|---|---|\n| 1 | Looms | Board | 3 mills |\n",
            [("A", "", "heading"), ("Looms", "A", "name"), ("3 mills", "A", "sentence")],
        ),
        (
            "1. Vision\nThis paper sets out what all of us together shall do in the next\nten years.\n2. Aims\n",
            [
                ("Vision", "", "heading"),
                (
                    "This paper sets out what all of us together shall do in the next ten years",
                    "Vision",
                    "sentence",
                ),
                ("Aims", "", "name"),
            ],
        ),
        ("", []),
    ],
)
def test_pieces_are_headings_names_and_sentences(
    text: str, expected: list[tuple[str, str, str]]
) -> None:
    assert [(piece, of, part) for piece, of, _, part in plan_pieces(text)] == expected


def test_numbers_are_those_of_the_lines() -> None:
    assert [number for _, _, number, _ in plan_pieces("# A\n\n1. Looms\n2. Sails\n")] == [1, 3, 4]


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


def test_of_the_frame_of_a_chinese_plan_nothing_but_aims_is_read(tmp_path: Path) -> None:
    text = """一、总体要求
坚持创新驱动。到2027年产值达到50亿元。
二、重点任务
（一）发展量子计算。
三、保障措施
（一）加强组织领导。
"""
    (tmp_path / "plan.txt").write_text(text, encoding="utf-8")
    panel = read_panel(tmp_path / "plan.txt", NEEDS)
    (told,) = (note for note in panel.notes if note.code == "frame_of_plan")
    assert told.values["count"].value == 5  # what was passed over is said
    found = entries_of(panel.table.frame.sort("number"))
    assert found.select("entry", "kind").rows() == [
        ("到2027年产值达到50亿元", "target"),
        ("量子计算", "technology"),
    ]


def word_file(path: Path) -> Path:
    """A Word document with a heading, a list and a table."""
    document = docx.Document()
    document.add_heading("重点任务", 1)
    document.add_paragraph("发展固态电池和钠离子电池。")
    document.add_paragraph("Fuel cells", style="List Bullet")
    table = document.add_table(2, 2)
    for at, text in enumerate(("任务", "责任单位", "脑机接口", "市科技局")):
        table.cell(at // 2, at % 2).text = text
    document.save(str(path))
    return path


def pdf_file(path: Path, *lines: str) -> Path:
    """A PDF of one page, with these lines."""
    shown = " ".join(f"({line}) Tj 0 -20 Td" for line in lines)
    stream = f"BT /F1 12 Tf 50 700 Td {shown} ET"
    objects = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R "
        "/Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    text, starts = "%PDF-1.4\n", []
    for number, own in enumerate(objects, start=1):
        starts.append(len(text))
        text += f"{number} 0 obj\n{own}\nendobj\n"
    rows = "".join(f"{start:010d} 00000 n \n" for start in starts)
    text += f"xref\n0 6\n0000000000 65535 f \n{rows}"
    text += f"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n{text.index('xref')}\n%%EOF\n"
    path.write_bytes(text.encode("ascii"))
    return path


def test_a_word_document_is_read_with_its_lists_and_tables(tmp_path: Path) -> None:
    panel = read_panel(word_file(tmp_path / "plan.docx"), NEEDS)
    found = entries_of(panel.table.frame)
    assert set(found["entry"]) == {"固态电池", "钠离子电池", "Fuel cells", "脑机接口"}


def test_a_pdf_with_text_is_read(tmp_path: Path) -> None:
    made = pdf_file(tmp_path / "plan.pdf", "1. Quantum computing", "2. Fuel cells", "- 3 -")
    found = entries_of(read_panel(made, NEEDS).table.frame.sort("number"))
    assert found["entry"].to_list() == ["Quantum computing", "Fuel cells"]


def test_documents_without_text_and_damaged_ones_are_refused(tmp_path: Path) -> None:
    docx.Document().save(str(tmp_path / "empty.docx"))
    pdf_file(tmp_path / "scan.pdf")
    (tmp_path / "torn.docx").write_bytes(word_file(tmp_path / "plan.docx").read_bytes()[:900])
    (tmp_path / "torn.pdf").write_bytes(b"%PDF-1.4 nothing")
    for file, code in (
        ("empty.docx", "document_without_text"),
        ("scan.pdf", "document_without_text"),
        ("torn.docx", "damaged_document"),
        ("torn.pdf", "damaged_document"),
    ):
        with pytest.raises(InputError) as error:
            read_panel(tmp_path / file, NEEDS)
        assert error.value.code == code


def test_a_missing_package_is_named_with_its_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = word_file(tmp_path / "plan.docx")
    monkeypatch.setitem(sys.modules, "docx", None)
    with pytest.raises(InputError) as error:
        read_panel(made, NEEDS)
    assert error.value.code == "needs_documents"
    assert "python-docx" in str(error.value)


def test_a_chinese_plan_in_another_encoding_is_read_and_scrambled_bytes_are_refused(
    tmp_path: Path,
) -> None:
    text = "一、重点任务\n（一）发展固态电池和钠离子电池。\n（二）培育低空经济。\n"
    (tmp_path / "plan.txt").write_bytes(text.encode("gb18030"))
    found = entries_of(read_panel(tmp_path / "plan.txt", NEEDS).table.frame.sort("number"))
    assert set(found["entry"]) == {"固态电池", "钠离子电池", "低空经济"}
    (tmp_path / "noise.txt").write_bytes(bytes(range(1, 256)) * 9)
    with pytest.raises(InputError):
        read_panel(tmp_path / "noise.txt", NEEDS)
