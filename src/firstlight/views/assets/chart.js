// Small charts: scales, ticks, sparkline, bars, reliability, forest. All are SVG, coloured by classes.

const linear = (from, to, low, high) => (value) => low + ((value - from) / (to - from || 1)) * (high - low);

function niceTicks(top, count = 4) {
  if (!(top > 0)) return [0];
  const rough = top / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((each) => each * power).find((each) => each >= rough);
  const ticks = [];
  for (let place = 0; place * step <= top * 1.0001; place += 1) ticks.push(Number((place * step).toPrecision(6)));
  return ticks;
}

const yearTicks = (from, to, width) => {
  const step = [1, 2, 5, 10, 20, 50].find((each) => ((to - from) / each) * 42 < width) || 100;
  const ticks = [];
  for (let year = Math.ceil(from / step) * step; year <= to; year += step) ticks.push(year);
  return ticks;
};

const point = (value) => value.toFixed(1);

// the path through points, broken where a value is missing
function pathOf(points) {
  let path = "";
  let isDown = false;
  for (const [x, y] of points) {
    if (y === null) isDown = false;
    else {
      path += `${isDown ? "L" : "M"}${point(x)} ${point(y)}`;
      isDown = true;
    }
  }
  return path;
}

function sparkline(place) {
  const width = 88;
  const height = 22;
  const shares = DETAIL[place].shares;
  const top = Math.max(...shares.filter(isNumber), 0);
  const picture = svg("svg", { class: "spark", width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
  if (!(top > 0)) return picture;
  const x = linear(SPAN[0], SPAN[SPAN.length - 1], 3, width - 3);
  const y = linear(0, top, height - 3, 3);
  const past = [];
  SPAN.forEach((year, order) => {
    const at = isNumber(shares[order]) ? y(shares[order]) : null;
    if (year <= FACTS.as_of) past.push([x(year), at]);
    else if (at !== null) picture.append(svg("circle", { class: "after", cx: point(x(year)), cy: point(at), r: 1.7 }));
  });
  picture.prepend(svg("path", { class: "past", d: pathOf(past) }));
  return picture;
}

// horizontal bars for (+) and against (-) around a middle line; rows: [node, value, text]
function contributionBars(rows) {
  const largest = Math.max(...rows.map((row) => Math.abs(row[1])), 1e-9);
  return el("div", { class: "bars" }, rows.map(([name, value, text]) => {
    const width = 140;
    const size = (Math.abs(value) / largest) * (width / 2 - 2);
    const bar = svg("svg", { width, height: 12, viewBox: `0 0 ${width} 12`, "aria-hidden": "true" },
      svg("rect", {
        class: value >= 0 ? "for" : "against",
        x: point(value >= 0 ? width / 2 : width / 2 - size), y: 1, width: point(size), height: 10,
      }),
      svg("line", { class: "axis", x1: width / 2, x2: width / 2, y1: 0, y2: 12 }));
    return el("div", { class: "bar" }, name, bar, el("span", { class: "number" }, text));
  }));
}

// bars of a share with a mark for the whole; rows: [name, share, whole]
function shareBars(rows) {
  const largest = Math.max(...rows.flatMap((row) => [row[1] || 0, row[2] || 0]), 1e-9);
  return el("div", { class: "bars" }, rows.map(([name, share, whole]) => {
    const x = linear(0, largest, 0, 138);
    const bar = svg("svg", { width: 140, height: 12, viewBox: "0 0 140 12", "aria-hidden": "true" },
      svg("rect", { class: "part", x: 0, y: 2, width: point(x(share || 0)), height: 8 }),
      isNumber(whole) ? svg("line", { class: "whole", x1: point(x(whole)), x2: point(x(whole)), y1: 0, y2: 12 }) : null);
    const text = isNumber(whole) ? `${percent(share)} / ${percent(whole)}` : percent(share);
    return el("div", { class: "bar" }, el("span", null, foreign(name)), bar, el("span", { class: "number" }, text));
  }));
}

function reliabilityChart(rows, base) {
  const side = 260;
  const largest = Math.max(base || 0, ...rows.flatMap((row) => [row.predicted || 0, row.observed || 0]));
  const top = [0.2, 0.4, 0.6].find((each) => each >= largest) || 1;
  const x = linear(0, top, 54, side - 20);
  const y = linear(0, top, side - 40, 10);
  const most = Math.max(...rows.map((row) => row.n || 0), 1);
  const picture = svg("svg", {
    class: "chart", width: side, height: side, viewBox: `0 0 ${side} ${side}`, role: "img",
    "aria-label": say("record.reliability"),
  });
  for (const at of [0, 0.25, 0.5, 0.75, 1].map((each) => each * top)) {
    picture.append(
      svg("line", { class: "grid", x1: x(0), x2: x(top), y1: y(at), y2: y(at) }),
      svg("text", { class: "tick end", x: x(0) - 6, y: y(at) + 4 }, percent(at)),
      svg("text", { class: "tick middle", x: x(at), y: y(0) + 16 }, percent(at)));
  }
  picture.append(svg("line", { class: "diagonal", x1: x(0), y1: y(0), x2: x(top), y2: y(top) }));
  if (isNumber(base)) {
    picture.append(
      svg("line", { class: "base", x1: x(0), x2: x(top), y1: y(base), y2: y(base) }),
      svg("text", { class: "tick end", x: x(top), y: y(base) - 4 }, say("col.base_rate")));
  }
  picture.append(
    svg("text", { class: "tick middle", x: (x(0) + x(top)) / 2, y: side - 6 }, say("record.predicted")),
    svg("text", { class: "tick middle", transform: `translate(13 ${(y(0) + y(top)) / 2}) rotate(-90)` }, say("record.observed")));
  for (const row of rows) {
    if (!isNumber(row.predicted) || !isNumber(row.observed)) continue;
    const text = `${say("record.predicted")} ${percent(row.predicted)}, ${say("record.observed")} ${percent(row.observed)}, n = ${whole(row.n)}`;
    picture.append(svg("circle", {
      class: "bubble", cx: point(x(row.predicted)), cy: point(y(row.observed)),
      r: point(3 + 9 * Math.sqrt((row.n || 0) / most)), "data-tip": text,
    }));
  }
  return picture;
}

// one method's score and its range on a common scale, with the base rate as a line
function forest(row, top) {
  const width = 120;
  const x = linear(0, top, 3, width - 3);
  const parts = [];
  if (isNumber(row.base_rate)) {
    parts.push(svg("line", { class: "base", x1: point(x(row.base_rate)), x2: point(x(row.base_rate)), y1: 0, y2: 16 }));
  }
  if (isNumber(row.csi_low) && isNumber(row.csi_high)) {
    parts.push(svg("line", { class: "whisker", x1: point(x(row.csi_low)), x2: point(x(row.csi_high)), y1: 8, y2: 8 }));
  }
  if (isNumber(row.csi)) parts.push(svg("circle", { class: row.is_ours ? "ours" : "other", cx: point(x(row.csi)), cy: 8, r: 4 }));
  return svg("svg", { class: "forest", width, height: 16, viewBox: `0 0 ${width} 16`, "aria-hidden": "true" }, parts);
}

function yearBars(rows) {
  const width = Math.max(300, 24 + 22 * rows.length);
  const height = 150;
  const ticks = niceTicks(Math.max(...rows.map((row) => row.documents_count || 0), 1), 3);
  const top = Math.max(ticks[ticks.length - 1], ...rows.map((row) => row.documents_count || 0));
  const left = 16 + 7 * whole(top).length;
  const x = linear(0, rows.length, left, width - 8);
  const y = linear(0, top, height - 24, 10);
  const picture = svg("svg", {
    class: "chart", width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": say("read.years"),
  });
  picture.append(svg("defs", null, svg("pattern", { id: "hatch", width: 5, height: 5, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    svg("line", { class: "hatch", x1: 0, y1: 0, x2: 0, y2: 5 }))));
  for (const tick of ticks) {
    picture.append(
      svg("line", { class: "grid", x1: left, x2: width - 8, y1: point(y(tick)), y2: point(y(tick)) }),
      svg("text", { class: "tick end", x: left - 5, y: point(y(tick) + 4) }, whole(tick)));
  }
  const every = Math.max(1, Math.ceil((rows.length * 34) / (width - left)));
  rows.forEach((row, order) => {
    const high = y(0) - y(row.documents_count || 0);
    const text = `${row.year}: ${say("unit.documents", { count: whole(row.documents_count || 0) })}`;
    picture.append(svg("rect", {
      class: row.is_complete === false ? "year partial" : "year", "data-tip": text,
      x: point(x(order) + 1.5), y: point(y(row.documents_count || 0)), width: point(x(1) - x(0) - 3), height: point(high),
    }));
    if ((rows.length - 1 - order) % every === 0) {
      picture.append(svg("text", { class: "tick middle", x: point((x(order) + x(order + 1)) / 2), y: height - 8 }, row.year));
    }
  });
  return picture;
}
