// A section per technology: a closed line until someone opens it, a link leads to it, or the page is printed.

const PRINT_WIDTH = 420;

function drawSections() {
  const list = el("div", { id: "sections" });
  for (let place = 0; place < COUNT; place += 1) {
    const summary = el("summary", null,
      el("span", { class: "rank" }, isNumber(TECH.rank[place]) ? TECH.rank[place] : DASH),
      swatch(areaOf(place)), el("span", { class: "label" }, foreign(TECH.label[place])),
      el("span", { class: "number" }, percent(TECH.probability[place])));
    const details = el("details", { class: "tech", id: `tech-${TECH.technology_id[place]}`, "data-place": place }, summary);
    details.addEventListener("toggle", () => { if (details.open) fillSection(details); });
    list.append(details);
  }
  return section("technologies", el("p", { class: "quiet" }, say("technologies.how")), list);
}

const sectionOf = (place) => document.getElementById(`tech-${TECH.technology_id[place]}`);

function fillSection(details, width) {
  if (details.childElementCount > 1) return;
  const place = Number(details.dataset.place);
  const room = width || Math.max(280, Math.min(620, details.clientWidth - 32));
  details.append(el("div", { class: "body" },
    lead(place),
    el("div", { class: "lead" }, block("tech.history", timeline(place, room)), whyBlock(place)),
    el("div", { class: "lead" }, precedentsBlock(place), standingBlock(place), lifeCycleBlock(place)),
    el("div", { class: "columns" }, termsBlock(place), linksBlock(place), sharesBlock(place, "category"), sharesBlock(place, "country")),
    indicatorBlock(place),
    el("p", { class: "quiet" }, el("a", { href: "#table" }, say("tech.back")))));
}

function openSection(place) {
  const details = sectionOf(place);
  details.open = true;
  fillSection(details);
  return details;
}

function filterSections() {
  const visible = new Set(state.order);
  for (const details of document.querySelectorAll("details.tech")) details.hidden = !visible.has(Number(details.dataset.place));
}

function block(key, ...children) {
  return el("div", { class: "block" }, el("h3", null, say(key)), children);
}

function lifeCycleBlock(place) {
  const at = DETAIL[place].life_cycle;
  if (!at) return null;
  const [stage, emergence, growth, maturity, decline, reasonEn, reasonZh] = at;
  const chances = { emergence, growth, maturity, decline };
  const parts = Object.entries(chances).filter(([, chance]) => isNumber(chance)).map(([name, chance]) => `${say(`cycle.${name}`)} ${percent(chance)}`);
  const reason = state.lang === "zh" ? reasonZh : reasonEn;
  return block("tech.life_cycle",
    el("p", null, term(el("strong", null, say(`cycle.${stage}`)), "hint.life_cycle"), " ", el("span", { class: "quiet" }, parts.join(" · "))),
    reason ? el("p", { class: "quiet" }, reason) : null);
}

function lead(place) {
  const at = (name) => TECH[name][place];
  const parts = [];
  const chance = { probability: percent(at("probability")), interval: range(at("probability_low"), at("probability_high")) };
  parts.push(isNumber(at("probability")) ? el("strong", null, say("tech.probability", chance)) : say("missing.probability"));
  if (isNumber(at("probability_since_peak"))) {
    const peak = { probability: percent(at("probability_since_peak")), interval: range(at("probability_since_peak_low"), at("probability_since_peak_high")) };
    parts.push(term(say("tech.since_peak", peak), "hint.since_peak"));
  }
  const happened = at("outcome") === null ? null
    : el("p", null, say(at("outcome") ? "tech.outcome.yes" : "tech.outcome.no", { growth: signedPercent(at("outcome_growth")) }));
  const area = areaName(areaOf(place));
  const lines = [
    isNumber(at("area_probability")) ? say("tech.area.sure", { area, probability: percent(at("area_probability")) }) : say("tech.area", { area }),
    subfieldOf(at("subfield_code")),
    isNumber(at("first_year")) ? say("tech.first", { year: at("first_year") }) : null,
    isNumber(at("documents_count")) ? say("tech.documents", { count: whole(at("documents_count")), total: isNumber(at("documents_total_count")) ? whole(at("documents_total_count")) : DASH }) : null,
    isNumber(at("share")) ? say("unit.per_thousand", { value: perThousand(at("share")) }) : null,
    isNumber(at("growth_share")) ? say("tech.growth", { growth: signedPercent(at("growth_share")) }) : null,
    at("event") ? [term(known(`event.${at("event")}`, at("event")), "hint.event"), at("event_detail") ? [" (", foreign(at("event_detail")), ")"] : ""] : null,
    el("code", null, at("technology_id")),
  ].filter(Boolean);
  return [
    el("p", null, parts.flatMap((part, order) => (order ? [" · ", part] : [part]))),
    happened,
    el("p", { class: "quiet" }, lines.flatMap((line, order) => (order ? [" · ", line].flat() : [line].flat())).flat(2)),
  ];
}

const indicatorRow = (code) => (typeof code === "number" ? DATA.indicators[code] : null);

function indicatorName(code) {
  const row = indicatorRow(code);
  if (!row) return foreign(String(code));
  return el("span", { class: "term", tabindex: 0, "data-tip": `${own(row, "sentence")} (${row.citation || DASH})` }, own(row, "title"));
}

function whyBlock(place) {
  const reasons = DETAIL[place].reasons.filter((row) => isNumber(row[1]));
  if (!reasons.length) return null;
  const bars = reasons.map(([code, value]) => [indicatorName(code), value, (value > 0 ? "+" : "") + decimal(value)]);
  const sides = el("div", { class: "bar quiet" }, el("span"), el("span", { class: "sides" }, el("span", null, `← ${say("tech.against")}`), el("span", null, `${say("tech.for")} →`)), el("span"));
  return block("tech.why", el("p", { class: "quiet" }, term(say("tech.why.how"), "hint.contribution")), sides, contributionBars(bars));
}

function termsBlock(place) {
  const { terms } = DETAIL[place];
  if (!terms.length) return null;
  return block("tech.terms", el("ul", { class: "terms" }, terms.map(([text, weight, count, year]) => {
    const since = isNumber(year) && isNumber(count) ? say("tech.terms.line", { year, count: whole(count) }) : say("missing");
    const level = isNumber(weight) ? Math.max(1, Math.ceil(4 * weight)) : 1;
    return el("li", { class: `weight-${Math.min(4, level)}`, "data-tip": since }, foreign(text));
  })));
}

function linksBlock(place) {
  const { links } = DETAIL[place];
  if (!links.length) return null;
  return block("tech.links", el("ul", { class: "links" }, links.map(([other, weight]) =>
    el("li", null, swatch(areaOf(other)), " ", linkTo(other), " ", el("span", { class: "quiet number" }, decimal(weight))))));
}

function sharesBlock(place, kind) {
  const parts = DETAIL[place].parts[kind];
  if (!parts) return null;
  const [count, largest] = parts;
  const left = count - largest.length;
  const shown = largest.map(([order, share]) => [nameOf(DATA.groups[order][0]), share, DATA.groups[order][1]]);
  return block(`tech.${kind}`, el("p", { class: "quiet" }, say("tech.shares.how")), shareBars(shown),
    left > 0 ? el("p", { class: "quiet" }, say("tech.shares.more", { count: whole(left) })) : null);
}

function indicatorBlock(place) {
  const rows = DETAIL[place].indicators.map(([code, value, percentile]) => {
    const unit = indicatorRow(code)?.unit || "";
    const size = isNumber(percentile) ? svg("svg", { class: "gauge", width: 60, height: 8, "aria-hidden": "true" },
      svg("rect", { class: "track", width: 60, height: 8 }), svg("rect", { class: "part", width: point(60 * percentile), height: 8 })) : null;
    const shown = orDash(indicatorValue(value, unit), "missing.indicator");
    return [indicatorName(code), typeof shown === "string" ? el("span", { "data-tip": unit || null }, shown) : shown, [size, " ", orDash(isNumber(percentile) ? String(Math.round(100 * percentile)) : DASH, "missing.indicator")]];
  });
  if (!rows.length) return null;
  const headings = [[say("col.indicator"), "text"], [say("col.value"), "number"], [say("col.percentile"), "number", "hint.percentile"]];
  return block("tech.indicators", table(headings, rows, { class: "narrow", rowHeading: true }));
}

function followHash() {
  const target = decodeURIComponent(location.hash.slice(1));
  const place = target.startsWith("tech-") ? PLACE.get(target.slice(5)) : undefined;
  if (place === undefined) return;
  if (!state.order.includes(place)) {
    filterBy({ query: "", area: "" });
    document.getElementById("search").value = "";
    document.getElementById("area").value = "";
  }
  const details = openSection(place);
  details.scrollIntoView({ block: "start" });
  // lines that come into sight take their true height only then, so the place is set once more
  requestAnimationFrame(() => requestAnimationFrame(() => details.scrollIntoView({ block: "start" })));
  details.querySelector("summary").focus({ preventScroll: true });
}

// paper shows everything that passes the filter; afterwards each line is as it was
function startPrinting() {
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")].filter((each) => !each.hidden);
    for (const details of closed) {
      if (details.classList.contains("tech")) fillSection(details, PRINT_WIDTH);
      details.open = true;
    }
  });
  addEventListener("afterprint", () => {
    for (const details of closed) details.open = false;
    closed = [];
  });
}
