// One technology through time: its share with the forecast fan and what really happened, and its documents below.

function timelineScale(place, width) {
  const detail = DETAIL[place];
  const fan = detail.fan;
  const last = Math.max(SPAN.length ? SPAN[SPAN.length - 1] : FACTS.as_of, ...fan.map((row) => row[0]));
  const first = SPAN.length ? SPAN[0] : FACTS.as_of - 1;
  const shares = [...detail.shares, ...fan.map((row) => row[5])].filter(isNumber);
  const top = 1000 * Math.max(...shares, 1e-6);
  const ticks = niceTicks(top);
  return {
    width, first, last, ticks,
    x: linear(first, last, 56, width - 24),
    y: linear(0, Math.max(top, ticks[ticks.length - 1]), 190, 22),
    floor: 190, foot: 262,
  };
}

function timelineGrid(picture, scale, counts) {
  const { x, y, width, floor, foot } = scale;
  for (const tick of scale.ticks) {
    picture.append(
      svg("line", { class: "grid", x1: 46, x2: width - 12, y1: point(y(tick)), y2: point(y(tick)) }),
      svg("text", { class: "tick end", x: 41, y: point(y(tick) + 4) }, String(tick)));
  }
  for (const year of yearTicks(scale.first, scale.last, width - 58)) {
    picture.append(svg("text", { class: "tick middle", x: point(x(year)), y: foot + 16 }, year));
  }
  picture.append(
    svg("text", { class: "tick", x: 0, y: 10 }, say("tech.history.y")),
    svg("text", { class: "tick", x: 0, y: floor + 22 }, say("tech.counts.y")),
    svg("line", { class: "axis", x1: 46, x2: width - 12, y1: foot, y2: foot }));
  const most = Math.max(...counts.filter(isNumber), 0);
  if (most > 0) picture.append(svg("text", { class: "tick end", x: 41, y: floor + 40 }, whole(most)));
}

function timelineFan(picture, scale, place) {
  const { x, y } = scale;
  const at = SPAN.indexOf(FACTS.as_of);
  const now = at < 0 ? null : DETAIL[place].shares[at];
  const rows = DETAIL[place].fan.filter((row) => row.every(isNumber));
  if (!rows.length) return;
  const start = isNumber(now) ? [[FACTS.as_of, now, now, now, now, now]] : [];
  const all = [...start, ...rows];
  const band = (low, high) => {
    const up = all.map((row) => `${point(x(row[0]))} ${point(y(1000 * row[high]))}`);
    const down = all.map((row) => `${point(x(row[0]))} ${point(y(1000 * row[low]))}`).reverse();
    return `M${[...up, ...down].join("L")}Z`;
  };
  picture.append(
    svg("path", { class: "fan outer", d: band(1, 5) }),
    svg("path", { class: "fan inner", d: band(2, 4) }),
    svg("path", { class: "fan middle", d: pathOf(all.map((row) => [x(row[0]), y(1000 * row[3])])) }));
}

function timeline(place, width) {
  const { shares, counts } = DETAIL[place];
  const scale = timelineScale(place, width);
  const { x, y, floor, foot } = scale;
  const picture = svg("svg", {
    class: "chart timeline", width, height: 284, viewBox: `0 0 ${width} 284`, role: "img",
    "aria-label": `${TECH.label[place]}: ${say("tech.history")}`,
  });
  timelineGrid(picture, scale, counts);
  picture.append(svg("line", { class: "now", x1: point(x(FACTS.as_of)), x2: point(x(FACTS.as_of)), y1: 16, y2: foot }));
  timelineFan(picture, scale, place);
  const spot = (year, share) => [x(year), isNumber(share) ? y(1000 * share) : null];
  const past = SPAN.map((year, order) => (year <= FACTS.as_of ? spot(year, shares[order]) : null)).filter(Boolean);
  const later = SPAN.map((year, order) => (year >= FACTS.as_of ? spot(year, shares[order]) : null)).filter(Boolean);
  picture.append(
    svg("path", { class: "past", d: pathOf(past) }),
    svg("path", { class: "after", d: later.length > 1 ? pathOf(later) : "" }));
  const high = linear(0, Math.max(...counts.filter(isNumber), 1), 0, foot - floor - 30);
  const slot = (x(scale.first + 1) - x(scale.first)) * 0.7;
  SPAN.forEach((year, order) => {
    const isAfter = year > FACTS.as_of;
    const text = `${year}: ${say("unit.per_thousand", { value: perThousand(shares[order]) })} · ${say("unit.documents", { count: isNumber(counts[order]) ? whole(counts[order]) : DASH })}`;
    if (isNumber(counts[order]) && counts[order] > 0) {
      picture.append(svg("rect", {
        class: isAfter ? "count after" : "count", "data-tip": text,
        x: point(x(year) - slot / 2), y: point(foot - high(counts[order])), width: point(slot), height: point(high(counts[order])),
      }));
    }
    const [cx, cy] = spot(year, shares[order]);
    if (cy !== null) picture.append(svg("circle", { class: isAfter ? "mark after" : "mark", cx: point(cx), cy: point(cy), r: isAfter ? 4 : 2.5, "data-tip": text }));
  });
  const thin = DATA.thin_years;
  const note = thin.length ? el("p", { class: "quiet" }, say("chart.thin", { years: thin.join(state.lang === "zh" ? "、" : ", ") })) : null;
  return el("figure", null, picture, timelineKey(place), note);
}

const keyPicture = (...shapes) =>
  svg("svg", { class: "chart", width: 26, height: 12, viewBox: "0 0 26 12", "aria-hidden": "true" }, shapes);

function timelineKey(place) {
  const items = [[keyPicture(
    svg("path", { class: "past", d: "M1 6L25 6" }), svg("circle", { class: "mark", cx: 13, cy: 6, r: 2.5 })), "chart.past"]];
  if (DETAIL[place].fan.length) {
    items.push([keyPicture(
      svg("path", { class: "fan outer", d: "M1 1H25V11H1Z" }), svg("path", { class: "fan inner", d: "M1 3.5H25V8.5H1Z" }),
      svg("path", { class: "fan middle", d: "M1 6L25 6" })), "chart.fan"]);
  }
  if (SPAN.some((year, order) => year > FACTS.as_of && isNumber(DETAIL[place].shares[order]))) {
    items.push([keyPicture(
      svg("path", { class: "after", d: "M1 6L25 6" }), svg("circle", { class: "mark after", cx: 13, cy: 6, r: 4 })), "chart.after"]);
  }
  return el("figcaption", { class: "key" }, items.map(([picture, key]) => el("span", null, picture, " ", say(key))));
}
