// The cases of the record: why forecasts failed, all together and by year, and the worst of each year one by one.

const KINDS = ["miss", "false_alarm", "hit"];

function reasonTable() {
  const rows = DATA.case_reasons;
  if (!rows.length) return null;
  const total = (kind, reason) => rows.filter((row) => row.kind === kind && (!reason || row.reason === reason)).reduce((sum, row) => sum + row.n, 0);
  const totals = KINDS.map((kind) => total(kind));
  const reasons = [...new Set(rows.map((row) => row.reason))].map((reason) => [reason, KINDS.map((kind) => total(kind, reason))]);
  reasons.sort((a, b) => (b[1][0] + b[1][1]) - (a[1][0] + a[1][1]) || (a[0] < b[0] ? -1 : 1));
  const cell = (count, order) => (count ? [String(count), " ", el("span", { class: "quiet" }, percent(count / totals[order]))] : "");
  const body = reasons.map(([reason, counts]) => [
    el("span", { class: "term", tabindex: 0, "data-tip": say(`cases.why.${reason}.how`) }, say(`cases.why.${reason}`)), ...counts.map(cell)]);
  body.push([say("cases.all"), ...totals.map((count) => el("strong", null, whole(count)))]);
  return table([[say("cases.why"), "text"], ...KINDS.map((kind) => [say(`cases.${kind}`), "number", `hint.${kind}`])], body, { class: "narrow", rowHeading: true, caption: say("cases.reasons") });
}

function caseItem(row) {
  const name = PLACE.has(row.technology_id) ? el("a", { href: addressOf(PLACE.get(row.technology_id)) }, foreign(row.label)) : foreign(row.label);
  const drivers = own(row, "drivers");
  return el("li", null,
    el("div", { class: "case" }, pathPicture(row.path || [], row.path_first_year, row.forecast_year),
      el("div", null, name, " ", el("span", { class: "quiet" }, say("cases.line", { probability: percent(row.probability), growth: signedPercent(row.growth) })))),
    el("p", null, foreign(own(row, "why"))),
    drivers ? el("p", { class: "quiet" }, say("cases.drivers"), say("colon"), drivers) : null);
}

function caseYear(year, isOpen) {
  const rows = DATA.cases.filter((row) => row.forecast_year === year);
  const count = (kind) => DATA.case_reasons.filter((row) => row.forecast_year === year && row.kind === kind).reduce((sum, row) => sum + row.n, 0);
  const counts = Object.fromEntries(KINDS.map((kind) => [kind, whole(count(kind))]));
  return el("details", { class: "fold year-cases", open: isOpen },
    el("summary", null, String(year), " ", el("span", { class: "quiet" }, say("cases.counts", counts))),
    el("div", { class: "columns" }, KINDS.filter((kind) => rows.some((row) => row.kind === kind)).map((kind) =>
      el("div", null, el("h3", null, say(`cases.${kind}`)), el("ul", { class: "cases" }, rows.filter((row) => row.kind === kind)
        .sort((a, b) => (kind === "miss" ? 1 : -1) * ((a.probability || 0) - (b.probability || 0))).map(caseItem))))));
}

function drawCases() {
  if (!DATA.cases.length) return null;
  const years = [...new Set(DATA.cases.map((row) => row.forecast_year))].sort((a, b) => b - a);
  return section("cases", el("p", { class: "quiet" }, say("cases.how")), reasonTable(), years.map((year, order) => caseYear(year, order === 0)));
}
