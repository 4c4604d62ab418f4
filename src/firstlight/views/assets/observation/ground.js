// The ground: data, words, numbers, and elements made without any parsing of markup.

const DATA = JSON.parse(document.getElementById("data").textContent);
const FACTS = DATA.facts;
const TECH = unscaled(DATA.technologies);
const COUNT = TECH.technology_id.length;
const PLACE = new Map(TECH.technology_id.map((id, place) => [id, place]));
const SCORED = TECH.status.filter((status) => status === "scored").length;
const HAS_FORECAST = TECH.probability.some(isNumber);
const SIX = ["manufacturing", "information", "materials", "energy", "space", "health"];
const AREAS = [...SIX, "none", "unclear"];

// columns come packed: codes as places in a list of names, numbers as whole numbers of a unit
function unscaled({ columns, names, units }) {
  const whole = { ...columns };
  for (const [column, list] of Object.entries(names)) {
    whole[column] = columns[column].map((place) => (place === null ? null : list[place]));
  }
  for (const [column, unit] of Object.entries(units)) {
    whole[column] = columns[column].map((value) => (value === null ? null : value / unit));
  }
  return whole;
}

/* ---- words ---- */

const language = { now: document.documentElement.lang.startsWith("zh") ? "zh" : "en" };

// the text of a key; numbers among the values are counts, and the one named count picks the plural;
// years are given as yearText writes them
function say(key, values) {
  const texts = DATA.words[language.now];
  const isOne = language.now === "en" && values?.count === 1;
  const text = texts[key] ?? texts[`${key}.${isOne ? "one" : "other"}`];
  if (text === undefined) throw new Error(`no text for ${key}`);
  const known = { ...terms(), ...values };
  return text.replace(/\{(\w+)\}/g, (place, name) => {
    if (!(name in known)) return place;
    return typeof known[name] === "number" ? whole(known[name]) : String(known[name]);
  });
}

// a code of the data in words, or as it is where there are no words for it
function wordOf(group, code) {
  if (code === null || code === undefined) return DASH;
  return DATA.words[language.now][`${group}.${code}`] ?? String(code).replace(/_/g, " ");
}

// lines that a score of the record counts, and those that the longest list of an earlier year holds
const FIRST = { precision_20: 20, precision_50: 50 };
const LISTED = Math.max(0, ...DATA.past.map(([, rank]) => rank));
const isOfFewer = (table, column) => table === "record" && LISTED > 0 && LISTED < FIRST[column];

// what a column of a table is called; in short where room is scarce
function titleOf(table, column) {
  if (isOfFewer(table, column)) return say("interface.took_off_of", { count: LISTED });
  return DATA.columns[language.now][table][column].title;
}

function shortOf(table, column) {
  if (isOfFewer(table, column)) return say("interface.first_of", { count: LISTED });
  const told = DATA.columns[language.now][table][column];
  return told.short ?? told.title;
}

// what a heading leaves unsaid: note and unit of a column
function noteOf(table, column) {
  const { title, note, unit } = DATA.columns[language.now][table][column];
  return [title, note, unit].filter(Boolean).join("\n");
}

const areaOf = (place) => TECH.area[place] ?? "none";
const listed = (items) => items.join(say("format.comma"));

const titleOfRecord = () => (language.now === "zh" && FACTS.title_zh) || FACTS.title;

function nameOf(place) {
  const chinese = TECH.name_zh[place];
  return language.now === "zh" && chinese ? chinese : TECH.name[place];
}

// a name that a table holds, in the language of the page where that has one
function nameNow(name) {
  const place = TECH.name.indexOf(name);
  return place < 0 ? name : nameOf(place);
}

// the name in the other language, where the data holds one
function otherNameOf(place) {
  const chinese = TECH.name_zh[place];
  if (!chinese) return null;
  return language.now === "zh" ? TECH.name[place] : chinese;
}

const regions = new Map();

// the name of a country given by its two letters; any other name stays as it is
function countryOf(code) {
  if (!/^[A-Z]{2}$/.test(code)) return code;
  const tag = language.now === "zh" ? "zh-Hans" : "en";
  if (!regions.has(tag)) regions.set(tag, new Intl.DisplayNames([tag], { type: "region" }));
  return regions.get(tag).of(code) ?? code;
}

/* ---- numbers ---- */

const DASH = "–";

function isNumber(value) {
  return typeof value === "number" && Number.isFinite(value);
}

const whole = (value) => (isNumber(value) ? nearest(value).toLocaleString("en-US") : DASH);

// to the nearest whole number, halves to the even one, as the other views round
function nearest(value) {
  const near = Math.round(value);
  return Math.abs(value % 1) === 0.5 && near % 2 !== 0 ? near - 1 : near;
}

// what is neither 0 nor 1 never reads as 0% or 100%
function percent(value) {
  if (!isNumber(value)) return DASH;
  if (value > 0 && value < 0.01) return "<1%";
  if (value > 0.99 && value < 1) return ">99%";
  return `${nearest(100 * value)}%`;
}

const TENFOLD = 10; // growth from which a percentage can no longer be grasped

function signedPercent(value) {
  if (!isNumber(value)) return DASH;
  if (value >= TENFOLD) return `×${whole(1 + value)}`;
  const size = `${whole(Math.abs(100 * value))}%`;
  if (size === "0%") return size;
  return (value > 0 ? "+" : "−") + size;
}

// a share of documents, which is small: two digits after the point
function smallPercent(share) {
  if (!isNumber(share)) return DASH;
  if (share > 0 && share < 0.0001) return "<0.01%";
  return `${(100 * share).toFixed(share < 0.0995 ? 2 : 1)}%`;
}

function decimal(value, digits = 2) {
  if (!isNumber(value)) return DASH;
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−");
}

// "74–>99%" would read as an arrow
function interval(low, high) {
  if (!isNumber(low) || !isNumber(high)) return DASH;
  const [from, to] = [low, high].map((end) => percent(end).replace(/[>%]/g, ""));
  return `${from}–${to}%`;
}

const times = (ratio) =>
  (isNumber(ratio) ? say("format.times", { number: ratio.toFixed(ratio < 9.95 ? 1 : 0) }) : DASH);

const UNTIL = FACTS.as_of + FACTS.horizon;

// a year as the language writes it in a sentence
const yearText = (year) =>
  DATA.words[language.now]["format.year"].replace("{year}", String(year));

// what sentences about the forecast speak of
const terms = () => ({
  year: yearText(FACTS.as_of),
  until: yearText(UNTIL),
  horizon: String(FACTS.horizon),
  factor: String(FACTS.factor),
  gain: smallPercent(FACTS.gain),
});

/* ---- elements ---- */

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return element;
}

const el = (tag, attributes, ...children) =>
  fill(document.createElement(tag), attributes, children);

const SVG = "http://www.w3.org/2000/svg";

const svg = (tag, attributes, ...children) =>
  fill(document.createElementNS(SVG, tag), attributes, children);

// text from documents: kept apart from the direction of the text around it
const foreign = (text) => el("bdi", null, text ?? "");

// words with an explanation, on hover and on focus
const explained = (text, tip) =>
  el("span", { class: "explained", tabindex: 0, "data-tip": tip }, text);

function swatch(area) {
  const dot = svg("circle", { class: "dot", cx: 5, cy: 5, r: 4.5 });
  const attributes = { class: `swatch area-${area}`, width: 10, height: 10, viewBox: "0 0 10 10" };
  return svg("svg", { ...attributes, "aria-hidden": "true" }, dot);
}

const areaTag = (area) => el("span", { class: "area" }, swatch(area), wordOf("areas", area));

// a link that opens a technology; without scripts' help its address does the same
function linkTo(place, text) {
  const id = encodeURIComponent(TECH.technology_id[place]);
  return el("a", { href: `#tech=${id}`, class: "tech-link", "data-tech": place },
    foreign(text ?? nameOf(place)));
}

function section(name, heading, ...children) {
  const title = el("h2", { id: `${name}-title` }, heading);
  return el("section", { id: name, "aria-labelledby": `${name}-title` }, title, children);
}

function block(heading, ...children) {
  return el("div", { class: "block" }, el("h3", null, heading), children);
}

const yesOrNo = (value) => say(value ? "interface.yes" : "interface.no");

function searchField(id, label, value = "") {
  const field = el("input", {
    type: "search", id, placeholder: label, "aria-label": label, autocomplete: "off",
    spellcheck: "false",
  });
  field.value = value;
  return field;
}

// a short switch between a few ways to show one thing
function choice(label, options, chosen, change) {
  const buttons = options.map(([value, text]) => el("button", {
    type: "button", "aria-pressed": String(value === chosen), "data-value": value,
    onclick: () => change(value),
  }, text));
  return el("div", { class: "choice", role: "group", "aria-label": label }, buttons);
}

const interpose = (items, mark) => items.flatMap((item, place) => (place ? [mark, item] : [item]));
