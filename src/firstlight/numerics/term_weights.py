"""Tf-idf weights of texts: how often each has a term, and how few of them have it."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse


class TermWeights:
    """Weights of terms as some texts teach them, of these texts and of others.

    A term that stands f times in a text, and in n_t of the n texts learned from, weighs
    (1 + ln f) (1 + ln((1 + n) / (1 + n_t))); weights of a text are divided by their length, so that
    the product of two rows is a cosine. Terms that were not learned are left out.

    Parameters
    ----------
    texts
        Those to learn from, n of them.
    cut
        Text -> its terms, repeated as often as they stand there.
    by_rarity
        Whether the second factor counts.
    dtype
        Kind of the weights.

    Attributes
    ----------
    terms
        What was learned, in alphabetical order: the columns of every table of weights.
    rows
        n x terms, the weights of the texts learned from.

    References
    ----------
    Manning, Raghavan and Schütze 2008, Introduction to Information Retrieval, chapter 6; counts of
    texts are smoothed by one text that holds every term.

    Examples
    --------
    >>> learned = TermWeights(["a b", "a"], str.split)
    >>> learned.terms, learned.rows.toarray().round(4).tolist()
    (['a', 'b'], [[0.5797, 0.8148], [1.0, 0.0]])
    >>> learned.of(["c b"]).toarray().tolist()
    [[0.0, 1.0]]
    """

    def __init__(
        self,
        texts: Sequence[str],
        cut: Callable[[str], Iterable[str]],
        *,
        by_rarity: bool = True,
        dtype: npt.DTypeLike = np.float64,
    ) -> None:
        self._cut, self._dtype = cut, dtype
        met: dict[str, int] = {}
        counts = self._counts(texts, met, learns=True)
        self.terms = sorted(met)
        self._place = {term: at for at, term in enumerate(self.terms)}
        counts = counts[:, [met[term] for term in self.terms]]
        self._rarity = np.ones(len(self.terms), dtype)
        if by_rarity:
            holding = np.bincount(counts.indices, minlength=len(self.terms)).astype(dtype)
            self._rarity = np.log((1 + len(texts)) / (1 + holding)) + 1
        self.rows = self._weighed(counts)

    def of(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """The weights of other texts, n x terms; a text without a known term has none.

        Parameters
        ----------
        texts
            n of them.

        Returns
        -------
        Rows of length 1, or of 0.
        """
        return self._weighed(self._counts(texts, self._place))

    def _counts(
        self, texts: Sequence[str], place: dict[str, int], *, learns: bool = False
    ) -> sparse.csr_matrix:
        """How often each text has each known term; where it learns, every term becomes known."""
        places, times, starts = array("i"), array("i"), [0]
        for text in texts:
            own = Counter(self._cut(text))
            if learns:
                for term in own:
                    place.setdefault(term, len(place))
            known = [term for term in own if term in place]
            places.extend(place[term] for term in known)
            times.extend(own[term] for term in known)
            starts.append(len(places))
        held = (np.array(times, self._dtype), np.array(places, np.int32), starts)
        return sparse.csr_matrix(held, (len(texts), len(place)))

    def _weighed(self, counts: sparse.csr_matrix) -> sparse.csr_matrix:
        counts.sort_indices()  # sums come in one order, whichever term a text begins with
        weights = (np.log(counts.data) + 1) * self._rarity[counts.indices]
        row = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
        lengths = np.sqrt(np.bincount(row, weights * weights, counts.shape[0]))
        held = ((weights / lengths[row]).astype(self._dtype), counts.indices, counts.indptr)
        return sparse.csr_matrix(held, counts.shape)
