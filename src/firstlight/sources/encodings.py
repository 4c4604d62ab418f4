"""Which encoding the bytes of a text file are in, judged by the bytes alone, or refused where two
are as plausible."""

from __future__ import annotations

import codecs
import difflib
import io
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from firstlight.errors import InputError
from firstlight.sources.archives import Content, chunks, open_bytes
from firstlight.sources.likely_text import languages, word_costs
from firstlight.texts import Code, Count, Message, Name, message, names

FOLDER = Path(__file__).parent
# In this order: the mark of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OF_WORD = (".docx", ".doc")
_KNOWN_BINARY = (
    (b"PK\x03\x04", "workbook"),
    (b"\xd0\xcf\x11\xe0", "old_office"),
    (b"%PDF", "pdf"),
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"SQLite format 3", "sqlite"),
    (b"\x7fELF", "program"),
    (b"ARROW1", "arrow"),
    (b"7z\xbc\xaf\x27\x1c", "other_archive"),
    (b"Rar!", "other_archive"),
)
_TAPE = slice(257, 262), b"ustar"  # what a tape archive begins with is the name of its first file
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_SAMPLE = 1 << 20
_PLAIN = (
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-32",
)  # by a mark, or as most files are: not worth a note

_WEST = ("fr", "de", "es", "pt", "it", "sv", "da", "nb", "fi", "nl", "ca", "is", "ga")
_MIDDLE = ("pl", "cs", "hu", "sk", "ro", "sl", "hr", "de")
_EVERYWHERE = (
    *("fr", "de", "es", "pt", "sv", "pl", "cs", "hu", "tr", "ru", "el", "ar"),
    *("zh_Hans", "zh_Hant", "ja", "ko"),
)
# Of encodings that are supersets of one another, the wider; what each was made to write, and its
# cost in nats.
_CANDIDATES = (
    ("utf-8", _EVERYWHERE, 0.0),
    ("cp1252", _WEST, 0.0),
    ("gb18030", ("zh_Hans", "zh_Hant", "ja"), 1.0),
    ("cp950", ("zh_Hant",), 2.0),
    ("cp932", ("ja",), 2.0),
    ("cp949", ("ko",), 2.0),
    ("euc_jp", ("ja",), 4.0),
    ("cp1250", _MIDDLE, 3.0),
    ("iso8859-2", _MIDDLE, 3.0),
    ("cp1251", ("ru", "uk", "bg", "sr"), 2.0),
    ("koi8-u", ("ru", "uk"), 4.0),
    ("cp1253", ("el",), 3.0),
    ("cp1254", ("tr", "de", "fr"), 4.0),
    ("cp1255", ("he",), 4.0),
    ("cp1256", ("ar", "fa"), 4.0),
    ("cp1257", ("lt", "lv", "et"), 4.0),
    ("cp874", ("th",), 4.0),
    ("mac-roman", _WEST, 7.0),
    ("cp850", _WEST, 8.0),
    ("cp866", ("ru",), 8.0),
)
# Encodings whose text is judged even where the user names them: of others no more than their bytes.
_TOLD_APART = {codecs.lookup(name).name for name, _, _ in _CANDIDATES} | {
    *("gbk", "gb2312", "big5", "shift_jis", "euc_kr"),
    *("iso8859-1", "iso8859-15", "koi8-r"),
}
# Encodings that can write much beside the language they were made for.
_MANY = ("utf-8", "gb18030", "cp950", "cp932", "cp949", "euc_jp")
_ABROAD = ("zh_Hans", "zh_Hant", "ja", "ko", "ru", "fr", "pl", "el")
# Bytes below 0x30 are never a part of a longer character in any of these, so that words can be cut
# at them.
_WORD = re.compile(rb"[\x30-\xff]+")
_FIRST, _MOST = 25, 1000  # words judged at first, and in all
_HOPELESS = 60.0  # nats behind the best after the first words
_MARGIN = 6.0  # nats between two readings below which neither is taken
_WORST = 10.5  # nats for each character that isn't ASCII, above which a reading is no text
_ASCII = 5.0  # nats for each character of ASCII, likewise
_SLACK = 6.0  # nats beside, for files of a word or two
_ENOUGH = 200_000  # words, after which the rest of a file is not looked at
_UNCUT = 1 << 22  # bytes without an end of a line or a field, which are cut anywhere
_LONGEST = 600  # bytes of a word that are judged
_WIDEST = 9.0  # nats for each character of UTF-16 without a mark, above which it is none
_WIDE_SAMPLE = 1 << 13
_CUT = re.compile("[\x00-\x2f\u3000]+")
_UTF8_WORDS = 20  # words that fit UTF-8 by no accident
# Nats that another reading of valid UTF-8 must be ahead to be taken; from `_MARGIN` on, neither is.
_UTF8_LEAD = 12.0
_LONG = re.compile(rb"[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_SHIFTED = re.compile(rb"\x1b\$[@B]")  # how ISO-2022-JP, all of ASCII, turns to Japanese
_HIGH = re.compile(rb"[\x80-\xff]+")
_MOST_MISFITS, _UNFIT = (
    3,
    0.1,
)  # misfits that a named encoding may have in any case, and as a share of all
# Nats, in all and for each character that isn't ASCII, by which another reading must be likelier
# than the one that the user named, for that to be gibberish.
_GIBBERISH, _GIBBERISH_EACH = 20.0, 2.0
_SHOWN = 12  # characters of a word that a message shows


@dataclass(frozen=True)
class Encoding:
    """A codec, how to treat bytes that don't fit it, and how many characters that concerns."""

    name: str
    errors: str = "strict"
    misfits: int = 0

    def text_of(self, stream: IO[bytes], newline: str | None = None) -> io.TextIOWrapper:
        """A stream of bytes as text; ``newline`` as in `open`."""
        return io.TextIOWrapper(stream, encoding=self.name, errors=self.errors, newline=newline)


def detect_encoding(content: Content) -> Encoding:
    """The encoding of a text file, by byte-order mark, then validity as UTF-8, then the likelihood
    of what it says.

    A file that isn't UTF-8 is decoded under each of twenty encodings, and the words are judged by
    how common their characters are in the languages that the encoding was made for. A few bytes
    that don't fit are replaced and counted.

    Raises  InputError where the file is binary, the archive truncated, `Content.encoding` unknown
            or unfit, or where two encodings make different text that is as plausible, or none makes
            any.

    >>> detect_encoding(Content("a", data="题名,摘要,深度学习".encode("gb18030"))).name
    'gb18030'
    >>> detect_encoding(Content("a", data="théorie générale à côté".encode("cp1252"))).name
    'cp1252'
    """
    with open_bytes(content) as stream:
        head = stream.read(_SAMPLE)
    name = next((codec for mark, codec in _MARKS if head.startswith(mark)), "")
    if not name:
        _refuse_known_binary(head, content.name)
    if not name and content.encoding:
        return _named(content, head)
    if not name and b"\x00" in head:
        name = _wide(head)
    if not name and _SHIFTED.search(head) and _fits(content, "iso2022_jp"):
        name = "iso2022_jp"
    if not name:
        _refuse_controls(head, content.name)
        name = _by_words(content)
    return _with_misfits(content, name)


def _named(content: Content, head: bytes) -> Encoding:
    """The encoding that the user names, unless the file is UTF-8 by no accident, or ASCII that says
    the same in both."""
    name = content.encoding
    try:
        "a".encode(name)  # which also refuses codecs of bytes, as base64
    except (LookupError, ValueError) as error:
        known = sorted(
            {codec for codec, _, _ in _CANDIDATES}
            | {"big5", "gbk", "shift_jis", "euc-kr", "utf-16"}
        )
        told = message("no_encoding", name=Name(name), known=names(known, most=len(known)))
        if near := difflib.get_close_matches(name.lower(), known, n=1):
            told = message("no_encoding_but", name=Name(name), near=Name(near[0]))
        raise InputError(told, FOLDER) from error
    if _fits(content, "utf-8"):
        words = _words(content, is_utf8=True)
        is_same = _is_utf8(words) if words else _reads_as_ascii(content, name)
        if is_same:
            return Encoding("utf-8")
    found = _with_misfits(content, _with_byte_order(name, head))
    if found.misfits > _MOST_MISFITS:
        foreign = sum(len(_HIGH.findall(piece)) for piece in chunks(content))
        if found.misfits > _UNFIT * foreign:
            about = {"name": Name(name), "file": Name(content.name)}
            told = message("encoding_unfit", count=Count(found.misfits), **about)
            raise InputError(told, FOLDER)
    if _family(name) in _TOLD_APART and not _is_wide(found.name):
        _refuse_gibberish(content, found.name)
    return found


def _family(name: str) -> str:
    return codecs.lookup(name).name


def _is_wide(name: str) -> bool:
    return _family(name).startswith(("utf-16", "utf-32"))


def _refuse_gibberish(content: Content, name: str) -> None:
    """Refuse a named encoding under which every word is far less likely than under another."""
    words = _words(content, is_utf8=False)
    sample = words[:: max(len(words) // _FIRST, 1)]
    if not sample:
        return
    named = _reading((name, tuple(languages()), 0.0), sample)
    best = min((_reading(one, sample) for one in _CANDIDATES), key=_cost)
    foreign = sum(not character.isascii() for word in best.words for character in word)
    if best.is_text and named.cost - best.cost > max(_GIBBERISH, _GIBBERISH_EACH * foreign):
        at = next(at for at in range(len(sample)) if named.words[at] != best.words[at])
        about = {"file": Name(content.name), "name": Name(name), "near": Name(best.name)}
        ours, theirs = (Name(one.words[at][:_SHOWN]) for one in (best, named))
        told = message("encoding_gibberish", read=theirs, better=ours, **about)
        raise InputError(told, FOLDER)


def _with_byte_order(name: str, head: bytes) -> str:
    """The name of a codec that needs no mark; of the two byte orders the one in which the bytes
    make text."""
    family = _family(name)
    if family not in ("utf-16", "utf-32"):
        return name
    likely = _wide(head)
    return likely if likely.startswith(family) else f"{family}-le"


def _with_misfits(content: Content, name: str) -> Encoding:
    if _fits(content, name):
        return Encoding(name)
    return Encoding(name, "replace", _misfits(content, name))


def encoding_notes(encoding: Encoding, name: str) -> Iterator[Message]:
    """What a reader should know of how a file was decoded."""
    about = {"file": Name(name), "encoding": Name(encoding.name)}
    if encoding.name not in _PLAIN:
        yield message("not_utf8", **about)
    if encoding.misfits:
        yield message("misfits_replaced", count=Count(encoding.misfits), **about)


def _refuse_known_binary(head: bytes, name: str) -> None:
    kind = next((kind for magic, kind in _KNOWN_BINARY if head.startswith(magic)), "")
    if head[_TAPE[0]] == _TAPE[1]:
        kind = "other_archive"
    if kind and name.lower().endswith(_OF_WORD):
        raise InputError(message("word_file", file=Name(name)), FOLDER)
    if kind:
        code = Code(f"codes.binary.{kind}")
        raise InputError(message("binary_file", kind=code, file=Name(name)), FOLDER)


def _refuse_controls(head: bytes, name: str) -> None:
    if len(_CONTROL.findall(head)) > 0.02 * len(head) + 8:
        raise InputError(message("not_text", file=Name(name)), FOLDER)


def _fits(content: Content, name: str) -> bool:
    decoder = codecs.getincrementaldecoder(name)()
    try:
        for piece in chunks(content):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeError:  # one of ISO-2022-JP is of escapes that never end
        return False
    return True


def _reads_as_ascii(content: Content, name: str) -> bool:
    """Whether bytes that are all ASCII say the same in an encoding, as they don't in ISO-2022-JP,
    HZ or UTF-16."""
    decoder = codecs.getincrementaldecoder(name)("replace")
    try:
        return all(decoder.decode(piece) == piece.decode("ascii") for piece in chunks(content))
    except UnicodeError:
        return False


def _misfits(content: Content, name: str) -> int:
    with open_bytes(content) as stream:
        text = io.TextIOWrapper(stream, encoding=name, errors="replace", newline="")
        return sum(piece.count("\ufffd") for piece in iter(lambda: text.read(_SAMPLE), ""))


def _wide(head: bytes) -> str:
    """UTF-16 or UTF-32 without a mark; empty where zero bytes have another reason."""
    start = head[: min(_WIDE_SAMPLE, len(head) // 4 * 4 or len(head))]
    readings = []
    for name in ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
        text = start.decode(name, "replace")
        words = [word for word in _CUT.split(text) if word]
        readings.append((sum(word_costs(words, _CANDIDATES[0][1])), name, len(text)))
    cost, name, length = min(readings)
    return name if cost < _WIDEST * length else ""


@dataclass(frozen=True)
class _Reading:
    """Words of a file under one encoding, and what each costs in nats beside the encoding's own
    cost."""

    name: str
    prior: float
    words: tuple[str, ...]
    costs: tuple[float, ...]

    @property
    def cost(self) -> float:
        return self.prior + sum(self.costs)

    @property
    def is_text(self) -> bool:
        length = sum(map(len, self.words))
        foreign = sum(not character.isascii() for word in self.words for character in word)
        return self.cost < _WORST * foreign + _ASCII * (length - foreign) + _SLACK

    def is_close(self, other: _Reading) -> bool:
        """Whether another reading is nearly as likely, by the words that they read differently.

        One word alone must speak the clearer for an encoding, the rarer that is.
        """
        pairs = zip(self.words, other.words, self.costs, other.costs, strict=True)
        gained = [theirs - ours for one, two, ours, theirs in pairs if one != two]
        lead = sum(gained) + other.prior - self.prior
        return bool(gained) and lead < _MARGIN + self.prior / len(gained)


def _by_words(content: Content) -> str:
    """The encoding under which the words that hold high bytes are likeliest.

    Raises  InputError where two that read them differently are within a margin, or none makes text
            of them.
    """
    is_utf8 = _fits(content, "utf-8")
    words = _words(content, is_utf8=is_utf8)
    if is_utf8 and (not words or _is_utf8(words)):
        return "utf-8"
    sample = words[:: max(len(words) // _FIRST, 1)]
    readings = sorted((_reading(candidate, sample) for candidate in _CANDIDATES), key=_cost)
    if len(words) > len(sample):
        near = {one.name for one in readings if one.cost < readings[0].cost + _HOPELESS}
        sample = words[:: max(len(words) // _MOST, 1)]
        readings = sorted(
            (_reading(one, sample) for one in _CANDIDATES if one[0] in near), key=_cost
        )
    best = readings[0]
    plain = next(one for one in readings if one.name == "utf-8") if is_utf8 else None
    if plain is not None and best.cost > plain.cost - _MARGIN and plain.is_text:
        return "utf-8"
    close = [one for one in readings if one is best or best.is_close(one)]
    if plain is not None and plain not in close and best.cost > plain.cost - _UTF8_LEAD:
        close = [best, plain]
    if not best.is_text:
        raise _unclear(content.name, "no_encoding_fits", readings[:3], sample)
    if len(close) > 1:
        raise _unclear(content.name, "several_encodings_fit", close[:4], sample)
    return best.name


def _is_utf8(words: Collection[bytes]) -> bool:
    """Whether valid UTF-8 with these words is so by no accident: other text seldom is for long."""
    return len(words) > _UTF8_WORDS or any(_LONG.search(word) for word in words)


def _cost(reading: _Reading) -> float:
    return reading.cost


def _words(content: Content, *, is_utf8: bool) -> list[bytes]:
    """Each word of a file that holds high bytes, once, in the order of first appearance.

    is_utf8 : the file is valid UTF-8, so that no more of them are needed than show that it is so by
              no accident
    """
    found, rest = dict[bytes, None](), b""
    for piece in chunks(content):
        piece = rest + piece
        end = max(piece.rfind(b"\n"), piece.rfind(b",")) + 1
        end = end or len(piece) * (len(piece) > _UNCUT)
        piece, rest = piece[:end], piece[end:]
        found.update(_high_words(piece))
        if len(found) > _ENOUGH or (is_utf8 and _is_utf8(found)):
            break
    else:
        found.update(_high_words(rest))
    return [word[:_LONGEST] for word in found]


def _high_words(piece: bytes) -> dict[bytes, None]:
    if piece.isascii():
        return {}
    # Numbers before a word tell no encoding: 1990年 to 2020年 are one word.
    words = (word.lstrip(b"0123456789") for word in _WORD.findall(piece) if not word.isascii())
    return dict.fromkeys(words)


def _reading(candidate: tuple[str, tuple[str, ...], float], words: Sequence[bytes]) -> _Reading:
    name, native, prior = candidate
    texts = tuple(word.decode(name, "replace") for word in words)
    foreign = _ABROAD if name in _MANY else ()
    return _Reading(name, prior, texts, tuple(word_costs(texts, native, foreign)))


def _unclear(
    file: str, code: str, readings: Sequence[_Reading], words: Sequence[bytes]
) -> InputError:
    differing = next(
        (at for at in range(len(words)) if len({one.words[at] for one in readings}) > 1), 0
    )
    read = names(f"{one.name} ({one.words[differing][:_SHOWN]})" for one in readings)
    about = {"file": Name(file), "name": Name(readings[0].name)}
    return InputError(message(code, readings=read, **about), FOLDER)
