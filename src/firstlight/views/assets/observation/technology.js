// One technology, in a sheet over the page: chance, advice, course, documents, leaders, record.

const sheet = el("dialog", { id: "sheet", "aria-labelledby": "sheet-title" });
const reading = { role: "typical", kind: "country", place: null };
const ROLES = ["typical", "first", "newest"];
const KINDS = ["country", "organisation", "author"];
const QUANTILES = ["p10", "p25", "p50", "p75", "p90"];
const LEADERS_DRAWN = 8;
const BANDS = [[1, 10], [11, 20], [21, 50], [51, 100]];

function openTechnology(place, isStep = true) {
  choose({ tech: TECH.technology_id[place] }, isStep);
  showSheet(place);
}

function showSheet(place) {
  if (!sheet.isConnected) document.body.append(sheet);
  reading.place = place;
  if (!sheet.open) sheet.showModal();
  hideTip();
  fillSheet();
  sheet.scrollTop = 0;
  document.getElementById("sheet-title").focus({ preventScroll: true });
}

function closeSheet() {
  if (sheet.open) sheet.close();
}

// closed by its button, by Escape or by a click beside it: the address forgets the technology
function startSheet() {
  sheet.addEventListener("close", () => {
    reading.place = null;
    choose({ tech: "" });
  });
  sheet.addEventListener("click", (event) => {
    if (event.target === sheet) closeSheet();
  });
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("[data-tech]") : null;
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    openTechnology(Number(link.dataset.tech));
  });
}

function fillSheet() {
  const { place } = reading;
  if (place === null) return;
  sheet.setAttribute("lang", document.documentElement.lang);
  const body = el("div", { class: `sheet area-${areaOf(place)}` }, sheetHead(place));
  sheet.replaceChildren(body);
  body.append(sheetBody(place, Math.min(body.clientWidth - 2, 820)));
}

function sheetHead(place) {
  const step = (by, sign, label) => {
    const next = order.list[order.list.indexOf(place) + by];
    const isThere = order.list.includes(place) && next !== undefined;
    return el("button", { type: "button", disabled: !isThere, "aria-label": label, title: label,
      onclick: () => openTechnology(next, false) }, sign);
  };
  const id = TECH.technology_id[place];
  const isCompared = chosen.compare.includes(id);
  const isFull = !isCompared && chosen.compare.length >= MOST_COMPARED;
  return el("div", { class: "sheet-top" },
    step(-1, "‹", say("sheet.previous")), step(1, "›", say("sheet.next")),
    el("button", { type: "button", id: "to-compare", disabled: isFull, onclick: () => {
      toggleCompared(id);
      fillSheet();
    } }, say(isCompared ? "sheet.uncompare" : "sheet.compare")),
    el("button", { type: "button", id: "close", "aria-label": say("sheet.close"),
      title: say("sheet.close"), onclick: closeSheet }, "✕"));
}

function sheetBody(place, width) {
  return el("div", null,
    sheetTitle(place), sheetChance(place),
    block(say("sections.history"), courseFigure(place, width)),
    documentsBlock(place), leadersBlock(place, width), formsBlock(place), recordBlock(place),
    precedentsBlock(place), linksBlock(place));
}

function sheetTitle(place) {
  const acronym = acronymOf(place);
  const other = otherNameOf(place);
  const rank = isNumber(TECH.rank[place])
    ? say("sheet.rank", { rank: whole(TECH.rank[place]), count: SCORED })
    : wordOf("statuses", "watched");
  const sure = percent(TECH.area_probability[place]);
  const since = say("interface.since", { year: yearText(TECH.first_year[place]) });
  const stage = TECH.stage[place];
  const about = [
    rank,
    el("span", null, areaTag(areaOf(place)), sure === DASH ? null
      : el("span", { class: "quiet" }, ` ${sure}`)),
    TECH.theme[place] ? themeLink(TECH.theme_id[place]) : null,
    isNumber(TECH.first_year[place])
      ? explained(since, noteOf("technologies", "first_year")) : null,
    stage ? [titleOf("technologies", "stage"), say("format.colon"),
      explained(wordOf("stages", stage), wordOf("stage_notes", stage))] : null,
  ].filter(Boolean);
  return [
    el("h2", { id: "sheet-title", tabindex: -1 }, foreign(nameOf(place)),
      acronym ? el("span", { class: "acronym" }, foreign(acronym)) : null),
    other ? el("p", { class: "other-name" }, foreign(other)) : null,
    el("p", { class: "meta" }, interpose(about, " · ")),
    describedBlock(place),
  ];
}

// what the user's own model says that it is, where that name was taken
function describedBlock(place) {
  const row = DATA.named.find((each) => each.technology_id === TECH.technology_id[place]
    && each.language === language.now && ["accepted", "translation"].includes(each.outcome));
  if (!row) return null;
  const by = row.outcome === "translation" ? "sheet.translated_by" : "sheet.named_by";
  return el("div", { class: "described" }, el("p", null, foreign(row.description)),
    el("p", { class: "quiet" }, say(by, { model: row.model, name: row.old_name })));
}

function sheetChance(place) {
  const chance = TECH.probability[place];
  const advice = TECH.advice[place];
  const left = isNumber(chance)
    ? [chanceCell(place), el("p", { class: "quiet" }, say("sheet.chance", {
      now: smallPercent(TECH.share[place]), threshold: smallPercent(TECH.threshold_share[place]),
    }))] : el("p", { class: "quiet" }, say(HAS_FORECAST ? "sheet.watched" : "sheet.no_forecast"));
  const [reason, change] = [TECH.advice_reason[place], TECH.advice_change[place]];
  const right = advice ? [
    el("p", null, adviceTag(place), " ", verdictOf(place)),
    reason ? el("p", { class: "sentence" }, wordOf("advice_reasons", reason)) : null,
    change ? el("p", { class: "quiet" }, say("hints.change"), say("format.colon"),
      wordOf("advice_changes", change)) : null,
  ] : verdictOf(place);
  const facts = [
    [titleOf("technologies", "documents_count"), whole(TECH.documents_count[place])],
    [titleOf("technologies", "documents_total_count"), whole(TECH.documents_total_count[place])],
    [titleOf("technologies", "share"), smallPercent(TECH.share[place])],
    [titleOf("technologies", "share_before"), smallPercent(TECH.share_before[place])],
    [titleOf("technologies", "growth_last_year"), growthText(place)],
    [titleOf("technologies", "growth_five_years"), signedPercent(TECH.growth_five_years[place])],
  ];
  return [
    el("div", { class: "pair verdicts" }, el("div", null, left), el("div", null, right)),
    el("dl", { class: "figures" }, facts.map(([name, value]) =>
      el("div", null, el("dt", null, name), el("dd", { class: "number" }, value)))),
  ];
}

/* ---- the course: share, fan, threshold; documents below ---- */

function courseFigure(place, width) {
  const rows = historyRows(place);
  if (!rows.length) return el("p", { class: "quiet" }, say("sheet.no_history"));
  const title = `${nameOf(place)} ${say("sections.history")}`;
  const picture = courseChart(place, rows, width, title);
  const fan = fanRows(place);
  const columns = [
    column("history", "year"), column("history", "documents_count", (row) => row.count),
    column("history", "share"), ...QUANTILES.map((name) => column("fan", name)),
    column("fan", "threshold_share", (row) => row.threshold),
  ];
  const years = [...new Set([...rows, ...fan].map((row) => row.year))].sort((a, b) => a - b);
  const whole = years.map((year) => ({
    ...rows.find((row) => row.year === year), ...fan.find((row) => row.year === year), year,
  }));
  const key = courseKey({
    fan: fan.length > 0, after: rows.some((row) => row.year > FACTS.as_of),
    threshold: isNumber(TECH.threshold_share[place]),
  });
  return figure(picture, { name: title, key, data: { columns, rows: whole } });
}

// what the chart of a course shows, of all that it might
function courseKey(has) {
  const shapes = {
    past: [svg("path", { class: "past", d: "M1 6L25 6" })],
    fan: [svg("path", { class: "fan outer", d: "M1 1H25V11H1Z" }),
      svg("path", { class: "fan inner", d: "M1 3.5H25V8.5H1Z" })],
    after: [svg("circle", { class: "after-dot", cx: 13, cy: 6, r: 3.5 })],
    threshold: [svg("path", { class: "threshold", d: "M1 6L25 6" })],
  };
  const shown = Object.keys(shapes).filter((name) => name === "past" || has[name]);
  return shown.map((name) => [shapes[name], say(`course.${name}`)]);
}

function fanRows(place) {
  const unit = DATA.history_unit;
  return (DATA.fan[place] ?? []).map((values, step) => {
    const scaled = values.map((value) => (isNumber(value) ? value / unit : null));
    const [p10, p25, p50, p75, p90] = scaled;
    const year = FACTS.as_of + 1 + step;
    const threshold = year === UNTIL ? TECH.threshold_share[place] : null;
    return { year, p10, p25, p50, p75, p90, threshold };
  });
}

function courseChart(place, rows, width, label) {
  const fan = fanRows(place);
  const threshold = TECH.threshold_share[place];
  const values = [...rows.map((row) => row.share), ...fan.map((row) => row.p90), threshold];
  const first = Math.min(FACTS.as_of - 4, Math.max(rows[0].year - 1, FACTS.as_of - 24));
  const years = [first, Math.max(UNTIL, rows.at(-1).year)];
  const top = 1.04 * Math.max(1e-7, ...values.filter(isNumber));
  const height = 330;
  const { picture, x, y, ground, left, right } = frame({
    width, height: 250, years, top, write: percentMark, axis: say(`course.share.${FACTS.kind}`),
    label, right: width > 520 ? 96 : 20,
  });
  picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
  picture.setAttribute("height", height);
  const now = rows.find((row) => row.year === FACTS.as_of);
  const line = { x1: at(x(FACTS.as_of)), x2: at(x(FACTS.as_of)), y1: 20, y2: height - 6 };
  picture.append(svg("line", { class: "now", ...line }));
  drawFan(picture, fan, now, x, y);
  if (isNumber(threshold)) drawThreshold(picture, threshold, x, y, right, width);
  drawShares(picture, rows.filter((row) => row.year >= first), x, y);
  drawCounts(picture, rows.filter((row) => row.year >= first), x, { ground, height, left });
  return picture;
}

// ticks of a share have no more digits than tell them apart
const percentMark = (share) => `${Number((100 * share).toPrecision(3))}%`;

function drawFan(picture, fan, now, x, y) {
  const start = isNumber(now?.share) ? [Object.fromEntries(
    QUANTILES.map((name) => [name, now.share]))] : [];
  const rows = [...start.map((row) => ({ ...row, year: FACTS.as_of })), ...fan]
    .filter((row) => QUANTILES.every((name) => isNumber(row[name])));
  if (rows.length < 2) return;
  const band = (low, high) => bandOf(rows.map((row) => [x(row.year), y(row[low]), y(row[high])]));
  picture.append(
    svg("path", { class: "fan outer", d: band("p10", "p90") }),
    svg("path", { class: "fan inner", d: band("p25", "p75") }),
    svg("path", { class: "fan middle", d: pathOf(rows.map((row) => [x(row.year), y(row.p50)])) }));
}

function drawThreshold(picture, threshold, x, y, right, width) {
  const height = at(y(threshold));
  picture.append(svg("line", {
    class: "threshold", x1: at(x(FACTS.as_of)), x2: right, y1: height, y2: height,
  }));
  const text = { class: "label threshold", x: right + 4, y: at(y(threshold) + 4) };
  if (width > 520) picture.append(svg("text", text, say("course.take_off")));
}

function drawShares(picture, rows, x, y) {
  const points = (keep) => rows.filter(keep).map((row) =>
    [x(row.year), isNumber(row.share) ? y(row.share) : null]);
  picture.append(
    svg("path", { class: "after", d: pathOf(points((row) => row.year >= FACTS.as_of)) }),
    svg("path", { class: "past", d: pathOf(points((row) => row.year <= FACTS.as_of)) }));
  for (const row of rows) {
    if (!isNumber(row.share)) continue;
    const isAfter = row.year > FACTS.as_of;
    picture.append(svg("circle", {
      class: isAfter ? "after-dot" : "dot", cx: at(x(row.year)), cy: at(y(row.share)),
      r: isAfter ? 3.5 : 2.6, "data-tip": yearTip(row),
    }));
  }
}

function yearTip(row) {
  const share = say("course.tip_share", { share: smallPercent(row.share) });
  const documents = say(`head.size.${FACTS.kind}`, { count: row.count ?? 0 });
  return `${row.year}: ${documents}, ${share}`;
}

// documents of each year as bars under the shares, on a scale of their own
function drawCounts(picture, rows, x, { ground, height, left }) {
  const most = Math.max(...rows.map((row) => row.count ?? 0), 1);
  const high = linear(0, most, 0, height - ground - 50);
  const slot = Math.max(2, Math.min(22, (x(1) - x(0)) * 0.66));
  picture.append(
    svg("text", { class: "tick", x: 0, y: ground + 40 }, say(`course.documents.${FACTS.kind}`)),
    svg("text", { class: "tick end", x: left - 6, y: ground + 56 }, whole(most)));
  for (const row of rows) {
    if (!row.count) continue;
    const tall = Math.max(1, high(row.count));
    picture.append(svg("rect", {
      class: row.year > FACTS.as_of ? "count later" : "count", x: at(x(row.year) - slot / 2),
      y: at(height - 6 - tall), width: at(slot), height: at(tall), "data-tip": yearTip(row),
    }));
  }
}

/* ---- documents ---- */

const LINK = /^https?:\/\/[^\s]+$/i;

function documentsOf(place) {
  return (DATA.documents[place] ?? []).map(([role, id, date, title, venue, prefix, rest]) => ({
    role: ROLES[role], document_id: id, date, title,
    venue: venue === null ? null : DATA.venues[venue],
    link: prefix === null ? null : DATA.link_starts[prefix] + (rest ?? id),
  }));
}

function documentsBlock(place) {
  const rows = documentsOf(place);
  if (!rows.length) {
    const why = FACTS.kind === "counts" ? "documents.counts" : "documents.in_file";
    return block(say("sections.documents"), el("p", { class: "quiet" }, say(why)));
  }
  const roles = ROLES.filter((role) => rows.some((row) => row.role === role));
  const role = roles.includes(reading.role) ? reading.role : roles[0];
  const columns = [
    column("documents", "role", (row) => wordOf("roles", row.role)),
    ...["date", "document_id", "title", "venue", "link"].map((name) => column("documents", name)),
  ];
  const options = roles.map((each) => [each, wordOf("roles", each)]);
  const switcher = choice(titleOf("documents", "role"), options, role, (value) => {
    reading.role = value;
    fillSheet();
  });
  const items = rows.filter((row) => row.role === role).map((row) => el("li", null,
    documentLink(row), el("p", { class: "quiet" }, interpose([row.date,
      row.venue ? foreign(row.venue) : null, row.title ? foreign(row.document_id) : null]
      .filter(Boolean), " · "))));
  return block(say("sections.documents"),
    el("div", { class: "heading" }, switcher,
      tableDownloads(`${nameOf(place)} ${say("sections.documents")}`, columns, rows)),
    el("ol", { class: rows.some((row) => row.title) ? "documents" : "documents bare" }, items));
}

// only addresses of the web are links; whatever else a table holds stays text
function documentLink(row) {
  const text = foreign(row.title ?? row.document_id);
  if (!row.link || !LINK.test(row.link)) return text;
  return el("a", { href: row.link, rel: "noopener noreferrer", target: "_blank" }, text);
}

/* ---- who leads, recent years against the years before ---- */

function leadersOf(place, kind) {
  const rows = (DATA.leaders[place] ?? []).filter((row) => KINDS[row[0]] === kind);
  return rows.map(([, name, before, shareBefore, recent, share, whole]) => ({
    name: kind === "country" ? countryOf(DATA.leader_names[name]) : DATA.leader_names[name],
    before, shareBefore, recent, share, whole,
  })).sort((a, b) =>
    (b.share ?? 0) - (a.share ?? 0) || (b.shareBefore ?? 0) - (a.shareBefore ?? 0));
}

const leaderColumns = () => [
  column("leaders", "name"),
  [say("leaders.documents_before"), (row) => row.before],
  [say("leaders.share_before"), (row) => row.shareBefore],
  [say("leaders.documents_recent"), (row) => row.recent],
  [say("leaders.share_recent"), (row) => row.share], [say("leaders.whole"), (row) => row.whole],
];

function leadersBlock(place, width) {
  const kinds = KINDS.filter((kind) => leadersOf(place, kind).length);
  if (!kinds.length) return null;
  const kind = kinds.includes(reading.kind) ? reading.kind : kinds[0];
  const rows = leadersOf(place, kind);
  const periods = yearsOfPeriods();
  const name = `${nameOf(place)} ${wordOf("leader_kinds", kind)}`;
  const switcher = kinds.length > 1 ? choice(say("sections.leaders"), kinds.map((each) =>
    [each, wordOf("leader_kinds", each)]), kind, (value) => {
    reading.kind = value;
    fillSheet();
  }) : null;
  const key = [
    [[svg("circle", { class: "after-dot", cx: 13, cy: 6, r: 4 })], say("leaders.before", periods)],
    [[svg("circle", { class: "dot", cx: 13, cy: 6, r: 4.5 })], say("leaders.recent", periods)],
    [[svg("line", { class: "base", x1: 13, x2: 13, y1: 0, y2: 12 })], say("leaders.whole")],
  ];
  const picture = leadersChart(rows.slice(0, LEADERS_DRAWN), Math.min(width, 640), name);
  return block(say("sections.leaders"), switcher,
    figure(picture, { name, key, data: { columns: leaderColumns(), rows } }));
}

const yearsOfPeriods = () => ({
  from: String(FACTS.as_of - 5), to: String(FACTS.as_of - 3), since: String(FACTS.as_of - 2),
  now: String(FACTS.as_of),
});

function leadersChart(rows, width, label) {
  const names = Math.min(170, width * 0.36);
  const top = Math.max(...rows.flatMap((row) => [row.share, row.shareBefore, row.whole])
    .filter(isNumber), 0.01);
  const x = linear(0, top, names + 10, width - 54);
  const height = rows.length * 26 + 8;
  const picture = chartOf(width, height, label);
  const wasLed = rows.some((row) => isNumber(row.shareBefore));
  rows.forEach((row, place) => {
    const y = place * 26 + 17;
    const share = row.share ?? 0;
    const before = wasLed ? row.shareBefore ?? 0 : share;
    const told = wasLed ? `${percent(before)} → ${percent(share)}` : percent(share);
    picture.append(
      svg("text", { class: "tick end strong", x: names, y: y + 4 },
        shortened(row.name, Math.floor(names / (isChinese(row.name) ? 12 : 6.6)))),
      svg("line", { class: "grid", x1: at(x(0)), x2: at(x(top)), y1: y, y2: y }),
      svg("line", { class: "change", x1: at(x(before)), x2: at(x(share)), y1: y, y2: y }));
    if (isNumber(row.whole)) {
      const across = at(x(Math.min(row.whole, top)));
      picture.append(svg("line", { class: "base", x1: across, x2: across, y1: y - 7, y2: y + 7 }));
    }
    picture.append(
      wasLed ? svg("circle", { class: "after-dot", cx: at(x(before)), cy: y, r: 4 }) : "",
      svg("circle", { class: "dot", cx: at(x(share)), cy: y, r: 4.5,
        "data-tip": `${row.name}: ${told}` }),
      svg("text", { class: "tick end", x: width - 4, y: y + 4 }, percent(share)));
  });
  return picture;
}

/* ---- forms, record of such forecasts, neighbours ---- */

function formsBlock(place) {
  const rows = formsOf(place);
  if (!rows.length) return null;
  const columns = [
    column("forms", "form"), column("forms", "kind", (row) => wordOf("form_kinds", row.kind)),
    column("forms", "documents_count"),
    column("forms", "rule", (row) => (row.rule ? wordOf("rules", row.rule) : null)),
    column("forms", "evidence"),
  ];
  const items = rows.map((row) => {
    const rule = row.rule ? `${say("format.comma")}${wordOf("rules", row.rule)}` : "";
    const evidence = isNumber(row.evidence) ? ` (${decimal(row.evidence)})` : "";
    return el("li", { "data-tip": wordOf("form_kinds", row.kind) + rule + evidence, tabindex: 0 },
      foreign(row.form), " ", el("span", { class: "quiet number" }, whole(row.documents_count)));
  });
  const name = `${nameOf(place)} ${say("sections.forms")}`;
  return block(say("sections.forms"), el("ul", { class: "chips" }, items),
    tableDownloads(name, columns, rows));
}

function recordBlock(place) {
  const chance = TECH.probability[place];
  if (!isNumber(chance)) return null;
  const bins = DATA.reliability.filter((row) => isNumber(row.predicted) && row.n);
  const near = bins.sort((a, b) =>
    Math.abs(a.predicted - chance) - Math.abs(b.predicted - chance))[0];
  const band = BANDS.find(([low, high]) => TECH.rank[place] >= low && TECH.rank[place] <= high);
  const past = band ? DATA.past.filter((row) =>
    row[1] >= band[0] && row[1] <= band[1] && row[3] !== null) : [];
  const came = past.filter((row) => row[3] === 1).length;
  const lines = [
    near ? say("such.chance", {
      predicted: percent(near.predicted), observed: percent(near.observed), count: near.n,
      interval: interval(near.low, near.high),
    }) : null,
    past.length ? say("such.rank", {
      from: whole(band[0]), to: whole(band[1]), came, count: past.length,
      share: percent(came / past.length),
    }) : null,
  ].filter(Boolean);
  if (!lines.length) return null;
  return block(say("such.title"), lines.map((line) => el("p", null, line)));
}

function precedentsBlock(place) {
  const kept = DATA.precedents[place];
  if (!kept) return null;
  const [all, count, ...nearest] = kept;
  const rows = nearest.map(([name, year, documents, outcome, ratio]) =>
    ({ name, year, documents_count: documents, outcome: outcome === 1, outcome_ratio: ratio }));
  const items = rows.map((row) => el("li", null,
    foreign(say("precedents.line", { name: row.name, year: yearText(row.year) })), " ",
    el("span", { class: row.outcome ? "verdict yes" : "verdict no" },
      row.outcome ? "✓ " : "✗ ", say(`interface.${row.outcome ? "yes" : "no"}_took_off`), " ",
      el("span", { class: "number" }, times(row.outcome_ratio)))));
  const columns = [
    ...["name", "year", "documents_count"].map((name) => column("precedents", name)),
    column("precedents", "outcome", (row) => yesOrNo(row.outcome)),
    column("precedents", "outcome_ratio"),
  ];
  return block(say("sections.precedents"),
    el("p", null, say("precedents.took_off", { all: whole(all), count })),
    el("ul", { class: "plain" }, items),
    DATA.precedent_lines[language.now].map((text) => el("p", { class: "quiet" }, text)),
    tableDownloads(`${nameOf(place)} ${say("sections.precedents")}`, columns, rows));
}

function linksBlock(place) {
  const rows = (DATA.links[place] ?? []).map(([other, weight]) => ({ other, weight }));
  if (!rows.length) return null;
  return block(say("sections.links"), el("ul", { class: "chips" }, rows.map(({ other, weight }) =>
    el("li", { "data-tip": say("links.tip", { weight: decimal(weight) }) },
      swatch(areaOf(other)), " ", linkTo(other)))));
}
