// Parts of charts: scales, ticks, frames, lines. A chart is SVG, coloured by classes alone.

const linear = (from, to, low, high) => (value) =>
  low + ((value - from) / (to - from || 1)) * (high - low);

const at = (value) => value.toFixed(1);

function niceTicks(top, count = 4) {
  if (!(top > 0)) return [0];
  const rough = top / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((each) => each * power).find((each) => each >= rough * 0.999);
  const ticks = [];
  for (let place = 0; place * step <= top * 1.0001; place += 1) {
    ticks.push(Number((place * step).toPrecision(6)));
  }
  return ticks;
}

function yearTicks(from, to, width) {
  const room = (step) => ((to - from) / step) * 44 < width;
  const step = [1, 2, 5, 10, 20, 50].find(room) ?? 100;
  const ticks = [];
  for (let year = Math.ceil(from / step) * step; year <= to; year += step) ticks.push(year);
  return ticks;
}

// the path through points [x, y], broken where a value is missing
function pathOf(points) {
  let path = "";
  let isDown = false;
  for (const [x, y] of points) {
    if (!isNumber(y)) {
      isDown = false;
      continue;
    }
    path += `${isDown ? "L" : "M"}${at(x)} ${at(y)}`;
    isDown = true;
  }
  return path;
}

function bandOf(points) {
  const up = points.map(([x, low]) => `${at(x)} ${at(low)}`);
  const down = points.map(([x, , high]) => `${at(x)} ${at(high)}`).reverse();
  return `M${[...up, ...down].join("L")}Z`;
}

const chartOf = (width, height, label) => svg("svg", {
  class: "chart", width, height, viewBox: `0 0 ${width} ${height}`, role: "img",
  "aria-label": label,
});

// an empty chart: grid, ticks, title of the axis; returns the picture and its two scales
function frame({ width, height, years, xs, top, ticks, write, axis, label, right = 16 }) {
  const ground = height - 30;
  const marks = ticks ?? niceTicks(top);
  const left = 14 + 7 * Math.max(...marks.map((mark) => write(mark).length));
  const [from, to] = xs ?? [years[0], years.at(-1)];
  const x = linear(from, to, left + 8, width - right);
  const y = linear(0, Math.max(top, marks.at(-1)), ground, 26);
  const picture = chartOf(width, height, label);
  for (const mark of marks) {
    const [kind, high] = [mark === 0 ? "ground" : "grid", at(y(mark))];
    picture.append(
      svg("line", { class: kind, x1: left, x2: width - right + 8, y1: high, y2: high }),
      svg("text", { class: "tick end", x: left - 6, y: at(y(mark) + 4) }, write(mark)));
  }
  for (const year of years ? yearTicks(from, to, width - left - right) : []) {
    picture.append(svg("text", { class: "tick middle", x: at(x(year)), y: ground + 19 }, year));
  }
  picture.append(svg("text", { class: "tick", x: 0, y: 11 }, axis));
  return { picture, x, y, ground, left, right: width - right + 8 };
}

// labels at the ends of lines, moved apart so that none covers another: [text, y, class]
function endLabels(picture, x, labels, low, high) {
  const gap = 15;
  const placed = labels.map(([text, y, kind]) => ({ text, y, kind })).sort((a, b) => a.y - b.y);
  placed.forEach((each, place) => {
    each.y = Math.max(each.y, place ? placed[place - 1].y + gap : low);
  });
  for (let place = placed.length - 1; place >= 0; place -= 1) {
    const limit = place === placed.length - 1 ? high : placed[place + 1].y - gap;
    placed[place].y = Math.min(placed[place].y, limit);
  }
  for (const { text, y, kind } of placed) {
    picture.append(svg("text", { class: `label ${kind}`, x, y: at(y + 4) }, text));
  }
}

// about as wide as a text is drawn at 12 px
const widthOf = (text) =>
  [...text].reduce((sum, letter) => sum + (letter > "\u2e7f" ? 12 : 6.4), 0);

function shortened(text, most) {
  const letters = [...text];
  return letters.length > most ? `${letters.slice(0, most - 1).join("")}…` : text;
}

// a chart with its heading, a key, a note and its downloads
function figure(picture, { title, name, key, note, data }) {
  const saves = [chartDownloads(picture, name ?? title, key)];
  if (data) saves.push(tableDownloads(name ?? title, data.columns, data.rows));
  return el("figure", null,
    title ? el("h4", null, title) : null, key ? keyLine(key) : null, picture,
    el("figcaption", null, el("span", null, note ?? ""), el("span", null, saves)));
}

// what each line and mark of a chart is: [shapes, text]
const keyLine = (items) => el("span", { class: "key" }, items.map(([shapes, text]) =>
  el("span", null, svg("svg", { class: "chart", width: 26, height: 12, viewBox: "0 0 26 12",
    "aria-hidden": "true" }, shapes), text)));

/* ---- the two small charts of a line ---- */

const BAR = 132;

// chance as a bar, its 90% interval as a line across, the base rate as a mark
function chanceBar(place) {
  const x = linear(0, 1, 0, BAR);
  const chance = TECH.probability[place];
  const picture = svg("svg", {
    class: `chance-bar area-${areaOf(place)}`, viewBox: `0 0 ${BAR} 14`, "aria-hidden": "true",
    preserveAspectRatio: "none",
  });
  picture.append(svg("rect", { class: "track", width: BAR, height: 6, y: 4 }));
  if (!isNumber(chance)) return picture;
  picture.append(svg("rect", { class: "chance", width: at(x(chance)), height: 6, y: 4 }));
  const [low, high] = [TECH.probability_low[place], TECH.probability_high[place]];
  if (isNumber(low) && isNumber(high)) {
    const ends = [[low, low, 3, 11], [high, high, 3, 11], [low, high, 7, 7]];
    picture.append(...ends.map(([from, to, y1, y2]) => svg("line", {
      class: "whisker", x1: at(x(from)), x2: at(x(to)), y1, y2,
    })));
  }
  if (isNumber(DATA.base_rate)) {
    const across = at(x(DATA.base_rate));
    picture.append(svg("line", { class: "base", x1: across, x2: across, y1: 1, y2: 13 }));
  }
  return picture;
}

// the share so far, what came after, and the line from which it counts as take-off
function sparkline(place, width = 104, height = 30) {
  const history = DATA.history[place];
  const picture = svg("svg", {
    class: `spark area-${areaOf(place)}`, width, height, viewBox: `0 0 ${width} ${height}`,
    "aria-hidden": "true",
  });
  if (!history) return picture;
  const rows = historyRows(place);
  const threshold = TECH.threshold_share[place];
  const top = Math.max(threshold ?? 0, ...rows.map((row) => row.share ?? 0));
  if (!(top > 0)) return picture;
  const first = Math.max(DATA.span[0], FACTS.as_of - 12);
  const x = linear(first, Math.max(UNTIL, DATA.span[1]), 2, width - 4);
  const y = linear(0, top, height - 2, 3);
  picture.append(
    svg("line", { class: "grid", x1: 2, x2: width - 2, y1: height - 1.5, y2: height - 1.5 }));
  const points = (keep) => rows.filter((row) => row.year >= first && keep(row)).map((row) =>
    [x(row.year), isNumber(row.share) ? y(row.share) : null]);
  if (isNumber(threshold)) {
    const high = at(y(threshold));
    const line = { x1: at(x(FACTS.as_of)), x2: width - 2, y1: high, y2: high };
    picture.append(svg("line", { class: "threshold", ...line }));
  }
  picture.append(
    svg("path", { class: "past", d: pathOf(points((row) => row.year <= FACTS.as_of)) }),
    svg("path", { class: "after", d: pathOf(points((row) => row.year >= FACTS.as_of)) }));
  const now = rows.find((row) => row.year === FACTS.as_of);
  if (isNumber(now?.share)) {
    const spot = { cx: at(x(now.year)), cy: at(y(now.share)), r: 2.4 };
    picture.append(svg("circle", { class: "dot", ...spot }));
  }
  return picture;
}

// counts and shares of a technology, a row for each year from its first
function historyRows(place) {
  const history = DATA.history[place];
  if (!history) return [];
  const [start, counts, shares] = history;
  return counts.map((count, step) => ({
    year: DATA.span[0] + start + step,
    count,
    share: isNumber(shares[step]) ? shares[step] / DATA.history_unit : null,
  }));
}
