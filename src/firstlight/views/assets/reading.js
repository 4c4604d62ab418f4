// What to mind, what was read, where the numbers come from, where the files lie, and what the words mean.

function drawWarnings() {
  if (!DATA.warnings.length) return section("warnings", el("p", { class: "quiet" }, say("warnings.none")));
  const rows = [...DATA.warnings].sort((a, b) => (b.severity === "warning") - (a.severity === "warning"));
  return section("warnings", el("ul", { class: "warnings" }, rows.map((row) =>
    el("li", { class: row.severity === "warning" ? "warning" : "note" },
      el("strong", null, known(`severity.${row.severity}`, row.severity)), " ", own(row, "text")))));
}

function drawReading() {
  const years = DATA.years.filter((row) => isNumber(row.year));
  const sources = (FACTS.source_names || []).join(state.lang === "zh" ? "、" : ", ") || DASH;
  const summary = years.length
    ? say("read.summary", { count: whole(years.reduce((sum, row) => sum + (row.documents_count || 0), 0)), first: years[0].year, last: years[years.length - 1].year, sources })
    : say("read.nothing");
  const seen = isNumber(FACTS.documents_count) && years.length && years[years.length - 1].year > FACTS.as_of
    ? say("read.until", { count: whole(FACTS.documents_count) }) : null;
  const gap = state.lang === "en" ? " " : "";
  const coverage = isNumber(FACTS.coverage) ? say("read.coverage", { coverage: percent(FACTS.coverage) }) : null;
  const chart = years.length ? el("figure", null, el("h3", null, say("read.years")), el("div", { class: "wide" }, yearBars(years)),
    years.some((row) => row.is_complete === false) ? el("figcaption", { class: "quiet" }, say("read.partial")) : null) : null;
  const aside = DATA.set_aside.length
    ? table([[say("col.reason"), "text"], [say("col.count"), "number"], [say("col.example"), "text"]],
      DATA.set_aside.map((row) => [foreign(row.reason), isNumber(row.documents_count) ? whole(row.documents_count) : DASH, foreign(row.example ?? DASH)]), { class: "narrow" })
    : el("p", { class: "quiet" }, say("read.set_aside.none"));
  const twins = DATA.duplicates.length
    ? el("div", null, el("h3", null, say("read.duplicates")), table([[say("col.reason"), "text"], [say("col.count"), "number"]],
      DATA.duplicates.map((row) => [known(`duplicates.${row.kind}`, row.kind), isNumber(row.documents_count) ? whole(row.documents_count) : DASH]), { class: "narrow" }))
    : null;
  return section("read", el("p", null, [summary, seen, coverage].filter(Boolean).join(gap)), chart,
    el("div", null, el("h3", null, say("read.set_aside")), aside), twins);
}

function valueText(value) {
  if (value === null || value === undefined) return DASH;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function drawProvenance() {
  const line = (key, value) => [el("dt", null, say(key)), el("dd", null, foreign(value || DASH))];
  const results = Object.entries(FACTS.results || {});
  const inputs = FACTS.inputs || [];
  const parameters = Object.entries(FACTS.parameters || {});
  return section("provenance",
    el("dl", null, line("provenance.source", (FACTS.source_names || []).join(", ")), line("provenance.licence", FACTS.licence),
      line("provenance.citation", FACTS.citation), line("provenance.version", FACTS.code_version)),
    el("p", null, say("provenance.explain")),
    el("pre", null, `firstlight explain ${(results.find((row) => row[0] === "observation") || results[0] || ["RESULT"])[0]}`),
    results.length ? fold("provenance.results", table([[say("col.name"), "text"], [say("provenance.key"), "text"]],
      results.map(([name, key]) => [el("code", null, name), el("code", { class: "hash" }, valueText(key))]), { class: "narrow" })) : null,
    inputs.length ? fold("provenance.inputs", table([[say("col.name"), "text"], [say("provenance.bytes"), "number"], ["SHA-256", "text"]],
      inputs.map((row) => [foreign(row.name), isNumber(row.bytes_count) ? whole(row.bytes_count) : DASH, el("code", { class: "hash" }, row.sha256 || DASH)]), { class: "narrow" })) : null,
    parameters.length ? fold("provenance.parameters", table([[say("col.name"), "text"], [say("col.value"), "text"]],
      parameters.map(([name, value]) => [el("code", null, name), el("code", null, valueText(value))]), { class: "narrow" })) : null);
}

const fold = (key, ...children) => el("details", { class: "fold" }, el("summary", null, say(key)), children);

function drawFiles() {
  const rows = Object.entries(DATA.rows).map(([name, count]) => [
    el("code", null, name), whole(count),
    el("a", { href: `tables/${name}.csv`, "aria-label": `${name}.csv` }, "CSV"), el("a", { href: `tables/${name}.parquet`, "aria-label": `${name}.parquet` }, "Parquet")]);
  return section("files", el("p", { class: "quiet" }, say("files.how")),
    el("p", null, say("files.observation"), say("colon"), el("a", { href: "observation.json" }, "observation.json")),
    table([[say("col.name"), "text"], [say("files.rows"), "number"], ["CSV", "text"], ["Parquet", "text"]], rows, { class: "narrow" }));
}

function drawGlossary() {
  const words = ["label", "area", "documents", "share", "growth", "probability", "interval", "outcome", "base_rate", "csi", "ets", "auc", "brier", "brier_skill", "precision_20", "coverage", "percentile"];
  const items = words.map((name) => [el("dt", null, say(`col.${name}`)), el("dd", null, say(`hint.${name}`))]);
  const indicators = DATA.indicators.map((row) => [el("dt", null, own(row, "title")), el("dd", null, own(row, "sentence"), " ", el("span", { class: "quiet" }, row.citation || ""))]);
  return section("glossary", el("dl", null, items, indicators));
}
