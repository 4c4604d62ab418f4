// The ground: data, state, words, numbers, and elements made without any parsing of markup.

const DATA = JSON.parse(document.getElementById("data").textContent);
const { facts: FACTS, tech: TECH, detail: DETAIL, span: SPAN } = DATA;
const COUNT = TECH.technology_id.length;
const AREAS = DATA.areas;
const PLACE = new Map(TECH.technology_id.map((id, place) => [id, place]));

const state = {
  lang: document.documentElement.lang.startsWith("zh") ? "zh" : "en",
  sort: "rank",
  descending: false,
  query: "",
  area: "",
  shown: 100,
  order: [],
};

/* ---- words ---- */

function say(key, values) {
  const text = DATA.words[state.lang][key];
  if (text === undefined) throw new Error(`no text for ${key}`);
  const known = values ? { ...TERMS, ...values } : TERMS;
  return text.replace(/\{(\w+)\}/g, (place, name) => (name in known ? String(known[name]) : place));
}

function known(key, other) {
  const text = DATA.words[state.lang][key];
  return text === undefined ? other : text;
}

// the text of a row that carries text_en and text_zh, or title_en and title_zh
const own = (row, name) => row[`${name}_${state.lang}`] ?? row[`${name}_en`] ?? "";

// a code's name as the facts give it, or the code itself
function nameOf(code) {
  const named = FACTS.names && Object.hasOwn(FACTS.names, code) ? FACTS.names[code] : null;
  return named ? named[state.lang] : code;
}

const subfieldOf = (code) => (code ? nameOf(code).split("/").pop().replace(/_+/g, " ") : "");

const areaOf = (place) => (AREAS.includes(TECH.area_code[place]) ? TECH.area_code[place] : "none");
const areaName = (code) => known(`area.${code}`, code);

/* ---- numbers ---- */

const DASH = "–";
const isNumber = (value) => typeof value === "number" && Number.isFinite(value);
const whole = (value) => Math.round(value).toLocaleString("en-US");
const minus = (text) => text.replace(/^-/, "−");

function percent(value) {
  if (!isNumber(value)) return DASH;
  if (value > 0 && value < 0.01) return "<1%";
  if (value > 0.99 && value < 1) return ">99%";
  return `${(100 * value).toFixed(0)}%`;
}

function signedPercent(value) {
  if (!isNumber(value)) return DASH;
  const size = `${whole(Math.abs(100 * value))}%`;
  return size === "0%" ? size : (value > 0 ? "+" : "−") + size;
}

function perThousand(share) {
  if (!isNumber(share)) return DASH;
  const scaled = 1000 * share;
  if (scaled === 0 || scaled >= 9.95) return whole(scaled);
  return scaled.toFixed(Math.max(1, 1 - Math.floor(Math.log10(scaled))));
}

function decimal(value, digits = 2) {
  if (!isNumber(value)) return DASH;
  const text = value.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : minus(text);
}

function range(low, high) {
  if (!isNumber(low) || !isNumber(high)) return DASH;
  return `${(100 * low).toFixed(0)}–${(100 * high).toFixed(0)}%`;
}

function indicatorValue(value, unit) {
  if (!isNumber(value)) return DASH;
  if (unit.startsWith("share of the year")) return say("unit.per_thousand", { value: perThousand(value) });
  if (unit.includes("(0.08")) return signedPercent(value);
  if (unit.startsWith("share of")) return percent(value);
  return minus(String(Number(value.toPrecision(3))));
}

// what texts about the forecast speak of
const TERMS = {
  year: FACTS.as_of,
  until: FACTS.as_of + FACTS.horizon,
  horizon: FACTS.horizon,
  threshold: percent(FACTS.threshold_growth),
};

/* ---- elements ---- */

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
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

const el = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
const svg = (tag, attributes, ...children) =>
  fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);

// text from documents: kept apart from the direction of the text around it
const foreign = (text) => el("bdi", null, text);

// words with an explanation, on hover and on focus
const term = (text, key, values) => el("span", { class: "term", tabindex: 0, "data-tip": say(key, values) }, text);

// a number, or a dash that says why there is none
function orDash(text, why) {
  if (text !== DASH) return text;
  return el("span", { class: "missing", "data-tip": say(why), "aria-label": say(why) }, DASH);
}

function swatch(area) {
  return svg("svg", { class: `swatch area-${area}`, width: 10, height: 10, "aria-hidden": "true" },
    svg("circle", { class: "dot", cx: 5, cy: 5, r: 4.5 }));
}

const addressOf = (place) => `#tech-${encodeURIComponent(TECH.technology_id[place])}`;
const linkTo = (place) => el("a", { href: addressOf(place) }, foreign(TECH.label[place]));

// a table from headings ([text, class, hint key]) and rows of cells; cells may be nodes
function table(headings, rows, options = {}) {
  const head = headings.map(([text, kind, hint]) =>
    el("th", { scope: "col", class: kind }, hint ? term(text, hint) : text));
  const body = rows.map((cells) => {
    const row = el("tr", { class: cells.kind });
    cells.forEach((cell, column) => {
      const first = column === 0 && options.rowHeading;
      row.append(el(first ? "th" : "td", { class: headings[column][1], scope: first ? "row" : null, "data-heading": options.isStacked ? headings[column][0] : null }, cell));
    });
    return row;
  });
  const caption = options.caption ? el("caption", null, options.caption) : null;
  return el("div", { class: "wide" },
    el("table", { class: options.class }, caption, el("thead", null, el("tr", null, head)), el("tbody", null, body)));
}

function section(name, ...children) {
  const heading = el("h2", { id: `${name}-title` }, say(name));
  return el("section", { id: name, "aria-labelledby": `${name}-title` }, heading, children);
}
