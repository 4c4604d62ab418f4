// Plain tables: columns are [title, row => value, row => what is shown]; and folds that hold them.

// a column of a table of the observation, under the title that it has in every view
const column = (table, name, value = (row) => row[name], show = undefined) =>
  [titleOf(table, name), value, show];

function plainTable(title, columns, rows, options = {}) {
  const shown = rows.slice(0, options.most ?? rows.length);
  const numeric = columns.map(([, value]) => rows.some((row) => isNumber(value(row))));
  const head = columns.map(([text], place) =>
    el("th", { scope: "col", class: numeric[place] ? "number" : null }, text));
  const body = shown.map((row) => el("tr", { class: options.mark?.(row) ? "used" : null },
    columns.map(([heading, value, show], place) => el(place ? "td" : "th", {
      scope: place ? null : "row", class: numeric[place] ? "number" : null, "data-heading": heading,
    }, show ? show(row) : plainCell(value(row))))));
  const more = rows.length - shown.length;
  return el("div", { class: "table" },
    el("div", { class: "heading" }, el("h4", null, options.isBare ? "" : title),
      tableDownloads(title, ...(options.saved ?? [columns, rows]))),
    el("div", { class: "wide" }, el("table", null,
      el("thead", null, el("tr", null, head)), el("tbody", null, body))),
    more > 0 ? el("p", { class: "quiet" }, say("table.more_in_file", { count: more })) : null);
}

function plainCell(value) {
  if (value === null || value === undefined) return DASH;
  return typeof value === "number" ? whole(value) : foreign(value);
}

function fold(title, ...children) {
  return el("details", { class: "fold" }, el("summary", null, title), el("div", null, children));
}
