// The list: everything scored and watched; search by any form, filters, order, all in the address.

const FORM_KINDS = DATA.form_kinds;
const order = { list: [], matches: new Map() };

// the forms of a technology as rows
function formsOf(place) {
  return (DATA.forms[place] ?? []).map(([form, kind, count, rule, evidence]) => ({
    form: form === 0 ? TECH.name[place] : form, kind: FORM_KINDS[kind], documents_count: count,
    rule: rule === null ? null : DATA.form_rules[rule], evidence,
  }));
}

/* ---- search ---- */

// letters and digits alone, without case, marks and hyphens: "Solid-state" reads "solid state"
function plainText(text) {
  const bare = text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  return bare.replace(/[^\p{L}\p{N}+#.]+/gu, " ").trim();
}

const isChinese = (text) => /[\u3400-\u9fff]/.test(text);
let searchIndex = null;

// every name and form, each once, on a line of its own
function startIndex() {
  searchIndex = TECH.name.map((name, place) => {
    const forms = formsOf(place).map((row) => row.form);
    const texts = [name, TECH.name_zh[place] ?? "", ...forms].map(plainText);
    return [...new Set(texts.filter(Boolean))].map((text) => ` ${text} `);
  });
}

const singular = (word) => (/..s$/.test(word) ? word.slice(0, -1) : word);

// every word of the query begins a word of one form; a plural finds its singular
function isIn(form, words) {
  return words.every((word) => {
    if (isChinese(word)) return form.includes(word);
    return form.includes(` ${word}`) || form.includes(` ${singular(word)} `);
  });
}

// 0 for the very form, 1 for its beginning, 2 for any other match, null for none
function matchOf(place, query, words) {
  const forms = searchIndex[place];
  const found = forms.filter((form) => isIn(form, words));
  if (!found.length) return null;
  const isForm = (form) => form === ` ${query} ` || form === ` ${singular(query)} `;
  if (found.some(isForm)) return 0;
  return found.some((form) => form.startsWith(` ${query}`)) ? 1 : 2;
}

function isKept(place) {
  const { area, theme, status, advice } = chosen;
  return (!area || areaOf(place) === area) && (!theme || TECH.theme_id[place] === theme)
    && (!status || TECH.status[place] === status) && (!advice || TECH.advice[place] === advice);
}

/* ---- order ---- */

// name, value of a place, whether it begins from the largest
const ORDERS = {
  rank: [(place) => place, false],
  name: [(place) => nameOf(place).toLowerCase(), false],
  probability: [(place) => TECH.probability[place], true],
  first_year: [(place) => TECH.first_year[place], true],
  documents: [(place) => TECH.documents_count[place], true],
  share: [(place) => TECH.share[place], true],
  growth: [(place) => (TECH.is_newborn[place] ? Infinity : TECH.growth_last_year[place]), true],
  outcome: [(place) => TECH.outcome_ratio[place], true],
};

// "-documents" is the other way round; what is missing comes last either way
function sortPlaces(places) {
  const isTurned = chosen.sort.startsWith("-");
  const name = chosen.sort.replace(/^-/, "");
  const [value, isFromLargest] = ORDERS[name];
  const sign = isFromLargest === isTurned ? 1 : -1;
  const isMissing = (each) => each === null || each === undefined;
  return places.sort((a, b) => {
    const [left, right] = [value(a), value(b)];
    if (isMissing(left) || isMissing(right)) return isMissing(left) - isMissing(right) || a - b;
    if (left === right) return a - b;
    return (left < right) === (sign > 0) ? -1 : 1;
  });
}

function arrange() {
  const query = plainText(chosen.q);
  const words = query.split(" ").filter(Boolean);
  if (words.length && !searchIndex) startIndex();
  order.matches = new Map();
  const places = [];
  for (let place = 0; place < COUNT; place += 1) {
    if (!isKept(place)) continue;
    const match = words.length ? matchOf(place, query, words) : 0;
    if (match === null) continue;
    order.matches.set(place, match);
    places.push(place);
  }
  order.list = sortPlaces(places);
  if (words.length && chosen.sort === "rank") {
    order.list.sort((a, b) => order.matches.get(a) - order.matches.get(b) || a - b);
  }
}

/* ---- drawing ---- */

function drawList() {
  const search = searchField("search", say("list.search"), chosen.q);
  search.addEventListener("input", () => filterBy({ q: search.value }));
  const clear = el("button", { type: "button", id: "clear", onclick: () => clearFilters() },
    say("list.clear"));
  return section("list", say("nav.list"),
    el("div", { class: "filters" }, search, filterSelects(), orderSelect(), clear),
    el("div", { class: "heading" }, el("p", { id: "shown", class: "quiet", role: "status" }),
      tableDownloads(say("nav.list"), listColumns(), () => order.list)),
    el("table", { id: "technologies" }, el("thead"), el("tbody")),
    el("p", { class: "quiet only-print" }, say("list.print")),
    DATA.watched_left_out
      ? el("p", { class: "quiet" }, say("list.left_out", { count: DATA.watched_left_out })) : null,
    el("button", { type: "button", id: "more", onclick: () => {
      chosen.shown += STEP;
      refreshList();
    } }));
}

const present = (column) => [...new Set(TECH[column])].filter((value) => value !== null);

function filterSelects() {
  const themes = [...DATA.themes].sort((a, b) => themeName(a).localeCompare(themeName(b)));
  const inOrder = (codes, column) => codes.filter((code) => present(column).includes(code));
  const areas = AREAS.filter((area) => TECH.area.some((_, place) => areaOf(place) === area));
  return [
    filterSelect("area", areas.map((code) => [code, wordOf("areas", code)])),
    filterSelect("theme", themes.map((row) => [row.theme_id, themeName(row)])),
    filterSelect("status", inOrder(["scored", "watched"], "status").map((code) =>
      [code, wordOf("statuses", code)])),
    filterSelect("advice", inOrder(["act", "prepare", "watch", "leave"], "advice").map((code) =>
      [code, wordOf("advice", code)])),
  ];
}

function filterSelect(name, options) {
  if (!options.length) return null;
  const select = el("select", { id: `filter-${name}`, "aria-label": titleOf("technologies", name) },
    el("option", { value: "" }, say(`list.any.${name}`)),
    options.map(([value, text]) => el("option", { value }, text)));
  select.value = chosen[name];
  select.addEventListener("change", () => filterBy({ [name]: select.value }));
  return select;
}

// on a phone, where the table has no headings to press
function orderSelect() {
  const select = el("select", { id: "order", "aria-label": say("list.order") },
    orderNames().map((name) => el("option", { value: name },
      say("list.by", { column: titleOf("technologies", SHOWN[name] ?? name) }))));
  select.value = chosen.sort;
  select.addEventListener("change", () => sortBy(select.value));
  return select;
}

function filterBy(change) {
  choose({ ...change, shown: STEP });
  refreshList();
}

function filterAndShow(change) {
  closeSheet();
  choose({ q: "", area: "", theme: "", status: "", advice: "", ...change, shown: STEP });
  showFilters();
  refreshList();
  document.getElementById("list").scrollIntoView();
}

const clearFilters = () => filterAndShow({ sort: "rank" });

function showFilters() {
  document.getElementById("search").value = chosen.q;
  for (const name of ["area", "theme", "status", "advice"]) {
    const select = document.getElementById(`filter-${name}`);
    if (select) select.value = chosen[name];
  }
}

// order -> the column that it goes by, where it is called otherwise
const SHOWN = {
  documents: "documents_count", growth: "growth_last_year", outcome: "outcome_ratio",
};
// order -> the class of its heading
const HEADINGS = {
  rank: "number rank", name: "name", probability: "chance", first_year: "number since",
  documents: "number documents", share: "number share", growth: "number growth",
  outcome: "number outcome",
};

const orderNames = () => Object.keys(HEADINGS).filter((name) =>
  (HAS_FORECAST || name !== "probability") && (FACTS.is_future_known || name !== "outcome"));

function listHead() {
  const isTurned = chosen.sort.startsWith("-");
  const sorted = chosen.sort.replace(/^-/, "");
  const cells = orderNames().map((name) => {
    const kind = HEADINGS[name];
    const isUp = ORDERS[name][1] === isTurned;
    const direction = name === sorted ? (isUp ? "ascending" : "descending") : "none";
    return el("th", { scope: "col", class: kind, "aria-sort": direction },
      el("button", { type: "button", "data-sort": name, onclick: () => sortBy(name) },
        shortOf("technologies", SHOWN[name] ?? name)));
  });
  const trend = el("th", { scope: "col", class: "trend" }, say("list.trend"));
  cells.splice(-1 * Number(FACTS.is_future_known) || cells.length, 0, trend);
  cells.push(el("th", { scope: "col", class: "advised" }, titleOf("technologies", "advice")));
  return el("tr", null, cells);
}

function sortBy(name) {
  choose({ sort: chosen.sort === name ? `-${name}` : name, shown: STEP });
  refreshList();
  document.getElementById("order").value = name;
  const heading = document.querySelector(`#technologies button[data-sort="${name}"]`);
  heading?.focus({ preventScroll: true });
}

function listRow(place) {
  const isScored = TECH.status[place] === "scored";
  const number = (kind, text) => el("td", { class: `number ${kind}` }, text);
  const acronym = acronymOf(place);
  return el("tr", { class: `area-${areaOf(place)}`, "data-place": place },
    number("rank", isScored ? whole(TECH.rank[place]) : watchedMark()),
    el("th", { scope: "row", class: "name" }, swatch(areaOf(place)), " ", linkTo(place),
      acronym ? el("span", { class: "acronym" }, foreign(acronym)) : null, matchedForm(place),
      el("span", { class: "theme quiet" }, foreign(themeOf(place)))),
    HAS_FORECAST ? el("td", { class: "chance" }, isScored
      ? [el("span", { class: "number" }, percent(TECH.probability[place])), chanceBar(place)]
      : el("span", { class: "quiet" }, wordOf("statuses", "watched"))) : null,
    number("since", TECH.first_year[place] ?? DASH),
    el("td", { class: "number documents", "data-unit": documentsText(place) },
      whole(TECH.documents_count[place])),
    number("share", smallPercent(TECH.share[place])), number("growth", growthText(place)),
    el("td", { class: "trend" }, sparkline(place, 88, 24)),
    FACTS.is_future_known ? el("td", { class: "number outcome" }, outcomeMark(place)) : null,
    el("td", { class: "advised" }, adviceTag(place)));
}

const watchedMark = () => el("span", { title: wordOf("statuses", "watched") }, "◦");

const growthText = (place) => (TECH.is_newborn[place]
  ? say("missing.is_newborn") : signedPercent(TECH.growth_last_year[place]));

function outcomeMark(place) {
  const outcome = TECH.outcome[place];
  const ratio = times(TECH.outcome_ratio[place]);
  if (outcome === null) return el("span", { class: "quiet" }, ratio);
  const text = say(outcome ? "interface.yes_took_off" : "interface.no_took_off");
  return el("span", { class: outcome ? "verdict yes" : "verdict no" }, ratio,
    el("span", { role: "img", "aria-label": text }, outcome ? " ✓" : " ✗"));
}

// the form that the search found, where it is not the name that the line shows
function matchedForm(place) {
  const query = plainText(chosen.q);
  if (!query) return null;
  const isFound = (text) => isIn(` ${plainText(text)} `, query.split(" "));
  if (isFound(nameOf(place))) return null;
  const form = formsOf(place).map((row) => row.form).find(isFound);
  if (!form || form === acronymOf(place)) return null;
  return el("span", { class: "matched quiet" }, foreign(form));
}

function refreshList() {
  if (!COUNT) return;
  arrange();
  const shown = order.list.slice(0, chosen.shown);
  document.querySelector("#technologies thead").replaceChildren(listHead());
  document.querySelector("#technologies tbody").replaceChildren(...shown.map(listRow));
  const count = order.list.length;
  document.getElementById("shown").textContent = count
    ? say("list.shown", { shown: shown.length, count, all: COUNT }) : say("empty.search");
  const more = document.getElementById("more");
  more.hidden = count <= shown.length;
  more.textContent = say("list.more", { count: Math.min(STEP, count - shown.length) });
  const isFiltered = ["q", "area", "theme", "status", "advice"].some((name) => chosen[name]);
  document.getElementById("clear").hidden = !isFiltered;
  moveDots();
}

// what the files of the list hold: places in, values out
function listColumns() {
  const value = (name) => (place) => TECH[name][place];
  const coded = (name, group) => column("technologies", name, (place) =>
    (TECH[name][place] === null ? null : wordOf(group, TECH[name][place])));
  const plain = (...names) => names.map((name) => column("technologies", name, value(name)));
  return [
    ...plain("rank", "name", "name_zh"), coded("status", "statuses"),
    [titleOf("forms", "form"), (place) => formsOf(place).map((row) => row.form).join("; ")],
    coded("area", "areas"),
    ...plain("theme", "first_year", "documents_count", "documents_total_count", "share"),
    ...plain("share_before", "growth_last_year", "growth_five_years", "score", "probability"),
    ...plain("probability_low", "probability_high", "threshold_share"),
    coded("advice", "advice"), coded("advice_reason", "advice_reasons"),
    coded("advice_change", "advice_changes"), coded("stage", "stages"),
    column("technologies", "outcome", (place) => {
      const outcome = TECH.outcome[place];
      return outcome === null ? null : yesOrNo(outcome);
    }),
    ...plain("outcome_share", "outcome_ratio", "technology_id"),
  ];
}
