"""Works from OpenAlex's interface: cursor paging, one stored file per page, resumed by cursor.

Documented at https://developers.openalex.org/guides/page-through-results and
…/api-reference/errors.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from firstlight.errors import SourceError
from firstlight.sources.bounds import PAGE, Bounds
from firstlight.sources.pages import Fetch, Progress, follow, resume, save, store_page
from firstlight.sources.transport import (
    Patience,
    address,
    check_base_url,
    check_query,
    get,
    without_secrets,
)
from firstlight.texts import Name, message

FOLDER = Path(__file__).parent
BASE_URL = "https://api.openalex.org"
PER_PAGE = 100
SELECT = (
    "id,doi,display_name,publication_date,publication_year,abstract_inverted_index,authorships,"
    "topics,primary_location,referenced_works,cited_by_count"
)
# OpenAlex answers 403 where requests come too fast.
_PATIENCE = Patience(busy=(*Patience().busy, 403))
_KNOWN = ("filter", "search", "sort", "select", "sample", "seed")


def fetch(
    query: Mapping[str, str],
    folder: str | Path,
    *,
    base_url: str = BASE_URL,
    progress: Progress | None = None,
    patience: Patience | None = None,
    bounds: Bounds = PAGE,
    mailto: str | None = None,
    api_key: str | None = None,
) -> Fetch:
    """Fetch works into a folder of JSON pages; run again after a break, it goes on where it
    stopped.

    query    : filter, search, sort, select, as OpenAlex defines them
    folder   : page_000001.json, page_000002.json, … and state.json
    progress : called with pages stored and pages in all
    bounds   : what is taken from the server at most
    mailto   : an address for the polite pool; neither it nor the key is stored or shown
    api_key  : OpenAlex's free key, which it asks for beyond quick tests
    Returns Fetch.
    Raises  InputError for another query than the folder's; SourceError where OpenAlex refuses or
            keeps failing.
    """
    check_query(query, _KNOWN, "openalex")
    base, folder = check_base_url(base_url), Path(folder)
    asked = {"select": SELECT, **query}
    secrets = {key: value for key, value in (("mailto", mailto), ("api_key", api_key)) if value}
    begun = resume(folder, "openalex", {"base_url": base, **asked})
    patient = replace(patience or _PATIENCE, bounds=bounds)

    def next_page(state: Fetch) -> tuple[Fetch, int | None]:
        # OpenAlex's cursor for the first page is a star.
        place = {"per_page": str(PER_PAGE), "cursor": state.next_page or "*"}
        url = address(f"{base}/works", {**asked, **place, **secrets})
        return _fetch_page(state, folder, url, patient)

    return follow(folder, begun, bounds, next_page, progress)


def _fetch_page(
    state: Fetch, folder: Path, url: str, patience: Patience
) -> tuple[Fetch, int | None]:
    where = without_secrets(url)
    data = get(url, patience, lambda page: parse_page(page, where))
    page = parse_page(data, where)
    cursor, count = page["meta"].get("next_cursor"), page["meta"].get("count")
    pages_count = None
    if isinstance(count, int):
        pages_count = -(-count // PER_PAGE)
    if not page["results"]:
        # The last cursor leads to an empty page, which says only that nothing follows.
        if state.pages:
            return save(folder, replace(state, next_page="", is_complete=True)), pages_count
        cursor = None
    name = f"page_{len(state.pages) + 1:06d}.json"
    return store_page(folder, state, name, data, cursor or None), pages_count


def parse_page(data: bytes, where: str) -> dict[str, Any]:
    """One answer: ``meta`` and ``results``.

    Raises  SourceError where it is not JSON, or not a list of works.
    """
    try:
        page = json.loads(data)
    except (ValueError, RecursionError) as error:
        about = {"address": Name(where), "said": Name(str(error))}
        raise SourceError(message("page_not_json", **about), FOLDER) from error
    if (
        not isinstance(page, dict)
        or not isinstance(page.get("results"), list)
        or not isinstance(page.get("meta"), dict)
        or not isinstance(page["meta"].get("next_cursor"), str | None)
    ):
        raise SourceError(message("page_not_works", address=Name(where)), FOLDER)
    return page
