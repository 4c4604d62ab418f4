"""Documents that speak of a need, a challenge, an issue or an application: a pull of use on the technology."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from firstlight.instruments.emergence.terms import TermCounts

# Folded, singular words as `count_terms` has them, in English and Chinese. Chosen on arXiv forecast years up to 2012
# (docs/explanation/tried.md); any one of them is enough.
NEED_WORDS = (
    *(
        "address",
        "application",
        "challenge",
        "challenging",
        "issue",
        "need",
        "quality",
        "technology",
    ),
    *("应用", "技术", "挑战", "质量", "问题", "需求"),
)


def speaks_of_need(counts: TermCounts) -> npt.NDArray[np.float64]:
    """1 for each document that uses one of the words, else 0: (D,)."""
    place = {term: column for column, term in enumerate(counts.terms)}
    columns = [place[word] for word in NEED_WORDS if word in place]
    if not columns:
        return np.zeros(len(counts.years))
    used = np.asarray((counts.incidence[:, columns] > 0).sum(axis=1)).ravel()
    return (used > 0).astype(np.float64)
