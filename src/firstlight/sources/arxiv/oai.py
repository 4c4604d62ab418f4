"""Harvesting arXiv: ListRecords with metadataPrefix=arXiv, one stored file per page, resumed by
token.

Protocol: OAI-PMH 2.0, https://www.openarchives.org/OAI/openarchivesprotocol.html, sections 3.5
(flow control) and 4.5; arXiv's notes for harvesters, https://info.arxiv.org/help/oa/index.html.
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from firstlight.errors import SourceError
from firstlight.sources.bounds import MOST_WORDS, PAGE, Bounds
from firstlight.sources.oai_pages import OAI, parse_page
from firstlight.sources.pages import Fetch, Progress, follow, resume, save, store_page
from firstlight.sources.transport import Patience, address, check_base_url, check_query, get
from firstlight.texts import Name, message

FOLDER = Path(__file__).parent
BASE_URL = "https://oaipmh.arxiv.org/oai"
# What arXiv asks of all programs: one request every three seconds.
DELAY_SECONDS = 3.0
_SELECT = ("from", "until", "set")


def fetch(
    query: Mapping[str, str],
    folder: str | Path,
    *,
    base_url: str = BASE_URL,
    progress: Progress | None = None,
    patience: Patience | None = None,
    bounds: Bounds = PAGE,
    delay_seconds: float = DELAY_SECONDS,
) -> Fetch:
    """Harvest arXiv's records into a folder of XML pages; run again after a break, it goes on where
    it stopped.

    query         : any of from, until (YYYY-MM-DD, dates of the record's last change) and set (such
                    as ``cs``)
    folder        : page_000001.xml, page_000002.xml, … and state.json
    base_url      : address of the OAI-PMH interface
    progress      : called with pages stored and None
    bounds        : what is taken from the server at most
    delay_seconds : pause between pages, which arXiv asks for
    Returns Fetch.
    Raises  InputError for another query than the folder's; SourceError where arXiv refuses or keeps
            failing.
    """
    check_query(query, tuple(_SELECT), "arxiv")
    base, folder = check_base_url(base_url), Path(folder)
    patient = replace(patience or Patience(), bounds=bounds)
    begun = resume(folder, "arxiv", {"base_url": base, **query})

    def next_page(state: Fetch) -> tuple[Fetch, None]:
        if state is not begun:  # arXiv asks harvesters to wait between pages
            patient.pause(delay_seconds)
        return _fetch_page(state, folder, base, query, patient), None

    return follow(folder, begun, bounds, next_page, progress)


def _fetch_page(
    state: Fetch, folder: Path, base: str, query: Mapping[str, str], patience: Patience
) -> Fetch:
    arguments: Mapping[str, str] = {"metadataPrefix": "arXiv", **query}
    if state.next_page:  # a token stands alone: the protocol forbids other arguments beside it
        arguments = {"resumptionToken": state.next_page}
    url = address(base, {"verb": "ListRecords", **arguments})
    # What is no page is asked for again: a proxy may answer in the place of a server that is down.
    data = get(url, patience, lambda page: parse_page(page, url))
    root = parse_page(data, url)
    code = root.find(f"{OAI}error")
    if code is not None:
        if code.get("code") == "noRecordsMatch" and not state.pages:
            return save(folder, Fetch(state.source, state.asked, is_complete=True))
        raise _refusal(code, url)
    if root.find(f"{OAI}ListRecords") is None:
        raise SourceError(message("page_without_records", address=Name(url)), FOLDER)
    token = (root.findtext(f"{OAI}ListRecords/{OAI}resumptionToken") or "").strip()
    return store_page(folder, state, f"page_{len(state.pages) + 1:06d}.xml", data, token or None)


def _refusal(error: ElementTree.Element, url: str) -> SourceError:
    answer = error.get("code", "error")[:MOST_WORDS]
    said = Name((error.text or "").strip()[:MOST_WORDS])
    code = "arxiv_refused"
    if answer == "badResumptionToken":  # of a token that arXiv gave itself: its time is up
        code = "token_expired"
    told = message(code, answer=Name(answer), said=said, address=Name(url))
    return SourceError(told, FOLDER)
