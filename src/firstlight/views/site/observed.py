"""An observation as things with addresses: its list, each technology, theme and area, the record,
what changed, and what it was made from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import polars as pl

from firstlight.result import Result
from firstlight.texts import LANGUAGES, Remark, Texts
from firstlight.views.site.addresses import path_of, slug
from firstlight.views.site.course_chart import course_chart
from firstlight.views.site.thing import ByLanguage, Draw, Form, Origin, Show, Thing, in_every

OF_TECHNOLOGY = (
    *("history", "fan", "forms", "leaders", "documents", "links", "precedents"),
    *("past_forecasts", "changes"),
)
OF_RECORD = ("record", "gains", "cases", "reliability", "past_forecasts", "leads", "universe")
OF_SOURCE = ("years", "warnings", "set_aside", "dropped", "own_names", "named", "near_duplicates")
OUTCOMES = {True: "yes_took_off", False: "no_took_off"}
Row = Mapping[str, Any]


class Observed:
    """The things of one observation.

    code        : the folder that its addresses begin with
    observation : as `firstlight.observe` returns it
    created     : when it was made, ISO 8601
    """

    def __init__(self, code: str, observation: Result, created: str) -> None:
        self.code = code
        self.tables = observation.tables
        self.facts = observation.facts
        self.texts: Texts = observation.texts
        self.title = in_every(Remark.of(self.facts, "title"))
        sources = tuple(str(each.get("name")) for each in self.facts.get("sources") or ())
        self.origin = Origin(
            title=self.title,
            sources=sources or (str(self.facts["title"]),),
            licence=str(self.facts.get("licence") or ""),
            version=str(self.facts.get("code_version") or ""),
            created=created,
            command="firstlight explain observation",
            inputs=tuple((own["name"], own["sha256"]) for own in self.facts.get("inputs") or ()),
            parameters=self.facts.get("parameters") or {},
        )

    # ---- what there is

    def paths(self) -> Iterator[str]:
        """The address of every thing."""
        yield from (self.path(kind) for kind in ("technologies", "record", "changes", "source"))
        yield from (self.path("area", area) for area in self.areas)
        yield from (self.path("theme", theme) for theme in self._themes)
        yield from (self.technology_path(each) for each in self._technologies)

    def names(self) -> Iterator[Form]:
        """Every form of every name, with the address of what bears it and its documents."""
        for row in self._technologies.values():
            path, weight = self.technology_path(row["technology_id"]), row["documents_count"] or 0
            for name in Remark.of(row, "name").value.values():
                yield path, name, weight
        for technology, form in self.tables["forms"].select("technology_id", "form").iter_rows():
            if technology in self._technologies:
                weight = self._technologies[technology]["documents_count"] or 0
                yield self.technology_path(technology), form, weight
        for theme, row in self._themes.items():
            for name in Remark.of(row, "name").value.values():
                yield self.path("theme", theme), name, row["documents_count"] or 0
        for area in self.areas:
            for lang in LANGUAGES:
                yield self.path("area", area), self.texts.code(lang, "areas", area), 0

    def path(self, kind: str, identifier: str = "") -> str:
        """The address of one of its things."""
        return path_of(self.code, kind, *([slug(identifier)] if identifier else []))

    def technology_path(self, technology: str) -> str:
        """The address of a technology by its identifier."""
        return self.path("technology", technology)

    def path_if_known(self, technology: str | None) -> str:
        """The address of a technology; "" for one that is not listed."""
        return self.technology_path(technology) if technology in self._technologies else ""

    def name_of(self, technology: str, lang: str) -> str:
        """What a technology is called in a language."""
        return Remark.of(self._technologies[technology], "name").text(lang)

    def find(self, path: str) -> Thing | None:
        """The thing at an address; None where there is none."""
        _, kind, identifier = [*path.split("/", 2), "", ""][:3]
        if kind == "technology":
            known = self._slugs.get(identifier)
            return self.technology(known) if known is not None else None
        if kind == "theme" and identifier in self._themes:
            return self.theme(identifier)
        if kind == "area" and identifier in self.areas:
            return self.area(identifier)
        makers = {
            "technologies": self.technologies,
            "record": self.record,
            "changes": self.changes,
            "source": self.source,
        }
        return makers[kind]() if kind in makers and not identifier else None

    # ---- each of them

    def technologies(self) -> Thing:
        """The whole list."""
        tables = {
            "technologies": self.tables["technologies"].sort("rank", nulls_last=True),
            "new_links": self.tables["new_links"],
            "themes": self.tables["themes"],
        }
        return self._thing("technologies", self._worded("tables", "technologies", "title"), tables)

    def technology(self, technology: str) -> Thing:
        """One technology, with all that is known of it."""
        row = self._technologies[technology]
        frames = {name: self._of_technology(name, technology) for name in OF_TECHNOLOGY}
        one = self.tables["technologies"].slice(row["place"], 1)
        above: tuple[str, ...] = ()
        if row["area"] in self.areas:
            above = (self.path("area", row["area"]),)
        return self._thing(
            "technology",
            in_every(Remark.of(row, "name")),
            {"technologies": one, **frames},
            identifier=technology,
            charts={"course": _course},
            above=above,
        )

    def theme(self, theme: str) -> Thing:
        """The technologies of a theme."""
        own = pl.col("theme_id") == theme
        name = in_every(Remark.of(self._themes[theme], "name"))
        return self._part("theme", theme, name, own)

    def area(self, area: str) -> Thing:
        """The technologies of an area."""
        return self._part("area", area, self._worded("areas", area), pl.col("area") == area)

    def record(self) -> Thing:
        """How often such lists were right: hits, false alarms and misses, beside every rule."""
        tables = {name: self.tables[name] for name in OF_RECORD}
        return self._thing("record", self._worded("tables", "record", "title"), tables)

    def changes(self) -> Thing:
        """What changed since the observation that this one was compared with."""
        tables = {"changes": self.tables["changes"]}
        return self._thing("changes", self._worded("tables", "changes", "title"), tables)

    def source(self) -> Thing:
        """What was read, what was set aside, and every caution."""
        tables = {name: self.tables[name] for name in OF_SOURCE}
        return self._thing("source", self.title, tables)

    def _part(self, kind: str, code: str, name: ByLanguage, own: pl.Expr) -> Thing:
        listed = self.tables["technologies"].filter(own).sort("rank", nulls_last=True)
        return self._thing(kind, name, {"technologies": listed}, identifier=code)

    def _thing(
        self,
        kind: str,
        name: ByLanguage,
        tables: Mapping[str, pl.DataFrame],
        *,
        identifier: str = "",
        charts: Mapping[str, Draw] | None = None,
        above: tuple[str, ...] = (),
    ) -> Thing:
        show: Show = lambda thing, lang: {"observed": self}  # noqa: E731
        return Thing(
            kind,
            self.path(kind, identifier),
            name,
            tables,
            self.texts,
            self.origin,
            charts or {},
            show,
            (self.path("technologies"), *above) if kind != "technologies" else (),
        )

    def _worded(self, *keys: str) -> ByLanguage:
        return {lang: self.texts.say(lang, *keys) for lang in LANGUAGES}

    def _of_technology(self, table: str, technology: str) -> pl.DataFrame:
        return self._parts[table].get((technology,), self.tables[table].clear())

    @cached_property
    def _technologies(self) -> dict[str, Row]:
        frame = self.tables["technologies"].with_row_index("place")
        return {row["technology_id"]: row for row in frame.iter_rows(named=True)}

    @cached_property
    def _slugs(self) -> dict[str, str]:
        return {slug(technology): technology for technology in self._technologies}

    @cached_property
    def _themes(self) -> dict[str, Row]:
        return {row["theme_id"]: row for row in self.tables["themes"].iter_rows(named=True)}

    @cached_property
    def areas(self) -> dict[str, Row]:
        """Areas that hold technologies -> what is told of them."""
        rows = self.tables["areas_summary"].iter_rows(named=True)
        return {row["area"]: row for row in rows if row["technologies_count"]}

    @cached_property
    def _parts(self) -> dict[str, dict[tuple[Any, ...], pl.DataFrame]]:
        """Table -> technology -> its rows."""
        return {
            name: self.tables[name].partition_by("technology_id", as_dict=True)
            for name in OF_TECHNOLOGY
        }


def _course(thing: Thing, lang: str) -> str:
    return course_chart(thing.tables["history"], thing.tables["fan"], thing.name[lang])
