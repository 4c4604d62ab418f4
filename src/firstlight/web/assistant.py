"""An assistant's door: the API as tools of the Model Context Protocol, each answer with its source,
date and uncertainty."""

from __future__ import annotations

from typing import Any

from firstlight import __version__
from firstlight.errors import FirstlightError
from firstlight.texts import ENGLISH, LANGUAGES
from firstlight.views.site.files import told
from firstlight.web.api import Api

MOST_ROWS = 50  # of each table: an assistant reads them all
INSTRUCTIONS = (
    "Firstlight says which technologies may take off, how likely, and how often such lists were "
    "right. Search for a name first; the path of a hit is what the other tools take. Give chances "
    "with their interval, the base rate and the record of the list, and name source and date."
)


class Tools:
    """What an assistant may ask, in words that it reads; nothing is changed by it."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def search(self, question: str, language: str = ENGLISH) -> dict[str, Any]:
        """Find technologies, themes, areas and measurements by any form of a name, in English or
        Chinese. Gives paths for the other tools."""
        return {"hits": self._api.site.hits(_known(language), question[:500], MOST_ROWS)}

    def overview(self) -> dict[str, Any]:
        """List the observed records and the measurements that there are, with their paths."""
        return self._api.index()

    def technology(self, path: str, language: str = ENGLISH) -> dict[str, Any]:
        """Tell what is known of one technology: its chance of take-off with the interval, what
        earlier chances like it were worth, its years, forecast, other names and nearest ones."""
        return self._told(path, language)

    def forecast_record(self, collection: str, language: str = ENGLISH) -> dict[str, Any]:
        """Tell how often the lists of a record were right: hits, false alarms and misses by year,
        beside the base rate and every simple rule."""
        return self._told(f"{collection}/record", language)

    def look(self, path: str, language: str = ENGLISH, table: str = "") -> dict[str, Any]:
        """Show any thing at a path: a list, a theme, an area, what changed, a source, a
        measurement; with a table's name that table alone."""
        return self._told(path, language, table)

    def compare(self, paths: list[str], language: str = ENGLISH) -> dict[str, Any]:
        """Put two to six technologies side by side: their chances and shares by year."""
        try:
            thing = self._api.shelf.compare(paths[:50])
        except FirstlightError as error:
            return {"error": error.told(_known(language))}
        if thing is None:
            return {"error": "one of the paths is not known: search for a name first"}
        return self._api.rows(thing, {"limit": str(MOST_ROWS * 20)}, _known(language))

    def explain(self, path: str) -> dict[str, Any]:
        """Tell where the figures at a path come from: sources, licence, inputs with their hashes,
        parameters, version of the code, and the command that walks each back."""
        thing = self._api.shelf.find(path)
        return {"error": f"nothing is at {path[:200]}"} if thing is None else told(thing)

    def _told(self, path: str, language: str, table: str = "") -> dict[str, Any]:
        thing = self._api.shelf.find(path)
        if thing is None:
            return {"error": f"nothing is at {path[:200]}: search for a name first"}
        asked = {"limit": str(MOST_ROWS), **({"table": table} if table else {})}
        try:
            return self._api.rows(thing, asked, _known(language))
        except FirstlightError as error:
            return {"error": error.told(_known(language))}


def _known(language: str) -> str:
    return language if language in LANGUAGES else ENGLISH


def server_of(tools: Tools) -> Any:
    """The server that offers the tools, as the package ``mcp`` runs it."""
    from mcp import types
    from mcp.server import MCPServer

    server = MCPServer(
        "firstlight", instructions=INSTRUCTIONS, version=__version__, log_level="WARNING"
    )
    reads = types.ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
    for name in (
        *("search", "overview", "technology", "forecast_record"),
        *("look", "compare", "explain"),
    ):
        server.tool(annotations=reads)(getattr(tools, name))
    return server
