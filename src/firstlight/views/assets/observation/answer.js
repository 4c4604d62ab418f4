// The first screen: the question, up to ten named technologies, and the first of each area.

const NAMED = 10;

// the first lines of a kind: "answer" and "answer_unscored" both answer
const linesOf = (kind) => DATA.lines[language.now].filter(({ id }) =>
  id === kind || id.startsWith(`${kind}_`));

// what speaks against acting on the list: it stands under the question, not only in the record
const DOUBTS = ["entities_are_places", "many_set_aside", "many_near_duplicates",
  "answer_unlikely", "years_could_end", "old", "believe_nothing", "believe_none", "believe_few",
  "believe_behind", "believe_no_better", "believe_higher_untested", "believe_higher_none", "warn"];

function drawHead() {
  const question = HAS_FORECAST ? say("head.question") : say("head.question_none");
  const doubts = DOUBTS.flatMap(linesOf).map((line) => el("p", { class: "doubt" }, line.text));
  const verdict = linesOf("verdict").map((line) => el("p", { class: "verdict-line" }, line.text));
  const record = linesOf("believe").filter(({ id }) => !DOUBTS.includes(id))
    .map((line) => el("p", { class: "record-line" }, line.text));
  const years = linesOf("own_years").map((line) => el("p", { class: "record-line" }, line.text));
  const size = say(`head.size.${FACTS.kind}`, { count: DATA.documents_count });
  return el("header", null,
    el("div", { class: "top" },
      el("p", { class: "brand" }, el("strong", null, say("head.brand")), " ",
        el("span", null, say("head.purpose"))), switches()),
    el("h1", null, question),
    el("p", { class: "corpus" },
      interpose([foreign(titleOfRecord()), say("interface.as_of"), size], " · ")),
    years, doubts, verdict, record);
}

function drawAnswer() {
  // What is only watched answers where nothing is forecast.
  const every = [...Array(HAS_FORECAST ? SCORED : COUNT).keys()];
  const lines = every.filter((place) => !TECH.same_as[place]);
  const first = lines.slice(0, NAMED);
  const told = linesOf("answer").map((line) => line.text);
  const said = HAS_FORECAST ? [] : told.map((text) => el("p", { class: "said" }, text));
  if (!first.length) {
    const empty = el("p", { class: "notice" }, say("empty.technologies"));
    const reason = said.length ? said : empty;
    return el("section", { id: "answer", "aria-label": say("nav.answer") }, reason);
  }
  const read = HAS_FORECAST ? el("p", { class: "quiet key-line" }, say("answer.read"), " ",
    isNumber(DATA.base_rate) ? say("answer.base", { base: percent(DATA.base_rate) }) : null) : null;
  const definition = HAS_FORECAST ? el("p", { class: "quiet" }, say("hints.take_off")) : null;
  return el("section", { id: "answer", "aria-label": say("nav.answer") }, said,
    el("ol", { class: HAS_FORECAST ? "answer" : "answer unscored" }, first.map(answerRow)),
    el("div", { class: "reading" }, el("div", null, read, definition),
      tableDownloads(say("answer.table"), listColumns(), first)),
    areaStrip(lines));
}

// GAN beside generative adversarial networks
function acronymOf(place) {
  const short = formsOf(place).find((form) => form.kind === "acronym");
  const name = TECH.name[place];
  if (!short || short.form === name || name.includes(`(${short.form})`)) return null;
  return short.form;
}

function answerRow(place, index) {
  const acronym = acronymOf(place);
  const other = otherNameOf(place);
  const name = [linkTo(place), acronym ? el("span", { class: "acronym" }, foreign(acronym)) : null,
    other ? el("span", { class: "acronym" }, foreign(other)) : null];
  return el("li", { class: `area-${areaOf(place)}` },
    el("span", { class: "rank" }, index + 1),
    el("div", { class: "who" },
      el("p", { class: "name" }, name),
      membersOf(place),
      el("p", { class: "meta" }, interpose(metaOf(place), " · "))),
    HAS_FORECAST ? chanceCell(place) : null,
    el("div", { class: "rests" }, sparkline(place, 116, 40),
      el("div", { class: "quiet" }, restsOn(place).map((text) => el("p", null, text)))),
    el("div", { class: "advised" }, adviceTag(place), verdictOf(place)));
}

// technologies with nearly the same documents, or the same Chinese name, stand under the first
function membersOf(place) {
  const members = TECH.members[place];
  if (!members || !members.length) return null;
  const shown = members.map((name) => nameNow(name) === nameOf(place) ? name : nameNow(name));
  const names = listed([...new Set(shown)]); // two may have one Chinese name
  return el("p", { class: "meta" }, say("interface.with_members", { names }));
}

function metaOf(place) {
  const since = TECH.first_year[place];
  return [
    areaTag(areaOf(place)),
    isNumber(since) ? say("interface.since", { year: yearText(since) }) : null,
    TECH.theme[place] ? themeLink(TECH.theme_id[place]) : null,
  ].filter(Boolean);
}

function restsOn(place) {
  const growth = TECH.growth_last_year[place];
  const grew = TECH.is_newborn[place]
    ? say("answer.newborn") : say("answer.growth", { growth: signedPercent(growth) });
  return [
    documentsText(place),
    isNumber(growth) || TECH.is_newborn[place] ? grew : null,
  ].filter(Boolean);
}

const documentsText = (place) =>
  say(`head.size.${FACTS.kind}`, { count: TECH.documents_count[place] ?? 0 });

function chanceCell(place) {
  const range = interval(TECH.probability_low[place], TECH.probability_high[place]);
  return el("div", { class: "chance" },
    el("p", null, el("strong", { class: "number" }, percent(TECH.probability[place])),
      el("span", { class: "interval" }, range)),
    chanceBar(place));
}

function adviceTag(place) {
  const advice = TECH.advice[place];
  if (!advice) return null;
  const reason = TECH.advice_reason[place];
  const why = reason ? wordOf("advice_reasons", reason) : "";
  const tip = `${wordOf("advice_meanings", advice)}\n${why}`.trim();
  return el("span", { class: `advice ${advice}`, "data-tip": tip, tabindex: 0 },
    wordOf("advice", advice));
}

function verdictOf(place) {
  const outcome = TECH.outcome[place];
  if (outcome === null) return null;
  const text = say(outcome ? "interface.yes_took_off" : "interface.no_took_off");
  const tip = say("verdict.tip", { ratio: times(TECH.outcome_ratio[place]) });
  return el("span", { class: outcome ? "verdict yes" : "verdict no", "data-tip": tip, tabindex: 0 },
    el("span", { "aria-hidden": "true" }, outcome ? "✓ " : "✗ "), text, " ",
    el("span", { class: "number" }, times(TECH.outcome_ratio[place])));
}

// each of the six areas: the first line of it, or that it has none
function areaStrip(lines) {
  const rows = new Map(DATA.areas.map((row) => [row.area, row]));
  if (!rows.size) return null;
  const cells = SIX.map((area) => {
    const place = lines.find((each) => TECH.area[each] === area);
    const count = rows.get(area)?.technologies_count ?? 0;
    const best = place === undefined ? el("span", { class: "quiet" }, say("interface.area_none"))
      : [linkTo(place), " ", el("span", { class: "number" }, percentOrNothing(place))];
    return el("li", { class: `area-${area}` },
      el("p", null, areaTag(area), " ",
        count ? el("button", { type: "button", class: "plain quiet", "data-area": area,
          onclick: () => filterAndShow({ area }) }, say("areas.count", { count })) : null),
      el("p", { class: "best" }, best));
  });
  return [el("h3", null, say("sections.areas")), el("ul", { class: "areas" }, cells)];
}

const percentOrNothing = (place) =>
  (isNumber(TECH.probability[place]) ? percent(TECH.probability[place]) : "");
