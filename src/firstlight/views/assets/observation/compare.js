// Two to six technologies in one chart, or the countries of one of them.

const compared = { measure: "share", mode: "technologies", of: "" };
const SERIES = ["one", "two", "three", "four", "five", "six"];

// what is compared before the reader chooses: the first three
const comparedPlaces = () => {
  const ids = chosen.compare.length ? chosen.compare : TECH.technology_id.slice(0, 3);
  return ids.map((id) => PLACE.get(id));
};

function toggleCompared(id) {
  const now = chosen.compare.length ? chosen.compare : [];
  const next = now.includes(id) ? now.filter((each) => each !== id) : [...now, id];
  choose({ compare: next.slice(0, MOST_COMPARED) });
  fillCompare();
}

function drawCompare() {
  return section("compare", say("nav.compare"), el("p", { class: "quiet" }, say("compare.how")),
    el("div", { id: "compare-body" }));
}

function fillCompare() {
  const holder = document.getElementById("compare-body");
  if (!holder) return;
  const places = comparedPlaces();
  const withCountries = places.filter((place) => leadersOf(place, "country").length);
  const isCountries = compared.mode === "countries" && withCountries.length > 0;
  const set = (change) => {
    Object.assign(compared, change);
    fillCompare();
  };
  const modes = ["technologies", "countries"].map((mode) => [mode, say(`compare.${mode}`)]);
  const now = isCountries ? "countries" : "technologies";
  const switcher = withCountries.length
    ? choice(say("nav.compare"), modes, now, (mode) => set({ mode })) : null;
  const width = Math.min(holder.clientWidth, 1000);
  const drawn = isCountries
    ? countriesFigure(withCountries, width, set) : seriesFigure(places, width, set);
  holder.replaceChildren(
    el("div", { class: "filters" }, compareSearch(), switcher), comparedChips(places), drawn);
}

function comparedChips(places) {
  return el("ul", { class: "chips compared" }, places.map((place, order) => {
    const id = TECH.technology_id[place];
    const drop = () => {
      choose({ compare: places.map((each) => TECH.technology_id[each]) });
      toggleCompared(id);
    };
    return el("li", { class: `series-${SERIES[order]}` },
      el("span", { class: "key-dot" }), linkTo(place),
      places.length > 1 ? el("button", { type: "button", class: "plain", onclick: drop,
        "aria-label": say("compare.drop", { name: nameOf(place) }) }, "✕") : null);
  }));
}

// a search that adds what it finds
function compareSearch() {
  const found = el("ul", { id: "compare-found", class: "found" });
  const input = searchField("compare-search", say("compare.add"));
  const add = (place) => {
    const next = [...comparedPlaces().filter((each) => each !== place), place];
    choose({ compare: next.slice(-MOST_COMPARED).map((each) => TECH.technology_id[each]) });
    fillCompare();
    document.getElementById("compare-search").focus({ preventScroll: true });
  };
  const offer = (place) => {
    const text = [swatch(areaOf(place)), " ", foreign(nameOf(place))];
    return el("li", null, el("button", { type: "button", onclick: () => add(place) }, text));
  };
  input.addEventListener("input", () =>
    found.replaceChildren(...searched(input.value, 8).map(offer)));
  return el("div", { class: "adder" }, input, found);
}

// the first places that a query finds, the very form first
function searched(text, most) {
  const query = plainText(text);
  if (!query) return [];
  if (!searchIndex) startIndex();
  const words = query.split(" ");
  const found = [];
  for (let place = 0; place < COUNT; place += 1) {
    const match = matchOf(place, query, words);
    if (match !== null) found.push([match, place]);
  }
  return found.sort((a, b) => a[0] - b[0] || a[1] - b[1]).slice(0, most).map(([, place]) => place);
}

/* ---- courses ---- */

const VALUES = {
  share: (row) => row.share,
  documents: (row) => row.count,
  relative: (row, base) => (base > 0 && isNumber(row.share) ? row.share / base : null),
};

function seriesFigure(places, width, set) {
  const title = say(`compare.by.${compared.measure}`);
  const series = places.map((place, order) => {
    const rows = historyRows(place);
    const base = rows.find((row) => row.year === FACTS.as_of)?.share ?? 0;
    const valued = rows.map((row) => ({ ...row, value: VALUES[compared.measure](row, base) }));
    return { place, kind: SERIES[order], rows: valued };
  }).filter((each) => each.rows.length);
  const switcher = choice(say("record.measure"), Object.keys(VALUES).map((name) =>
    [name, say(`compare.by.${name}`)]), compared.measure, (measure) => set({ measure }));
  if (!series.length) return el("p", { class: "quiet" }, say("sheet.no_history"));
  const rows = series.flatMap(({ place, rows: own }) => own.map((row) => ({ ...row, place })));
  const columns = [
    column("technologies", "name", (row) => nameOf(row.place)), column("history", "year"),
    column("history", "documents_count", (row) => row.count), column("history", "share"),
  ];
  const drawn = figure(seriesChart(series, width, title), {
    name: title, data: { columns, rows }, note: say("compare.note"),
  });
  drawn.prepend(switcher);
  return drawn;
}

function seriesChart(series, width, label) {
  const all = series.flatMap((each) => each.rows);
  const first = Math.max(Math.min(...all.map((row) => row.year)), FACTS.as_of - 20);
  const rows = all.filter((row) => row.year >= first);
  const years = [first, Math.max(...rows.map((row) => row.year))];
  const room = width > 600 ? 190 : 0;
  const marks = { share: percentMark, documents: whole, relative: (mark) => `×${mark}` };
  const top = Math.max(...rows.map((row) => row.value ?? 0), 1e-7);
  const { picture, x, y, ground } = frame({
    width, height: width > 600 ? 400 : 300, years, top, write: marks[compared.measure],
    axis: say(`compare.by.${compared.measure}`), label, right: room + 12,
  });
  const now = at(x(FACTS.as_of));
  picture.append(svg("line", { class: "now", x1: now, x2: now, y1: 20, y2: ground }));
  const labels = [];
  for (const { place, kind, rows: own } of series) {
    const points = own.filter((row) => row.year >= first).map((row) => [x(row.year),
      isNumber(row.value) ? y(row.value) : null, row]);
    const part = (keep) => pathOf(points.filter(([, , row]) => keep(row)));
    picture.append(svg("g", { class: `series-${kind}` },
      svg("path", { class: "course", d: part((row) => row.year <= FACTS.as_of) }),
      svg("path", { class: "course later", d: part((row) => row.year >= FACTS.as_of) }),
      points.filter((point) => point[1] !== null).map(([cx, cy, row]) => svg("circle", {
        class: "spot", cx: at(cx), cy: at(cy), r: 3,
        "data-tip": `${nameOf(place)}, ${yearTip(row)}`,
      }))));
    const last = points.filter((point) => point[1] !== null).at(-1);
    const text = shortened(nameOf(place), isChinese(nameOf(place)) ? 14 : 25);
    if (last && room) labels.push([text, last[1], `series-${kind}`]);
  }
  endLabels(picture, x(years[1]) + 10, labels, 26, ground);
  return picture;
}

/* ---- countries within one ---- */

function countriesFigure(places, width, set) {
  const place = places.find((each) => TECH.technology_id[each] === compared.of) ?? places[0];
  const rows = leadersOf(place, "country").slice(0, MOST_COMPARED);
  const select = el("select", { id: "compare-of", "aria-label": say("compare.of") },
    places.map((each) => el("option", { value: TECH.technology_id[each], selected: each === place },
      nameOf(each))));
  select.addEventListener("change", () => set({ of: select.value }));
  const title = `${nameOf(place)} ${wordOf("leader_kinds", "country")}`;
  const drawn = figure(slopeChart(rows, Math.min(width, 640), title), {
    name: title, data: { columns: leaderColumns(), rows: leadersOf(place, "country") },
    note: say("compare.countries_note"),
  });
  drawn.prepend(select);
  return drawn;
}

// shares before and now, joined by a line for each country
function slopeChart(rows, width, label) {
  const height = 340;
  const room = Math.min(150, width * 0.3);
  const shares = rows.flatMap((row) => [row.share ?? 0, row.shareBefore ?? 0]);
  const y = linear(Math.min(...shares), Math.max(...shares, 0.01), height - 30, 40);
  const [before, now] = [room, width - room];
  const picture = chartOf(width, height, label);
  const periods = yearsOfPeriods();
  picture.append(
    svg("text", { class: "tick middle", x: before, y: 14 }, `${periods.from}–${periods.to}`),
    svg("text", { class: "tick middle", x: now, y: 14 }, `${periods.since}–${FACTS.as_of}`));
  const labels = rows.map((row, order) => {
    const [from, to] = [y(row.shareBefore ?? 0), y(row.share ?? 0)];
    const kind = `series-${SERIES[order]}`;
    picture.append(svg("g", { class: kind },
      svg("path", { class: "course", d: `M${before} ${at(from)}L${now} ${at(to)}` }),
      svg("circle", { class: "spot", cx: before, cy: at(from), r: 4 }),
      svg("circle", { class: "spot", cx: now, cy: at(to), r: 4 })));
    return { from, to, kind, row };
  });
  endLabels(picture, now + 10, labels.map(({ to, kind, row }) =>
    [`${percent(row.share)} ${shortened(row.name, Math.floor((room - 40) / 6.4))}`, to, kind]), 34,
  height - 20);
  endLabels(picture, before - 10, labels.map(({ from, kind, row }) =>
    [percent(row.shareBefore), from, `end ${kind}`]), 34, height - 20);
  return picture;
}
