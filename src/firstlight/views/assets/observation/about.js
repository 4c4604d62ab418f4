// What changed, what was dropped and why, the cautions, what was read, and where it comes from.

const DROPPED_SHOWN = 40;
const NAMED_SHOWN = 30;
const CHANGES_SHOWN = 50;
const dropped = { query: "" };

// what changed since an earlier observation, where one was given
function drawChanges() {
  const lines = DATA.change_lines[language.now];
  if (!lines.length) return null;
  const said = lines.map((text) => el("p", { class: "said" }, text));
  const title = say("sections.changes");
  if (!DATA.changes.length) return section("changes", title, said);
  const word = { kind: "change_kinds", reason: "change_reasons" };
  const columns = ["name", "kind", "other_name", "earlier_rank", "rank", "earlier_probability",
    "probability", "earlier_documents_count", "documents_count", "reason"].map((name) => {
    if (word[name]) return column("changes", name, (row) => wordOf(word[name], row[name]));
    if (name === "name") return column("changes", name, (row) => nameNow(row.name));
    return column("changes", name, (row) => row[name],
      name.endsWith("probability") ? (row) => percent(row[name]) : undefined);
  });
  const table = plainTable(say("tables.changes"), columns, DATA.changes, { most: CHANGES_SHOWN });
  return section("changes", title, said, fold(say("tables.changes"), table));
}

function drawDropped() {
  if (!DATA.dropped.length) return null;
  const search = searchField("dropped-search", say("dropped.search"));
  search.addEventListener("input", () => {
    dropped.query = search.value;
    fillDropped();
  });
  dropped.query = "";
  const note = el("p", { class: "quiet" }, say("dropped.note", { count: DATA.dropped_count,
    shown: DATA.dropped.length }));
  return section("dropped", say("sections.dropped"), note,
    el("div", { class: "heading" }, search,
      tableDownloads(say("sections.dropped"), droppedColumns(), DATA.dropped)),
    el("div", { id: "dropped-table" }));
}

const droppedColumns = () => [
  column("dropped", "term", (row) => row[0]), column("dropped", "documents_count", (row) => row[1]),
  column("dropped", "rule", (row) => wordOf("rules", DATA.drop_rules[row[2]])),
  column("dropped", "evidence", (row) => row[3], (row) => decimal(row[3])),
  column("dropped", "into", (row) => row[4]),
];

function fillDropped() {
  const holder = document.getElementById("dropped-table");
  if (!holder) return;
  const query = plainText(dropped.query);
  const rows = query ? DATA.dropped.filter((row) => ` ${plainText(row[0])}`.includes(` ${query}`))
    : DATA.dropped;
  const columns = droppedColumns();
  columns[4][2] = (row) => {
    if (!row[4]) return DASH;
    return topName(row[4]);
  };
  const table = plainTable(say("sections.dropped"), columns, rows, { most: DROPPED_SHOWN });
  table.querySelector(".heading").remove();
  holder.replaceChildren(rows.length ? table : el("p", { class: "quiet" }, say("empty.search")));
}

function drawSources() {
  return section("sources", say("sources.title"), drawWarnings(), sourcesBlock(), yearsBlock(),
    setAsideBlock(), ownNamesBlock(), namedBlock(), provenanceBlock());
}

function drawWarnings() {
  if (!DATA.warnings.length) return null;
  const order = ["red", "yellow", "note"];
  const rows = [...DATA.warnings].sort((a, b) =>
    order.indexOf(a.severity) - order.indexOf(b.severity));
  return block(say("sections.warnings"), el("ul", { class: "warnings" }, rows.map((row) =>
    el("li", { class: row.severity }, row[language.now]))));
}

function sourcesBlock() {
  const sources = FACTS.sources ?? [];
  if (!sources.length) return null;
  const items = sources.map((source) => {
    if (typeof source !== "object") return el("li", null, foreign(String(source)));
    const entries = Object.entries(source).filter(([, value]) => value !== null && value !== "");
    return el("li", null, el("dl", null, entries.map(([name, value]) => [
      el("dt", null, wordOf("source", name)), el("dd", null, sourceValue(value)),
    ])));
  });
  return block(say("nav.sources"), el("ul", { class: "plain" }, items), chineseNamesNote());
}

// where the Chinese names are from
function chineseNamesNote() {
  if (!TECH.name_zh.some(Boolean)) return null;
  const { title, note } = DATA.columns[language.now].technologies.name_zh;
  return el("p", { class: "quiet" }, title, say("format.colon"), note);
}

function sourceValue(value) {
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  if (!LINK.test(text)) return foreign(text);
  return el("a", { href: text, rel: "noopener noreferrer", target: "_blank" }, foreign(text));
}

const yearsBlock = () =>
  (DATA.years.length ? block(say("tables.years"), el("div", { id: "years-chart" })) : null);

function fillYears() {
  const holder = document.getElementById("years-chart");
  if (!holder) return;
  const columns = [column("years", "year"), column("years", "documents_count"),
    column("years", "is_complete", (row) => yesOrNo(row.is_complete))];
  const note = DATA.years.some((row) => row.is_complete === false) ? say("years.partial") : null;
  holder.replaceChildren(figure(yearsChart(Math.min(holder.clientWidth, 720)), {
    name: say("tables.years"), data: { columns, rows: DATA.years }, note,
  }));
}

function yearsChart(width) {
  const rows = DATA.years;
  const years = [rows[0].year - 1, rows.at(-1).year + 1];
  const top = Math.max(...rows.map((row) => row.documents_count ?? 0), 1);
  const { picture, x, y, ground } = frame({
    width, height: 190, years, top, write: whole, axis: say(`course.documents.${FACTS.kind}`),
    label: say("tables.years"),
  });
  const slot = Math.max(2, (x(1) - x(0)) * 0.7);
  for (const { year, documents_count: count, is_complete: isComplete } of rows) {
    const high = y(count ?? 0);
    picture.append(svg("rect", {
      class: isComplete ? "count" : "count partial", x: at(x(year) - slot / 2), y: at(high),
      width: at(slot), height: at(ground - high), "data-tip": `${year}: ${whole(count)}`,
    }));
  }
  return picture;
}

function setAsideBlock() {
  if (!DATA.set_aside.length) return null;
  const reason = (row) => (language.now === "zh" ? row.reason_zh ?? row.reason : row.reason);
  const columns = [column("set_aside", "reason", reason), column("set_aside", "documents_count"),
    column("set_aside", "example")];
  const table = plainTable(say("tables.set_aside"), columns, DATA.set_aside);
  return el("div", { class: "block" }, table);
}

// what the user's names.csv decides, and the technology that each line fits
function ownNamesBlock() {
  if (!DATA.own_names.length) return null;
  const action = (row) => wordOf("name_actions", row.action);
  const columns = [column("own_names", "row"), column("own_names", "name"),
    column("own_names", "action", action), column("own_names", "to"),
    column("own_names", "technology_id")];
  const table = plainTable(say("tables.own_names"), columns, DATA.own_names);
  return el("div", { class: "block" }, table);
}

// what the user's own model named, taken or not; hashes stand in the files
function namedBlock() {
  if (!DATA.named.length) return null;
  const word = { language: "name_languages", outcome: "name_outcomes" };
  const columnOf = (name) =>
    column("named", name, (row) => (word[name] ? wordOf(word[name], row[name]) : row[name]));
  const shown = ["old_name", "name", "language", "outcome", "description", "model", "answered"]
    .map(columnOf);
  const saved = [...shown, ...["technology_id", "prompt_sha256", "evidence_sha256"].map(columnOf)];
  const table = plainTable(say("tables.named"), shown, DATA.named,
    { most: NAMED_SHOWN, saved: [saved, DATA.named] });
  return el("div", { class: "block" }, table);
}

function provenanceBlock() {
  const rows = [
    [say("provenance.corpus"), FACTS.corpus],
    [say("provenance.ranking"), wordOf("rankings", FACTS.ranking)],
    [say("interface.licence"), language.now === "zh" ? FACTS.licence_zh : FACTS.licence],
    [say("interface.version"), FACTS.code_version],
    ...Object.entries(FACTS.parameters ?? {}), ...Object.entries(FACTS.results ?? {}),
  ].filter(([, value]) => value !== null && value !== undefined && value !== "");
  const text = (value) => (typeof value === "object" ? JSON.stringify(value) : String(value));
  const columns = [[say("provenance.name"), ([name]) => name],
    [say("provenance.value"), ([, value]) => text(value)]];
  return fold(say("sections.provenance"), el("p", { class: "quiet" }, say("provenance.explain")),
    el("dl", null, rows.map(([name, value]) =>
      [el("dt", null, name), el("dd", null, foreign(text(value)))])),
    tableDownloads(say("sections.provenance"), columns, rows));
}
