"""The invented observation of take-off with a hostile text in every column that documents or users
can reach."""

from __future__ import annotations

import polars as pl
from hostile_texts import HOSTILE
from invented_take_off import Observation, observation

LONG = "x" * 300
RIGHT_TO_LEFT = "شبكات عصبية \u202eneural"
LINKED = "https://example.invalid/\"onclick=x<b>'"
TEXTS = (
    *HOSTILE,
    LINKED,
    LONG,
    RIGHT_TO_LEFT,
    "javascript:document.title='taken'",
    "constructor",
    "' onload='x",
)
REACHED = {
    "technologies": ("name", "name_zh", "theme"),
    "forms": ("form",),
    "themes": ("name",),
    "leaders": ("name",),
    "documents": ("title", "venue", "link", "document_id"),
    "dropped": ("term", "into"),
    "named": ("old_name", "name", "description", "model"),
    "past_forecasts": ("name",),
    "cases": ("name",),
    "universe": ("name",),
    "areas_summary": ("best_name",),
    "new_links": ("name", "other_name"),
    "precedents": ("name",),
    "set_aside": ("reason", "example"),
}
ID_COLUMNS = ("technology_id", "other_id")


def hostile_observation() -> Observation:
    """Tables and facts; every technology's identifier is hostile too."""
    tables, facts = observation()
    for name, columns in REACHED.items():
        frame = tables[name]
        for step, column in enumerate(columns):
            texts = [TEXTS[(place + step) % len(TEXTS)] for place in range(frame.height)]
            frame = frame.with_columns(pl.Series(column, texts, dtype=pl.String))
        tables[name] = frame
    tables["themes"] = tables["themes"].with_columns(top=pl.lit(list(TEXTS[:5])))
    for name, frame in tables.items():
        turned = [
            pl.col(column) + "&'\"#=,%/<é>" for column in ID_COLUMNS if column in frame.columns
        ]
        tables[name] = frame.with_columns(turned)
    facts |= {
        "title": HOSTILE[0],
        "licence": HOSTILE[1],
        "sources": [{"name": HOSTILE[0], "address": "javascript:alert(1)", HOSTILE[1]: HOSTILE[2]}],
        "parameters": {HOSTILE[1]: HOSTILE[2]},
    }
    return tables, facts
