// Whether to believe it: the record in words, by year, by chance, case by case.

const RECORD = DATA.record;
const USED = RECORD.find((row) => row.is_used)?.ranking ?? FACTS.ranking;
// where no list holds more than 20, the first 50 are the first 20
const IS_SHORT = LISTED > 0 && LISTED <= FIRST.precision_20;
const MEASURES = ["precision_20", "precision_50", "average_precision"]
  .filter((name) => !(IS_SHORT && name === "precision_50"));
const CASES_SHOWN = 6;
const NAMES_SHOWN = 60;
const record = { measure: "precision_20", year: "" };

const rankingColumn = () => column("record", "ranking",
  (row) => wordOf("rankings", row.ranking), (row) => rankingName(row.ranking));

// the name of a ranking, with how it is computed
function rankingName(ranking) {
  const note = DATA.words[language.now][`ranking_notes.${ranking}`];
  const name = wordOf("rankings", ranking);
  return note ? explained(name, note) : name;
}

const pooledOf = (ranking) => RECORD.find((row) => row.ranking === ranking && row.year === null);
const yearsOf = (ranking) => RECORD.filter((row) => row.ranking === ranking && row.year !== null);
const listOfRankings = () => [...new Set(RECORD.map((row) => row.ranking))];

// the best of the rules that the record compares with, or else of all other rankings
function rivalOf(measure) {
  const named = DATA.gains.filter((row) => row.ranking === USED).map((row) => row.against);
  const others = listOfRankings().filter((ranking) => ranking !== USED && pooledOf(ranking));
  const rules = others.filter((ranking) => named.includes(ranking));
  const value = (ranking) => pooledOf(ranking)[measure] ?? -1;
  return (rules.length ? rules : others).sort((a, b) => value(b) - value(a))[0] ?? null;
}

function drawRecord() {
  const lines = ["believe", "warn"].flatMap((id) => linesOf(id).map((line) =>
    el("p", { class: `said said-${id}` }, line.text)));
  const red = DATA.warnings.filter((row) => row.severity === "red").map((row) =>
    el("p", { class: "said said-warn" }, row[language.now]));
  const body = RECORD.length ? [el("div", { class: "pair", id: "record-charts" }),
    el("div", { id: "cases" }), recordTables()]
    : lines.length ? [] : [el("p", { class: "notice" }, say("empty.record"))];
  return section("record", say("sections.record"), lines, lines.some(isWarning) ? null : red, body);
}

const isWarning = (line) => line.classList.contains("said-warn");

function fillRecord() {
  const holder = document.getElementById("record-charts");
  if (!holder) return;
  const room = holder.clientWidth;
  const isWide = room > 760;
  const width = isWide ? Math.round(room * 0.58) : room;
  const side = isWide ? room - width - 40 : room;
  holder.replaceChildren(precisionFigure(width), reliabilityFigure(Math.min(side, 460)));
  drawCases();
}

/* ---- precision by year ---- */

function precisionFigure(width) {
  const { measure } = record;
  const rival = rivalOf(measure);
  const used = yearsOf(USED);
  const title = titleOf("record", measure);
  const options = MEASURES.map((name) => [name, shortOf("record", name)]);
  const switcher = choice(say("record.measure"), options, measure, (value) => {
    record.measure = value;
    fillRecord();
  });
  if (!used.length) return quietFigure(say("record.pooled_only"));
  const lines = [
    { rows: used, key: measure, kind: "used", text: wordOf("rankings", USED) },
    { rows: yearsOf(rival), key: measure, kind: "rival", text: wordOf("rankings", rival) },
    { rows: used, key: "base_rate", kind: "rate", text: titleOf("record", "base_rate") },
  ].filter((line) => line.rows.some((row) => isNumber(row[line.key])));
  const picture = precisionChart(lines, width, title);
  const columns = [
    rankingColumn(),
    ...["year", measure, "base_rate", "scored_count", "take_off_count"].map((name) =>
      column("record", name)),
  ];
  const rows = [USED, rival].filter(Boolean).flatMap(yearsOf);
  const key = lines.map(({ kind, text }) => [[
    svg("path", { class: `line ${kind}`, d: "M1 6L25 6" }),
    kind === "rate" ? null : svg("circle", { class: `point ${kind}`, cx: 13, cy: 6, r: 3.6 }),
  ], text]);
  const note = say("record.by_year_note");
  const drawn = figure(picture, { title, key, data: { columns, rows }, note });
  drawn.querySelector("h4").after(switcher);
  return drawn;
}

const quietFigure = (text) => el("figure", null, el("p", { class: "quiet" }, text));

function precisionChart(lines, width, label) {
  const years = [...new Set(lines.flatMap((line) => line.rows.map((row) => row.year)))].sort();
  const values = lines.flatMap((line) => line.rows.map((row) => row[line.key])).filter(isNumber);
  const top = Math.min(1, Math.max(0.1, ...values) * 1.08);
  const { picture, x, y } = frame({
    width, height: 300, years, top, write: percent, axis: say("record.share_axis"), label,
  });
  for (const { rows, key, kind, text } of lines) {
    const points = rows.map((row) => [x(row.year), isNumber(row[key]) ? y(row[key]) : null]);
    picture.append(svg("path", { class: `line ${kind}`, d: pathOf(points) }));
    rows.forEach((row, place) => {
      if (points[place][1] === null || kind === "rate") return;
      picture.append(svg("circle", {
        class: `point ${kind}`, cx: at(points[place][0]), cy: at(points[place][1]), r: 3.6,
        "data-tip": `${text} ${row.year}: ${percent(row[key])}`,
      }));
    });
  }
  return picture;
}

/* ---- how often a chance came true ---- */

function reliabilityFigure(width) {
  const rows = DATA.reliability.filter((row) => isNumber(row.predicted) && isNumber(row.observed));
  const title = say("sections.reliability");
  if (!rows.length) return quietFigure(say("record.no_reliability"));
  const columns = ["predicted", "observed", "low", "high", "n"].map((name) =>
    column("reliability", name));
  const picture = reliabilityChart(rows, Math.max(260, width), title);
  return figure(picture, { title, data: { columns, rows }, note: say("hints.reliability") });
}

function reliabilityChart(rows, width, label) {
  const largest = Math.max(...rows.flatMap((row) => [row.predicted, row.observed, row.high ?? 0]));
  const top = [0.2, 0.4, 0.6, 0.8, 1].find((each) => each >= largest) ?? 1;
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) => part * top);
  const { picture, x, y, ground } = frame({
    width, height: 324, xs: [0, top], top, ticks, write: percent, axis: say("record.observed_axis"),
    label, right: 22,
  });
  for (const tick of ticks) {
    picture.append(
      svg("text", { class: "tick middle", x: at(x(tick)), y: ground + 17 }, percent(tick)));
  }
  const caption = { class: "tick end", x: at(x(top)), y: ground - 7 };
  picture.append(
    svg("line", { class: "diagonal", x1: at(x(0)), y1: at(y(0)), x2: at(x(top)), y2: at(y(top)) }),
    svg("text", caption, say("record.predicted_axis")));
  const most = Math.max(...rows.map((row) => row.n ?? 0), 1);
  for (const row of rows) {
    const tip = say("record.reliability_tip", {
      predicted: percent(row.predicted), observed: percent(row.observed), count: row.n ?? 0,
      interval: interval(row.low, row.high),
    });
    const across = at(x(row.predicted));
    if (isNumber(row.low) && isNumber(row.high)) {
      const ends = { x1: across, x2: across, y1: at(y(row.low)), y2: at(y(row.high)) };
      picture.append(svg("line", { class: "whisker", ...ends }));
    }
    picture.append(svg("circle", {
      class: "point used", cx: across, cy: at(y(row.observed)), "data-tip": tip,
      r: at(3 + 5 * Math.sqrt((row.n ?? 0) / most)),
    }));
  }
  return picture;
}

/* ---- cases ---- */

function drawCases() {
  const holder = document.getElementById("cases");
  if (!DATA.cases.length) return holder.replaceChildren();
  const years = [...new Set(DATA.cases.map((row) => row.forecast_year))].sort((a, b) => b - a);
  const options = [["", say("cases.latest")], ...years.map((year) => [String(year), String(year)])];
  const select = el("select", { id: "cases-year", "aria-label": titleOf("cases", "forecast_year") },
    options.map(([value, text]) => el("option", { value, selected: value === record.year }, text)));
  select.addEventListener("change", () => {
    record.year = select.value;
    drawCases();
  });
  const columns = [
    column("cases", "forecast_year"),
    column("cases", "kind", (row) => wordOf("case_kinds", row.kind)), column("cases", "rank"),
    column("cases", "name"), column("cases", "probability"), column("cases", "outcome_ratio"),
    column("cases", "reason", (row) => wordOf("case_reasons", row.reason)),
  ];
  const kinds = ["hit", "false_alarm", "miss"].map((kind) => casesOf(kind));
  return holder.replaceChildren(
    el("div", { class: "heading" }, el("h3", null, say("sections.cases")), select,
      tableDownloads(say("sections.cases"), columns, DATA.cases)),
    el("div", { class: "cases" }, kinds));
}

function casesOf(kind) {
  const all = DATA.cases.filter((row) => row.kind === kind
    && (!record.year || row.forecast_year === Number(record.year)));
  const latest = all.sort((a, b) => b.forecast_year - a.forecast_year || a.rank - b.rank);
  const shown = record.year ? latest : latest.slice(0, CASES_SHOWN);
  const items = shown.map((row) => el("li", null,
    el("p", null, el("span", { class: "case-name" }, foreign(nameNow(row.name))), " ",
      el("span", { class: "number quiet" }, times(row.outcome_ratio))),
    el("p", { class: "quiet" }, say(row.reason ? "cases.line_reason" : "cases.line", {
      forecast: yearText(row.forecast_year), rank: whole(row.rank),
      chance: percent(row.probability), reason: wordOf("case_reasons", row.reason),
    }))));
  return el("div", { class: `case ${kind}` },
    el("h4", { "data-tip": wordOf("case_notes", kind), tabindex: 0 },
      wordOf("case_kinds", kind), " ", el("span", { class: "quiet" }, whole(all.length))),
    items.length ? el("ul", null, items) : el("p", { class: "quiet" }, say("cases.none")));
}

/* ---- tables of the record, folded ---- */

function recordTables() {
  return el("div", { class: "folds" }, rankingsFold(), universeFold());
}

const recordHint = () => (IS_SHORT
  ? say("hints.record_short", { count: LISTED })
  : say("hints.record", { count: Math.min(LISTED || FIRST.precision_50, FIRST.precision_50) }));

function rankingsFold() {
  const rows = listOfRankings().map(pooledOf).filter(Boolean)
    .sort((a, b) => Number(b.is_used) - Number(a.is_used) || b.precision_20 - a.precision_20);
  const ranged = (name) => (row) => {
    const [low, high] = [row[`${name}_low`], row[`${name}_high`]];
    const isScore = name === "average_precision";
    const ends = isScore ? `${decimal(low)}–${decimal(high)}` : interval(low, high);
    const value = isScore ? decimal(row[name]) : percent(row[name]);
    return [value, el("span", { class: "quiet" }, isNumber(low) ? ` ${ends}` : "")];
  };
  const score = (name, digits = 2) => column("record", name, undefined,
    (row) => decimal(row[name], digits));
  const share = (name) => column("record", name, undefined, (row) => percent(row[name]));
  const columns = [
    rankingColumn(), ...MEASURES.map((name) => column("record", name, undefined, ranged(name))),
    share("recall_100"), score("auc"), score("brier", 3), score("brier_skill"),
    score("calibration_slope"), share("base_rate"),
    ...(IS_SHORT ? [] : [share("ceiling_20"), share("ceiling_50")]),
  ];
  const all = [...columns];
  all.splice(1, 0, column("record", "year"));
  return fold(say("record.all"),
    el("p", { class: "quiet" }, recordHint(), " ", FACTS.reason[language.now] ?? ""),
    plainTable(say("tables.record"), columns, rows, {
      mark: (row) => row.is_used, isBare: true, saved: [all, RECORD],
    }), gainsTable());
}

function gainsTable() {
  const rows = DATA.gains.filter((row) => !(IS_SHORT && row.measure === "precision_50"));
  if (!rows.length) return null;
  const measured = ({ measure }) => (isOfFewer("record", measure)
    ? titleOf("record", measure) : wordOf("measures", measure));
  const named = (name, group) => column("gains", name, (row) => wordOf(group, row[name]));
  const columns = [
    named("ranking", "rankings"), named("against", "rankings"),
    column("gains", "measure", measured),
    ...["gain", "low", "high"].map((name) =>
      column("gains", name, undefined, (row) => signedPoints(row[name]))),
    column("gains", "years_count"),
  ];
  return plainTable(say("tables.gains"), columns, rows);
}

const signedPoints = (value) =>
  (isNumber(value) ? `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}` : DASH);

function universeFold() {
  if (!DATA.universe.length && !DATA.leads.length) return null;
  const share = (row) => row.measure.startsWith("share");
  const write = (row, name) => (share(row) ? percent(row[name]) : decimal(row[name], 1));
  const leads = [
    column("leads", "measure", (row) => wordOf("measures", row.measure)),
    column("leads", "group", (row) => wordOf("groups", row.group)),
    ...["value", "low", "high"].map((name) =>
      column("leads", name, undefined, (row) => write(row, name))),
    column("leads", "universe_count"),
  ];
  const year = (name) => column("universe", name, undefined, (row) => row[name] ?? DASH);
  const names = [
    column("universe", "name", undefined, (row) => nameNow(row.name)), year("passed_year"),
    year("first_listed_year"), column("universe", "lead_years"), column("universe", "best_rank"),
  ];
  const tables = [
    DATA.leads.length ? plainTable(say("tables.leads"), leads, DATA.leads) : null,
    DATA.universe.length
      ? plainTable(say("tables.universe"), names, DATA.universe, { most: NAMES_SHOWN }) : null,
  ];
  return fold(say("sections.leads"), el("p", { class: "quiet" }, say("universe.note")), tables);
}
