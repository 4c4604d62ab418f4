"""Documents that are nearly the same text, found and reported; nothing is removed.

Texts are compared as sets of 3-word shingles (Broder 1997, On the resemblance and containment of
documents). MinHash signatures cut into bands (Indyk and Motwani 1998) propose pairs; what they make
likely is then measured exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from firstlight.errors import InputError, shown
from firstlight.texts import Name, message, names

FAMILY = Path(__file__).parent
Words = npt.NDArray[np.uint64]
IntArray = npt.NDArray[np.int64]

SHINGLE, BANDS, ROWS, BATCH = 3, 8, 2, 512
LARGEST_GROUP = 40
# 2^64 over the golden ratio: multiplied by it, numbers that are near each other lie far apart
# (Knuth, The Art of Computer Programming 3, section 6.4).
GOLDEN = 0x9E3779B97F4A7C15
EIGHT, LONGEST_WORD = 8, 64  # bytes that are taken at once, and that are looked at of a word
# Bytes of words, ASCII letters as small ones; 0 for what is between words. All bytes of a non-ASCII
# letter are part of a word.
BETWEEN = bytes(b for b in range(128) if not chr(b).isalnum())
FOLDED = bytes(range(256)).lower().translate(bytes.maketrans(BETWEEN, bytes(len(BETWEEN))))
FIRST_BYTES = np.array([(1 << 8 * count) - 1 for count in range(EIGHT + 1)], dtype=np.uint64)


@dataclass(frozen=True)
class NearDuplicates:
    """Pairs of documents at or above the threshold.

    pairs     : id_a, id_b (id_a first in order), similarity (Jaccard index of the shingles, 0 to
                1); most similar first
    compared  : pairs that were measured exactly
    too_short : documents with no word at all, which are compared with nothing
    """

    pairs: pl.DataFrame
    compared: int
    too_short: int


def near_duplicates(
    documents: pl.DataFrame, *, threshold: float = 0.7, signed: pl.DataFrame | None = None
) -> NearDuplicates:
    """Pairs of documents whose title and abstract share at least `threshold` of their 3-word
    shingles.

    Parameters
    ----------
    documents
        Columns id (unique), title and, where there is one, abstract; null reads as empty.
    threshold
        Jaccard index, above 0 to 1. With 8 bands of 2 rows a pair of similarity J is proposed with
        probability 1 - (1 - J^2)^8: .995 at .7, .9997 at .8, but .90 at .5. A set of more than 40
        texts that agree in a band (one text posted many times) is compared neighbour by neighbour
        and with its first text, not all with all.
    signed
        ``signatures`` of the same documents, where they are at hand.

    Returns
    -------
    NearDuplicates, with ``pairs`` (id_a, id_b, similarity, the most similar first), ``compared``
    and ``too_short``; the same for any order of the rows.

    Raises
    ------
    InputError
        For a missing column, a repeated id, or a threshold out of range.

    Examples
    --------
    >>> text = "a new method for growing thin films of graphene on copper foil"
    >>> frame = pl.DataFrame({"id": ["1", "2", "3"], "title": [text, text.upper() + "!",
    ...     "another matter entirely"]})
    >>> near_duplicates(frame).pairs.rows()
    [('1', '2', 1.0)]
    """
    _check(documents, threshold)
    order = documents["id"].arg_sort()
    ordered = documents[order]
    hashes, empty = _signatures(ordered) if signed is None else _of_frame(signed[order])
    left, right = _candidates(hashes, ~empty, threshold)
    similarity = _jaccard(ordered, left, right)
    ids, kept = ordered["id"], similarity >= threshold
    pairs = pl.DataFrame(
        {"id_a": ids[left[kept]], "id_b": ids[right[kept]], "similarity": similarity[kept]}
    )
    pairs = pairs.sort(["similarity", "id_a", "id_b"], descending=[True, False, False])
    return NearDuplicates(pairs, int(left.size), int(empty.sum()))


def signatures(documents: pl.DataFrame) -> pl.DataFrame:
    """The signature of each document, a function of its own text alone: columns hash_0 to hash_15,
    and is_empty.

    documents : columns title and, where there is one, abstract
    """
    hashes, empty = _signatures(documents)
    columns = {f"hash_{number}": hashes[:, number] for number in range(hashes.shape[1])}
    return pl.DataFrame({**columns, "is_empty": empty})


def _of_frame(signed: pl.DataFrame) -> tuple[Words, npt.NDArray[np.bool_]]:
    hashes = signed.drop("is_empty").to_numpy(order="c")
    return hashes, signed["is_empty"].to_numpy()


def _check(documents: pl.DataFrame, threshold: float) -> None:
    for column in ("id", "title"):
        if column not in documents.columns:
            known, named = names(documents.columns), Name(column)
            raise InputError(
                message("no_column", column=named, table=Name("documents"), columns=known)
            )
    if documents["id"].n_unique() < documents.height:
        repeated = documents["id"].filter(documents["id"].is_duplicated()).sort()[0]
        raise InputError(message("id_twice", id=shown(repeated)), FAMILY)
    if not 0 < threshold <= 1:
        raise InputError(message("no_threshold", threshold=shown(threshold)), FAMILY)


def _texts(documents: pl.DataFrame) -> pl.Series:
    """Title and abstract in one; scripts without spaces are cut into single characters."""
    abstract = pl.col("abstract") if "abstract" in documents.columns else pl.lit("")
    text = pl.concat_str(pl.col("title").fill_null(""), pl.lit(" "), abstract.fill_null(""))
    plain = pl.col("text").str.len_bytes() == pl.col("text").str.len_chars()
    folded = (
        pl.col("text").str.normalize("NFKC").str.to_lowercase()
        .str.replace_all(r"([\p{Han}\p{Hiragana}\p{Katakana}])", " $1 ")
        .str.replace_all(r"[^\p{L}\p{M}\p{N}]+", " ")
    )  # fmt: skip
    frame = (
        documents.select(text.alias("text"))
        .with_row_index("row")
        .with_columns(plain.alias("plain"))
    )
    rest = frame.filter(~pl.col("plain")).with_columns(folded.alias("text"))
    return pl.concat([frame.filter("plain"), rest]).sort("row")["text"]


def _shingles(texts: pl.Series) -> tuple[Words, IntArray, IntArray]:
    """Hashes of 3-word shingles; and where each document's begin and end among them.

    What lies between two documents are shingles of both, which belong to neither. A document of one
    or two words is one shingle.
    """
    word, first = _words(texts)
    begin, words = first[:-1].copy(), np.diff(first)
    end = begin + np.maximum(words - SHINGLE + 1, 0)
    hashes = np.concatenate([word, np.zeros(SHINGLE - 1, dtype=np.uint64)])
    for step in range(1, SHINGLE):
        hashes[: word.size] *= np.uint64(GOLDEN)
        hashes[: word.size - step] += word[step:]
    short = np.flatnonzero((words > 0) & (words < SHINGLE))
    alone = word[begin[short]] * np.uint64(GOLDEN) + word[begin[short] + words[short] - 1]
    begin[short] = hashes.size + np.arange(short.size)
    end[short] = begin[short] + 1
    nothing = np.zeros(1, dtype=np.uint64)  # so that the last end is a place, too
    return np.concatenate([hashes, alone, nothing]), begin, end


def _words(texts: pl.Series) -> tuple[Words, IntArray]:
    """A hash of each word, document by document, and where each document's begin (with the end as
    last entry).

    A word is told from others by its length and its first 64 bytes, eight at a time.
    """
    last_byte = np.cumsum(texts.str.len_bytes().to_numpy().astype(np.int64) + 1) + 1
    joined = "\n".join(["", *texts.to_list(), "\0" * EIGHT]).encode().translate(FOLDED)
    raw = np.frombuffer(joined, dtype=np.uint8)
    inside = raw != 0
    edge = np.flatnonzero(inside[1:] != inside[:-1]) + 1
    begin, length = edge[0::2], edge[1::2] - edge[0::2]
    eight = np.ndarray((raw.size - EIGHT + 1,), dtype="<u8", buffer=raw, strides=(1,))
    word = eight[begin] & FIRST_BYTES[np.minimum(length, EIGHT)]
    longer = np.flatnonzero(length > EIGHT)
    for past in range(EIGHT, LONGEST_WORD, EIGHT):
        more = eight[begin[longer] + past] & FIRST_BYTES[np.minimum(length[longer] - past, EIGHT)]
        word[longer] = _mix(word[longer]) + more
        longer = longer[length[longer] > past + EIGHT]
    word += length.astype(np.uint64)
    word *= np.uint64(GOLDEN)
    # The low bits of a product depend on low bits alone, so the high ones are folded into them.
    word ^= word >> np.uint64(32)
    first = np.concatenate([[0], np.searchsorted(begin, last_byte)]).astype(np.int64)
    return word, first


def _signatures(documents: pl.DataFrame) -> tuple[Words, npt.NDArray[np.bool_]]:
    """(documents, bands * rows) least hashes, and which documents have no word."""
    salt = _mix(np.arange(1, BANDS * ROWS + 1, dtype=np.uint64) * np.uint64(GOLDEN))
    signatures, empty = (
        np.zeros((documents.height, salt.size), dtype=np.uint64),
        np.zeros(documents.height, dtype=bool),
    )
    for start in range(0, documents.height, BATCH):
        hashes, begin, end = _shingles(_texts(documents[start : start + BATCH]))
        filled = np.flatnonzero(end > begin)
        empty[start : start + begin.size] = end == begin
        if not filled.size:
            continue
        bounds = np.column_stack([begin[filled], end[filled]]).ravel()
        permuted = np.empty_like(hashes)
        for column, multiplier in enumerate(salt | np.uint64(1)):
            np.multiply(hashes, multiplier, out=permuted)  # by an odd number: a permutation
            least = np.minimum.reduceat(permuted, bounds)
            signatures[start + filled, column] = least[0::2]
    return signatures, empty


def _candidates(
    signatures: Words, usable: npt.NDArray[np.bool_], threshold: float
) -> tuple[IntArray, IntArray]:
    """Row numbers of likely pairs that agree in at least one band, each once, the smaller first."""
    rows = np.flatnonzero(usable)
    found = [np.zeros((0, 2), dtype=np.int64)]
    for band in range(0, BANDS * ROWS, ROWS):
        key = signatures[rows, band]
        for column in range(band + 1, band + ROWS):
            key = _mix(key) + signatures[rows, column]
        order = np.argsort(key, kind="stable")
        if rows.size:
            start = np.flatnonzero(np.concatenate([[True], np.diff(key[order]) != 0]))
        else:
            start = order
        size = np.diff(np.append(start, rows.size))
        two = start[size == 2]
        found.append(np.column_stack([rows[order[two]], rows[order[two + 1]]]))
        for begin, length in zip(start[size > 2].tolist(), size[size > 2].tolist(), strict=True):
            found.append(_within(rows[order[begin : begin + length]]))
    left, right = np.concatenate(found).T
    # Of 16 least hashes a pair of similarity J shares 16 J on average; under half of the threshold
    # is too few.
    likely = (signatures[left] == signatures[right]).mean(axis=1) >= threshold / 2.0
    pairs = np.unique(left[likely] * np.int64(signatures.shape[0]) + right[likely])
    return pairs // signatures.shape[0], pairs % signatures.shape[0]


def _within(group: IntArray) -> IntArray:
    """All pairs of a small group; of a large one, each with its predecessor and with the first."""
    if group.size <= LARGEST_GROUP:
        i, j = np.triu_indices(group.size, 1)
        return np.column_stack([group[i], group[j]])
    chain = np.column_stack([group[:-1], group[1:]])
    star = np.column_stack([np.full(group.size - 1, group[0]), group[1:]])
    return np.concatenate([chain, star])


def _jaccard(documents: pl.DataFrame, left: IntArray, right: IntArray) -> npt.NDArray[np.float64]:
    """Exact Jaccard index of the shingle sets of each pair; sets are made for some pairs at a time,
    for they are large."""
    values = np.empty(left.size)
    for start in range(0, left.size, BATCH):
        some = slice(start, start + BATCH)
        sets = _shingle_sets(documents, np.unique(np.concatenate([left[some], right[some]])))
        for pair, (a, b) in enumerate(
            zip(left[some].tolist(), right[some].tolist(), strict=True), start
        ):
            shared = len(sets[a] & sets[b])
            values[pair] = shared / (len(sets[a]) + len(sets[b]) - shared)
    return values


def _shingle_sets(documents: pl.DataFrame, needed: IntArray) -> dict[int, frozenset[int]]:
    """Row -> the hashes of its shingles."""
    sets: dict[int, frozenset[int]] = {}
    for start in range(0, needed.size, BATCH):
        rows = needed[start : start + BATCH]
        hashes, begin, end = _shingles(_texts(documents[rows]))
        listed = hashes.tolist()
        for row, first, last in zip(rows.tolist(), begin.tolist(), end.tolist(), strict=True):
            sets[row] = frozenset(listed[first:last])
    return sets


def _mix(values: Any) -> Words:
    """SplitMix64's finaliser (Steele, Lea and Flood 2014): every bit of the input moves every bit
    of the output."""
    x = np.asarray(values, dtype=np.uint64)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(x ^ (x >> np.uint64(31)))
