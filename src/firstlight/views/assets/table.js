// The table of technologies: sorted by its headings, narrowed by search and area, drawn a hundred rows at a time.

const STEP = 100;
// heading -> [column of TECH, kind of cell, whether a first click sorts downwards]
const HEADINGS = [
  ["rank", "rank", "number", false],
  ["label", "label", "text", false],
  ["area", "area_code", "text", false],
  ["first_year", "first_year", "number", true],
  ["documents", "documents_count", "number", true],
  ["share", "share", "number", true],
  ["growth", "growth_share", "number", true],
  ["probability", "probability", "number", true],
  ["interval", "probability_low", "number", true],
  ["outcome", "outcome_growth", "number", true],
];

let haystack = null;

function matches(place) {
  if (state.area && areaOf(place) !== state.area) return false;
  if (!state.query) return true;
  haystack ??= TECH.label.map((label, each) =>
    [label, TECH.technology_id[each], ...DETAIL[each].terms.map((row) => row[0])].join("\n").toLowerCase());
  return state.query.split(/\s+/).every((word) => haystack[place].includes(word));
}

function sortValue(place) {
  const heading = HEADINGS.find((each) => each[0] === state.sort);
  if (heading[0] === "area") return areaName(areaOf(place));
  return TECH[heading[1]][place];
}

const collators = { en: new Intl.Collator("en", { numeric: true }), zh: new Intl.Collator("zh-Hans", { numeric: true }) };

// what is missing goes last whichever way the table is sorted; ties keep the order of rank
function arrange() {
  const places = [];
  for (let place = 0; place < COUNT; place += 1) if (matches(place)) places.push(place);
  const values = new Map(places.map((place) => [place, sortValue(place)]));
  const turn = state.descending ? -1 : 1;
  const collator = collators[state.lang];
  state.order = places.sort((a, b) => {
    const [left, right] = [values.get(a), values.get(b)];
    if (left === null || right === null) return (left === null) - (right === null) || a - b;
    const order = typeof left === "string" ? collator.compare(left, right) : left - right;
    return turn * order || a - b;
  });
}

function tableRow(place) {
  const at = (name) => TECH[name][place];
  const row = el("tr", { "data-place": place });
  const cell = (kind, ...children) => row.append(el("td", { class: kind }, children));
  cell("number", isNumber(at("rank")) ? at("rank") : DASH);
  row.append(el("th", { scope: "row", class: "label" }, linkTo(place)));
  cell("area", swatch(areaOf(place)), " ", areaName(areaOf(place)));
  cell("number", orDash(isNumber(at("first_year")) ? String(at("first_year")) : DASH, "missing.first_year"));
  cell("number", orDash(isNumber(at("documents_count")) ? whole(at("documents_count")) : DASH, "missing"));
  cell("number", orDash(perThousand(at("share")), "missing"));
  cell("number", orDash(signedPercent(at("growth_share")), "missing.growth"));
  cell("number strong", orDash(percent(at("probability")), "missing.probability"));
  cell("number quiet", orDash(range(at("probability_low"), at("probability_high")), "missing.probability"));
  cell("number", outcomeWords(place));
  cell("trend", sparkline(place));
  return row;
}

function outcomeWords(place) {
  const growth = signedPercent(TECH.outcome_growth[place]);
  const outcome = TECH.outcome[place];
  if (outcome === null) return orDash(growth, "missing.outcome");
  const sign = outcome ? "✓" : "✗";
  return [el("span", { class: outcome ? "came" : "not", "aria-label": say(outcome ? "yes" : "no") }, sign), " ", growth === DASH ? "" : growth];
}

function tableHead() {
  const cells = HEADINGS.map(([name, , kind]) => {
    const hint = name === "interval" && isNumber(FACTS.interval_level)
      ? `${say("hint.interval")} ${say("hint.interval.level", { level: percent(FACTS.interval_level) })}`
      : say(`hint.${name}`);
    const button = el("button", { type: "button", "data-sort": name, "data-tip": hint, onclick: () => sortBy(name) }, say(`col.${name}`));
    const isSorted = state.sort === name;
    const direction = isSorted ? (state.descending ? "descending" : "ascending") : "none";
    return el("th", { scope: "col", class: kind, "aria-sort": direction }, button);
  });
  cells.push(el("th", { scope: "col", class: "trend" }, term(say("col.trend"), "hint.trend")));
  return el("tr", null, cells);
}

function sortBy(name) {
  const heading = HEADINGS.find((each) => each[0] === name);
  state.descending = state.sort === name ? !state.descending : heading[3];
  state.sort = name;
  refreshTable();
  const focused = document.querySelector(`#technologies-table button[data-sort="${name}"]`);
  if (focused) focused.focus({ preventScroll: true });
}

function refreshTable() {
  arrange();
  document.querySelector("#technologies-table thead").replaceChildren(tableHead());
  const shown = state.order.slice(0, state.shown);
  document.querySelector("#technologies-table tbody").replaceChildren(...shown.map(tableRow));
  document.getElementById("shown").textContent =
    state.order.length ? say(shown.length < state.order.length ? "table.first" : "table.count", { shown: whole(shown.length), count: whole(state.order.length), all: whole(COUNT) }) : say("empty.filter");
  const left = state.order.length - shown.length;
  const more = document.getElementById("more");
  more.hidden = left <= 0;
  more.textContent = say("table.more", { count: whole(Math.min(left, STEP)) });
  filterSections();
  moveDots();
}

function filterBy(change) {
  Object.assign(state, change, { shown: STEP });
  refreshTable();
}

function drawTable() {
  const search = el("input", {
    type: "search", id: "search", "aria-label": say("table.search"), placeholder: say("table.search"), autocomplete: "off",
  });
  search.value = state.query;
  search.addEventListener("input", () => filterBy({ query: search.value.trim().toLowerCase() }));
  const used = AREAS.filter((area) => TECH.area_code.some((_, place) => areaOf(place) === area));
  const choice = el("select", { id: "area", "aria-label": say("table.area") },
    el("option", { value: "" }, say("table.every")), used.map((area) => el("option", { value: area }, areaName(area))));
  choice.value = state.area;
  choice.addEventListener("change", () => filterBy({ area: choice.value }));
  const tools = el("div", { class: "filter" }, search, choice, el("span", { id: "shown", class: "quiet", role: "status" }));
  const grid = el("table", { id: "technologies-table" },
    el("caption", null, say("table.caption")), el("thead"), el("tbody"));
  const more = el("button", { type: "button", id: "more", onclick: () => { state.shown += STEP; refreshTable(); } });
  return section("table", tools, el("div", { class: "wide tall" }, grid), more);
}
