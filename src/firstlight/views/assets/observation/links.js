// Technologies that may meet: pairs that no more than one document holds, the likeliest first.

const PAIRS_NAMED = 10;

function drawLinks() {
  const lines = DATA.link_lines[language.now];
  if (!lines.length) return null;
  const rows = DATA.new_links;
  const said = lines.map((text, place) => el("p", { class: place ? "quiet" : "said" }, text));
  if (!rows.length) return section("links", say("sections.new_links"), said);
  const heading = el("div", { class: "heading" }, el("div", null, said),
    tableDownloads(say("tables.new_links"), pairColumns(), rows));
  return section("links", say("sections.new_links"), heading,
    el("ol", { class: "pairs" }, rows.slice(0, PAIRS_NAMED).map(pairRow)),
    el("div", { class: "folds" }, fold(say("new_links.all"), pairTable(rows), linkRecord())));
}

// the name of a technology, leading to its sheet where the page holds it
function pairName(id, name) {
  const place = PLACE.get(id);
  return place === undefined ? foreign(name) : linkTo(place);
}

function pairRow(row) {
  const [one, other] = [[row.technology_id, row.name], [row.other_id, row.other_name]];
  const names = [pairName(...one), " × ", pairName(...other)];
  const size = say("new_links.documents", {
    one: whole(row.documents_count), other: whole(row.other_documents_count),
  });
  const shared = say("new_links.shared", { count: row.shared_count });
  const near = row.common.length
    ? splitAround(say("new_links.common"), "{names}",
      interpose(row.common.map(topName), say("format.comma"))) : say("new_links.no_common");
  return el("li", null,
    el("span", { class: "rank" }, row.rank),
    el("div", { class: "who" },
      el("p", { class: "name" }, names), el("p", { class: "meta" }, near)),
    el("strong", { class: "number" }, percent(row.probability)),
    el("div", { class: "quiet" }, el("p", null, size), el("p", null, shared)),
    pairVerdict(row));
}

// a text with elements in place of a mark
function splitAround(text, mark, elements) {
  const [before, after] = text.split(mark);
  return [before, elements, after];
}

function pairVerdict(row) {
  if (row.outcome === null) return null;
  const tip = say("new_links.tip", {
    from: yearText(FACTS.as_of + 1), until: yearText(FACTS.as_of + 3), count: row.outcome_count,
  });
  const text = say(row.outcome ? "new_links.met" : "new_links.not_met");
  const kind = row.outcome ? "verdict yes" : "verdict no";
  return el("span", { class: kind, "data-tip": tip, tabindex: 0 },
    el("span", { "aria-hidden": "true" }, row.outcome ? "✓ " : "✗ "), text);
}

function pairColumns() {
  const named = (name) => column("new_links", name);
  const met = column("new_links", "outcome", (row) =>
    (row.outcome === null ? null : yesOrNo(row.outcome)));
  return [
    ...["rank", "name", "other_name"].map(named),
    column("new_links", "probability", undefined, (row) => percent(row.probability)),
    ...["documents_count", "other_documents_count", "shared_count", "common_count"].map(named),
    column("new_links", "common", (row) => row.common.join("; ")),
    met, named("outcome_count"),
  ];
}

function pairTable(rows) {
  const [rank, name, other, chance, one, two, shared, , , met] = pairColumns();
  const columns = [rank, name, other, chance, one, two, shared];
  if (rows.some((row) => row.outcome !== null)) columns.push(met);
  return plainTable(say("tables.new_links"), columns, rows, { saved: [pairColumns(), rows] });
}

function linkRecord() {
  const rows = DATA.new_links_record.filter((row) => row.year === null);
  if (!rows.length) return null;
  const ranged = (name, write) => column("new_links_record", name, undefined, (row) => [
    write(row[name]), el("span", { class: "quiet" }, isNumber(row[`${name}_low`])
      ? ` ${write(row[`${name}_low`])}–${write(row[`${name}_high`])}` : ""),
  ]);
  const isChoice = (row) => row.ranking === "choice";
  rows.sort((a, b) => isChoice(b) - isChoice(a) || b.average_precision - a.average_precision);
  const called = (row) => wordOf("link_rankings", row.ranking);
  const ranking = column("new_links_record", "ranking", called, (row) =>
    explained(called(row), wordOf("link_ranking_notes", row.ranking)));
  const lists = ["precision_20", "precision_50", "precision_100"];
  const columns = [
    ranking, ...lists.map((name) => ranged(name, percent)),
    ranged("average_precision", (value) => decimal(value, 3)), ranged("auc", decimal),
    column("new_links_record", "base_rate", undefined, (row) => smallPercent(row.base_rate)),
    column("new_links_record", "years_count"),
  ];
  const names = Object.keys(DATA.columns[language.now].new_links_record);
  const all = names.map((name) => column("new_links_record", name));
  return plainTable(say("tables.new_links_record"), columns, rows, {
    mark: isChoice, saved: [all, DATA.new_links_record],
  });
}
