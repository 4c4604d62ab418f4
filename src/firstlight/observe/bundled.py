"""The bundled sky in: its surveys are read as they were counted."""

from __future__ import annotations

from pathlib import Path

from firstlight.catalogue import Catalogue
from firstlight.errors import InputError
from firstlight.instruments.emergence import survey_tables
from firstlight.instruments.emergence.comparability import warning
from firstlight.observe.reading import Observed, Say, Surveys
from firstlight.sample import sky


def from_sky(catalogue: Catalogue) -> Observed:
    """Open the bundled sky."""
    tables, about, publisher = sky.load(), sky.provenance(), sky.source()
    kept = catalogue.keep_snapshots("bundled_sky", publisher, sky.snapshots(), folder=Path(str(sky.FOLDER)))
    years = tables["years_read"].with_columns(is_complete=True)
    have = tables["surveys"]["forecast_year"].to_list()

    def surveys(as_of: int, back: int, granularity: float, say: Say) -> Surveys:
        if granularity != 1.0 or as_of not in have:
            raise InputError(
                f"the bundled sky was not counted for {as_of} at granularity {granularity:g}",
                where=f"it holds {min(have)} to {max(have)} at granularity 1",
                try_next="firstlight observe YOUR-PAPERS, which can be counted anew",
            )
        every = survey_tables.unstack(tables)
        return {year: (own, kept) for year, own in every.items() if as_of - back < year <= as_of}

    return Observed(
        title=about["title"],
        origin=kept,
        first_year=min(have),
        complete_to=max(have),
        default_year=sky.AS_OF,
        inputs={"bundled_sky": kept.key},
        tables={"years": years, "set_aside": tables["set_aside"], "duplicates": tables["duplicates"]},
        category_years=tables["category_years"],
        facts={
            "title_zh": about["title_zh"],
            "source_names": [publisher.publisher],
            "citation": publisher.citation,
            "is_sample": True,
            "sample_note_en": about["note_en"],
            "sample_note_zh": about["note_zh"],
            "inputs": [{"name": about["input"]["file"], **{k: about["input"][k] for k in ("sha256", "bytes_count")}}],
        },
        surveys=surveys,
        warnings=[warning("sample_gap", about["note_en"], about["note_zh"])],
        no_words=(
            "The bundled sky ships statistics only, without the millions of pairs of terms of which new links are forecast: "
            "observe your own papers.",
            "内置样例只含统计数据，不含用于预测新连接的数百万对术语：请用自己的论文进行观测。",
        ),
    )
