// What became of earlier technologies that looked like one, and what came of earlier forecasts like its own.

// a small picture of a course of shares (0 to 99 of its own largest): a line up to the year now, dots after it
function pathPicture(path, firstYear, now) {
  const [width, height] = [88, 22];
  const known = path.filter(isNumber);
  const top = Math.max(...known, 1);
  const x = linear(0, Math.max(path.length - 1, 1), 4, width - 4);
  const y = linear(0, top, height - 3, 3);
  const picture = svg("svg", { class: "spark", width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
  const past = [];
  path.forEach((value, order) => {
    const at = isNumber(value) ? y(value) : null;
    if (firstYear + order <= now) past.push([x(order), at]);
    else if (at !== null) picture.append(svg("circle", { class: "after", cx: point(x(order)), cy: point(at), r: 1.7 }));
  });
  picture.prepend(svg("path", { class: "past", d: pathOf(past) }));
  return picture;
}

const ageText = (age) => say(age >= DATA.old_age ? "tech.precedents.old" : "tech.precedents.age", { age: isNumber(age) ? age : DASH, old: DATA.old_age });

function precedentLine([order, similarity]) {
  const [label, year, documents, growth, tookOff, firstYear, path, place] = DATA.past[order];
  const name = place === null ? foreign(label) : el("a", { href: addressOf(place) }, foreign(label));
  return el("li", null,
    el("span", { "data-tip": say("tech.precedents.tip", { year, count: isNumber(documents) ? whole(documents) : DASH, similarity: percent(similarity) }) }, pathPicture(path, firstYear, year)),
    el("span", { class: "what" }, name, " ", el("span", { class: "quiet" }, String(year))),
    el("span", { class: tookOff ? "came number" : "not number" }, signedPercent(growth)));
}

function precedentsBlock(place) {
  const { alike, became } = DETAIL[place];
  if (!became) return null;
  const [age, count, tookOff, share, low, high] = became;
  const all = DATA.past_base;
  const summary = count
    ? el("p", null, el("strong", null, say("tech.precedents.count", { count, took_off: tookOff })), " ",
      el("span", { class: "quiet" }, say("tech.precedents.base", { share: percent(share), interval: range(low, high), known: whole(all.known_count), base: percent(all.base_rate) })))
    : el("p", { class: "quiet" }, say("tech.precedents.none"));
  return block("tech.precedents", el("p", { class: "quiet" }, term(ageText(age), "hint.precedents")), summary,
    el("ol", { class: "precedents" }, alike.map(precedentLine)));
}

// where the forecast stands: what came of those of about its probability, and of its rank
function standingBlock(place) {
  const at = DETAIL[place].standing;
  if (!at) return null;
  const [count, low, high, came, share, shareLow, shareHigh, first, last] = at;
  const parts = [];
  const chance = TECH.probability[place];
  if (count) {
    const values = { count: whole(count), like: range(low, high), came: whole(came), share: percent(share), interval: range(shareLow, shareHigh), probability: percent(chance) };
    const side = chance > high ? "lower" : chance < low ? "higher" : "like";
    parts.push(el("p", null, say(`tech.standing.${side}`, values)));
  } else parts.push(el("p", { class: "quiet" }, say("tech.standing.none")));
  const rows = DATA.ranks.filter((row) => row.rank_first === first);
  if (rows.length) {
    const all = rows.reduce((sum, row) => [sum[0] + row.came_true_count, sum[1] + row.n], [0, 0]);
    const years = rows.map((row) => say("tech.standing.year", { forecast_year: row.forecast_year, came: row.came_true_count, n: row.n })).join(state.lang === "zh" ? "、" : ", ");
    const ranks = isNumber(last) ? `${first}–${last}` : `${first}+`;
    parts.push(el("p", null, say("tech.standing.rank", { rank: isNumber(TECH.rank[place]) ? TECH.rank[place] : DASH, ranks, came: whole(all[0]), n: whole(all[1]), share: percent(all[0] / all[1]) }), " ",
      el("span", { class: "quiet" }, years)));
  }
  return block("tech.standing", el("p", { class: "quiet" }, term(say("tech.standing.how"), "hint.standing")), parts);
}
