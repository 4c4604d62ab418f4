"""Encodings: made files in twelve of them, read right or refused with the candidates named; never
read wrong."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path

import pytest

from firstlight.errors import InputError
from firstlight.run.project import open_project
from firstlight.sources import encodings, read_counts, read_documents
from firstlight.sources.archives import Content
from firstlight.sources.encodings import detect_encoding
from firstlight.sources.likely_text import languages, word_costs
from firstlight.sources.panel_rows import Column
from firstlight.sources.panels import read_panel
from firstlight.texts import Name, message
from sources.encoding_files import LANGUAGES, TEXTS, Made, made_files
from sources.held_out_files import File, held_out_files

ROWS = "".join(f'p{number},"{title}",{2000 + number}\n' for number, title in enumerate(TEXTS["en"]))


def _outcome(made: Made) -> str:
    try:
        found = read_documents({"made.csv": made.data})
    except InputError as error:
        is_told = "not UTF-8" in error.what and "--encoding" in error.try_next
        return "refused" if is_told else f"another error: {error.what}"
    read = sorted(found.table.frame["title"].to_list())
    return "right" if read == sorted(made.titles) else f"wrong, as {found.notes[:1]}"


def _confusion(files: list[Made]) -> dict[tuple[str, str], int]:
    return dict(sorted(Counter((made.encoding, _outcome(made)) for made in files).items()))


def _checked(files: list[Made]) -> None:
    table = _confusion(files)
    print(
        *(f"{encoding:10} {outcome:8} {count}" for (encoding, outcome), count in table.items()),
        sep="\n",
    )
    assert {outcome for _, outcome in table} <= {"right", "refused"}, table
    assert {encoding for encoding, _ in table} == set(LANGUAGES)
    right = sum(count for (_, outcome), count in table.items() if outcome == "right")
    assert right >= 0.95 * len(files)


def test_made_files_are_read_right_or_refused_in_words() -> None:
    _checked(list(made_files(36)))


@pytest.mark.slow
def test_five_hundred_made_files_are_read_right_or_refused_in_words() -> None:
    _checked(list(made_files(500, seed=12)))


PLACES = (
    Column("place", "text", "place"),
    Column("year", "year", "year"),
    Column("value", "number", "any"),
)


def _texts(made: File, path: Path) -> list[str]:
    """What a reader makes of a file: title and author, name in the counts, or place."""
    if made.form == "counts":
        return read_counts(path).table.frame["entity"].to_list()
    if made.form == "panel":
        return read_panel(path, PLACES).table.frame["place"].to_list()
    frame = read_documents(path).table.frame
    pairs = zip(frame["title"], frame["authors"].list.join(""), strict=True)
    return [title + author for title, author in pairs]


def _of_held_out(made: File, folder: Path) -> str:
    suffix = made.form if made.form in ("tsv", "jsonl") else "csv"
    path = folder / f"made.{suffix}"
    path.write_bytes(made.data)
    try:
        read = _texts(made, path)
    except InputError as error:
        is_told = "not UTF-8" in error.what and "--encoding" in error.try_next
        return "refused" if is_told else f"another error: {error.what}"
    return "right" if sorted(read) == sorted(made.texts) else f"wrong: {made.form} {read[:2]}"


def _held_out(files: list[File], folder: Path) -> Counter[str]:
    outcomes = [(made.encoding, _of_held_out(made, folder)) for made in files]
    print(*sorted(Counter(outcomes).items()), sep="\n")
    return Counter(outcome for _, outcome in outcomes)


def test_files_of_unseen_texts_are_read_right_or_refused_in_words(tmp_path: Path) -> None:
    files = [made for made in held_out_files(1, seed=2) if len(made.texts) < 300]
    assert set(_held_out(files, tmp_path)) <= {"right", "refused"}


@pytest.mark.slow
def test_680_files_of_unseen_texts_are_read_right_or_refused_in_words(tmp_path: Path) -> None:
    found = _held_out(list(held_out_files(10, seed=20)), tmp_path)
    assert found.total() == 680
    assert set(found) <= {"right", "refused"}
    assert found["right"] >= 0.9 * found.total()


@pytest.mark.parametrize("encoding", ["gb18030", "gbk"])
def test_a_mostly_english_chinese_file_is_not_read_as_western(encoding: str) -> None:
    rows = ROWS + 'c1,"A study by 李明 and 王小华",2016\nc2,"深度学习",2016\n'
    found = read_documents({"a.csv": f"id,title,year\n{rows}".encode(encoding)})
    assert "深度学习" in found.table.frame["title"].to_list()
    assert message("not_utf8", file=Name("a.csv"), encoding=Name("gb18030")) in found.notes


@pytest.mark.parametrize("encoding", ["koi8-r", "cp1251", "euc-jp", "cp1253", "mac-roman"])
def test_encodings_that_share_their_bytes_with_others_are_told_apart(encoding: str) -> None:
    texts = {
        "euc-jp": TEXTS["ja"],
        "cp1253": ["Βαθιά μάθηση για ιατρικές εικόνες", "Αποθήκευση υδρογόνου"],
        "mac-roman": ["Énergie éolienne à côté de la forêt", "Étude générale"],
    }.get(encoding, TEXTS["ru"])
    data = "\n".join(["title", *texts]).encode(encoding)
    found = detect_encoding(Content("a", data=data))
    assert data.decode(found.name) == data.decode(encoding)


def test_one_word_that_two_encodings_make_sense_of_is_refused_with_both() -> None:
    with pytest.raises(InputError) as caught:
        read_documents({"a.csv": "id,title,year\n1,A study of 王,2016\n".encode("gbk")})
    assert "gb18030 (王)" in caught.value.what and "koi8-u (мУ)" in caught.value.what


def test_headings_of_thirty_years_are_one_word() -> None:
    """Thirty times 年, which is 定 in Japanese bytes, is no evidence thirty times over."""
    years = ",".join(f"{year}年" for year in range(1990, 2020))
    with pytest.raises(InputError) as refused:
        detect_encoding(Content("a", data=f"技术,{years}".encode("gb18030")))
    assert refused.value.code == "several_encodings_fit"
    named = f"技术,{years}\n深度学习,1\n光刻机,2".encode("gb18030")
    assert detect_encoding(Content("a", data=named)).name == "gb18030"


@pytest.mark.parametrize(
    ("encoding", "name"), [("gbk", "司马文静"), ("big5", "黃淑芬"), ("shift_jis", "長谷川")]
)
def test_one_name_in_an_english_file_is_enough(encoding: str, name: str) -> None:
    data = f"id,title,authors,year\n{ROWS[:-1]}\n".replace('",', '",Li,')
    data += f"z9,Wind power at sea,{name},2016\n"
    found = detect_encoding(Content("a", data=data.encode(encoding)))
    assert data.encode(encoding).decode(found.name) == data


@pytest.mark.parametrize("word", ["农业", "学院", "水平", "状态", "职业", "小时"])
def test_a_word_that_is_valid_utf8_by_accident_is_refused(word: str) -> None:
    data = f"id,title,year\n1,{word},2016\n".encode("gbk")
    assert data.decode("utf-8")
    with pytest.raises(InputError) as caught:
        detect_encoding(Content("a", data=data))
    assert f"gb18030 ({word})" in caught.value.what


@pytest.mark.parametrize(
    ("written", "named", "language"),
    [
        ("gbk", "big5", "zh_Hans"),
        ("big5", "gb18030", "zh_Hant"),
        ("gbk", "latin-1", "zh_Hans"),
        ("shift_jis", "gbk", "ja"),
        ("euc-kr", "euc-jp", "ko"),
        ("koi8-r", "cp1251", "ru"),
        ("iso8859-2", "cp1252", "pl"),
    ],
)
def test_a_named_encoding_that_makes_gibberish_is_refused(
    written: str, named: str, language: str
) -> None:
    text = "title,year\n" + "".join(f"{one},2016\n" for one in TEXTS[language])
    data = text.encode(written, "ignore")
    with pytest.raises(InputError):
        detect_encoding(Content("a", data=data, encoding=named))
    found = detect_encoding(Content("a", data=data, encoding=written))
    assert data.decode(found.name) == data.decode(written)


def test_a_named_encoding_of_a_language_without_a_table_is_taken() -> None:
    texts = {
        "kz1048": "Қазақстан ауыл шаруашылығы, Өнеркәсіп және көлік",
        "iso8859-14": "Dŵr a ŷd ym Môn, tŷ gŵr",
    }
    for name, text in texts.items():
        data = text.encode(name)
        assert detect_encoding(Content("a", data=data, encoding=name)).name == name


def test_valid_utf8_of_a_few_letters_stays_utf8() -> None:
    for text in ("é", "Łódź", "naïve Bayes", "µm", "§ 5"):
        assert detect_encoding(Content("a", data=f"title\n{text}\n".encode())).name == "utf-8"


def test_utf16_without_a_mark_is_told_by_its_text() -> None:
    text = "题名,年\n一种一步一走的方法,2016\n" * 3
    for name in ("utf-16-le", "utf-16-be", "utf-32-le"):
        assert detect_encoding(Content("a", data=text.encode(name))).name == name


def test_a_named_encoding_is_used_by_every_reader_and_keeps_its_place_in_the_record(
    tmp_path: Path,
) -> None:
    data = "id,title,year\n1,A study of 王,2016\n".encode("gbk")
    found = read_documents({"a.csv": data}, encoding="gbk")
    assert found.table.frame["title"].to_list() == ["A study of 王"] and found.encoding == "gbk"
    lines = json.dumps({"title": "王", "year": 2016}, ensure_ascii=False).encode("gbk")
    assert read_documents({"a.jsonl": lines}, encoding="gbk").table.frame["title"].to_list() == [
        "王"
    ]
    tagged = "FN Web of Science\nPT J\nAU Li, M\nTI 王\nPY 2016\nUT WOS:1\nER\nEF\n".encode("gbk")
    assert read_documents({"a.txt": tagged}, encoding="gbk").table.frame["title"].to_list() == [
        "王"
    ]
    path = tmp_path / "counts.csv"
    path.write_bytes("tag,year,count\n王,2016,3\n".encode("gbk"))
    assert read_counts(path, encoding="gbk").table.frame["entity"].to_list() == ["王"]
    columns = (
        Column("place", "text", "place"),
        Column("year", "year", "year"),
        Column("value", "number", "any"),
    )
    path.write_bytes("place,year,value\n王,2016,3\n".encode("gbk"))
    assert read_panel(path, columns, encoding="gbk").table.frame["place"].to_list() == ["王"]


def test_json_lines_and_tagged_files_say_how_they_were_read() -> None:
    lines = "\n".join(
        json.dumps({"title": text, "year": 2016}, ensure_ascii=False) for text in TEXTS["zh_Hans"]
    )
    found = read_documents({"a.jsonl": lines.encode("gbk")})
    assert message("not_utf8", file=Name("a.jsonl"), encoding=Name("gb18030")) in found.notes
    tagged = (
        "FN Web of Science\n"
        + "".join(f"PT J\nAU Li, M\nTI {text}\nPY 2016\nUT WOS:1\nER\n" for text in TEXTS["ja"])
        + "EF\n"
    )
    told = read_documents({"a.txt": tagged.encode("shift_jis")}).notes
    assert message("not_utf8", file=Name("a.txt"), encoding=Name("cp932")) in told


@pytest.mark.parametrize("name", ["gb1803", "base64", "no such"])
def test_an_unknown_encoding_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="unknown encoding"):
        read_documents({"a.csv": b"id,title,year\n1,a,2016\n"}, encoding=name)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("utf-16", "utf-16-le"),
        ("UTF16", "utf-16-be"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32-be"),
        ("utf-32-le", "utf-32-le"),
    ],
)
def test_wide_characters_without_a_mark_are_read_as_named(name: str, written: str) -> None:
    for title in ("深度学习", "deep learning"):
        data = f"id,title,year\n1,{title},2016\n".encode(written)
        found = read_documents({"a.csv": data}, encoding=name)
        assert found.table.frame["title"].to_list() == [title]


@pytest.mark.parametrize("name", ["iso2022_jp", "utf-7", "hz"])
def test_named_encodings_that_write_in_ascii_are_not_taken_for_utf8(name: str) -> None:
    title = "海外" if name == "hz" else "日本の技術"
    data = f"id,title,year\n1,{title},2016\n".encode(name)
    assert data.isascii()
    found = read_documents({"a.csv": data}, encoding=name)
    assert found.table.frame["title"].to_list() == [title] and found.encoding == name
    plain = detect_encoding(Content("a", data=b"id,title,year\n1,wind power,2016\n", encoding=name))
    assert plain.name == "utf-8"


def test_long_runs_of_ascii_take_no_longer_than_others() -> None:
    started = time.process_time()
    data = b'{"title":"\xcf\xe5","sequence":"' + b"ACGT" * (1 << 16) + b'"}\n'
    with pytest.raises(InputError, match="not UTF-8"):
        detect_encoding(Content("a", data=data))
    text = '{"title":"Łódź","sequence":"' + "ACGT" * (1 << 16) + '"}\n'
    assert detect_encoding(Content("a", data=text.encode())).name == "utf-8"
    assert time.process_time() - started < 2


def test_no_more_of_a_file_is_cut_into_words_than_shows_that_it_is_utf8(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cut: list[int] = []
    words = encodings._high_words
    monkeypatch.setattr(
        encodings, "_high_words", lambda piece: cut.append(len(piece)) or words(piece)
    )
    data = b"title\n" + "深度学习\n".encode() * 300_000
    assert detect_encoding(Content("a", data=data)).name == "utf-8"
    assert len(cut) == 1 and sum(cut) < len(data) / 3


def test_a_named_encoding_that_does_not_fit_is_refused() -> None:
    data = (
        "id,title,year\n" + "".join(f"{n},{text},2016\n" for n, text in enumerate(TEXTS["zh_Hans"]))
    ).encode("gbk")
    with pytest.raises(InputError, match="don't fit the encoding"):
        read_documents({"a.csv": data}, encoding="utf-8")


def test_a_project_names_its_encoding(tmp_path: Path) -> None:
    text = '[observe]\nencoding = "gbk"\n[measure.learning]\nsource = "a.csv"\nencoding = "big5"\n'
    (tmp_path / "observatory.toml").write_text(text, encoding="utf-8")
    project = open_project(tmp_path)
    assert project.encoding == "gbk" and project.measure("learning").encoding == "big5"


def test_damaged_bytes_do_not_change_the_encoding() -> None:
    good = (
        "id,title,year\n" + "".join(f"{n},{text},2016\n" for n, text in enumerate(TEXTS["zh_Hans"]))
    ).encode("gbk")
    at = good.index(b",2016", 200)
    found = detect_encoding(Content("a", data=good[:at] + b"\xff" + good[at:]))
    assert (found.name, found.errors) == ("gb18030", "replace") and found.misfits == 1


def test_likely_words_cost_less_in_their_own_language() -> None:
    assert {"zh_Hans", "zh_Hant", "ja", "ko", "fr", "pl", "ru"} <= set(languages())
    for language in ("fr", "pl", "hu", "cs", "ru"):
        words = " ".join(TEXTS[language]).split()
        own = sum(word_costs(words, [language]))
        assert all(
            own < sum(word_costs(words, [other]))
            for other in ("fr", "pl", "hu", "cs", "ru")
            if other != language
        )
