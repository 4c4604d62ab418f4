"""Pages of Parquet: whatever is written properly passes; what claims more than it holds is
refused."""

from __future__ import annotations

import io
from pathlib import Path

import polars as pl
import pytest

from firstlight.errors import InputError
from firstlight.sources.documents import read_documents
from firstlight.sources.parquet_layout import LayoutError, checked_sizes

CASES = Path(__file__).parents[1] / "fuzz" / "cases" / "parquet"
FRAME = pl.DataFrame(
    {
        "title": ["a", None, "é"] * 200,
        "year": range(600),
        "authors": [["x", "y"], [], None] * 200,
        "nested": [{"e": True, "f": None}] * 600,
        "empty": [None] * 600,
    }
)


@pytest.mark.parametrize("compression", ["uncompressed", "snappy", "zstd", "gzip", "lz4", "brotli"])
@pytest.mark.parametrize("rows", [None, 7])
def test_what_polars_writes_passes(compression: str, rows: int | None) -> None:
    made = io.BytesIO()
    FRAME.write_parquet(made, compression=compression, row_group_size=rows, data_page_size=100)
    checked_sizes(made, "a")


@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("is_coded", [True, False])
def test_what_arrow_writes_passes_empty_or_not(version: str, is_coded: bool) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    for frame in (FRAME, FRAME.clear()):
        made = io.BytesIO()
        options = {"data_page_version": version, "use_dictionary": is_coded, "data_page_size": 64}
        parquet.write_table(frame.drop("empty").to_arrow(), made, **options)
        checked_sizes(made, "a")


def test_a_page_of_more_values_than_its_column_is_refused() -> None:
    data = (CASES / "page_of_2_to_the_61_bytes").read_bytes()
    with pytest.raises(LayoutError):
        checked_sizes(io.BytesIO(data), "a")
    with pytest.raises(InputError):
        read_documents({"a.parquet": data})
