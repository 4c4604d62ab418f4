// The map: circles at x, y; area = colour, size = documents, outline = probability. Zoom by buttons, drag to move.

const view = { scale: 1, x: 0.5, y: 0.5, width: 0 };

function mapPlaces() {
  const places = [];
  for (let place = 0; place < COUNT; place += 1) if (isNumber(TECH.x[place]) && isNumber(TECH.y[place])) places.push(place);
  return places;
}

function drawMap() {
  const places = mapPlaces();
  const holder = el("div", { class: "map" });
  const tools = el("div", { class: "tools" },
    [["map.in", "+", 1.6], ["map.out", "−", 1 / 1.6], ["map.all", "⤢", 0]].map(([key, sign, factor]) =>
      el("button", { type: "button", title: say(key), "aria-label": say(key), onclick: () => zoom(factor) }, sign)));
  const left = COUNT - places.length;
  const note = left ? el("p", { class: "quiet" }, say("map.unplaced", { count: whole(left) })) : null;
  const counts = new Map(AREAS.map((area) => [area, 0]));
  for (const place of places) counts.set(areaOf(place), counts.get(areaOf(place)) + 1);
  const legend = el("ul", { class: "legend" }, AREAS.filter((area) => counts.get(area)).map((area) =>
    el("li", null, swatch(area), " ", areaName(area), " ", el("span", { class: "quiet" }, whole(counts.get(area))))));
  new ResizeObserver(() => {
    const width = Math.floor(holder.clientWidth);
    if (width && width !== view.width) placeDots(holder, places, width);
  }).observe(holder);
  view.width = 0;
  return section("map", el("p", { class: "quiet" }, say("map.how")), legend, el("div", { class: "mapframe" }, tools, holder), note);
}

function zoom(factor, x = view.x, y = view.y) {
  const scale = factor ? Math.min(12, Math.max(1, view.scale * factor)) : 1;
  Object.assign(view, { scale, x: scale === 1 ? 0.5 : x, y: scale === 1 ? 0.5 : y });
  moveDots();
}

const dots = { list: [], labels: null, width: 0, height: 0 };

function placeDots(holder, places, width) {
  view.width = width;
  const height = Math.round(Math.min(600, Math.max(340, width * 0.62)));
  const picture = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": say("map.label", { count: whole(places.length) }) });
  const most = Math.max(...places.map((place) => TECH.documents_count[place] || 0), 1);
  const largest = Math.max(9, Math.min(26, 190 / Math.sqrt(places.length || 1), width / 26));
  const list = places.map((place) => {
    const radius = 2.5 + (largest - 2.5) * Math.sqrt((TECH.documents_count[place] || 0) / most);
    const chance = TECH.probability[place];
    const dot = svg("circle", {
      class: `dot area-${areaOf(place)}`, r: point(radius), "data-place": place, "data-tip": mapWords(place),
      "stroke-width": point(isNumber(chance) ? 0.4 + 3.2 * chance : 0.4),
      "stroke-opacity": (isNumber(chance) ? 0.25 + 0.75 * chance : 0.25).toFixed(2),
    });
    return { place, radius, dot };
  });
  // large circles first, so that small ones stay within reach
  picture.append(...[...list].sort((a, b) => b.radius - a.radius || a.place - b.place).map((each) => each.dot));
  const labels = svg("g", { class: "labels", "aria-hidden": "true" });
  picture.append(labels);
  Object.assign(dots, { list, labels, width, height });
  holder.replaceChildren(picture);
  listenToMap(picture);
  moveDots();
}

function mapWords(place) {
  const chance = isNumber(TECH.probability[place]) ? `${say("col.probability")} ${percent(TECH.probability[place])}` : say("missing.probability");
  const documents = isNumber(TECH.documents_count[place]) ? say("unit.documents", { count: whole(TECH.documents_count[place]) }) : DASH;
  return `${TECH.label[place]}\n${areaName(areaOf(place))} · ${documents}\n${chance}`;
}

function moveDots() {
  if (!dots.labels) return;
  const { width, height, list } = dots;
  const half = 0.5 / view.scale;
  view.x = Math.min(1 - half, Math.max(half, view.x));
  view.y = Math.min(1 - half, Math.max(half, view.y));
  const x = linear(view.x - half, view.x + half, 30, width - 30);
  const y = linear(view.y - half, view.y + half, height - 26, 26);
  const visible = new Set(state.order);
  for (const each of list) {
    each.cx = x(TECH.x[each.place]);
    each.cy = y(TECH.y[each.place]);
    each.dot.setAttribute("cx", point(each.cx));
    each.dot.setAttribute("cy", point(each.cy));
    each.isDim = !visible.has(each.place);
    each.dot.classList.toggle("dim", each.isDim);
  }
  labelDots();
}

// as many of a label's terms as stay short; the whole label shows on hover
function shortLabel(label) {
  const parts = label.split(" · ");
  let short = parts[0];
  for (const part of parts.slice(1)) {
    if (short.length + part.length > 22) break;
    short += ` · ${part}`;
  }
  return short.length > 34 ? `${short.slice(0, 33)}…` : short;
}

// name as many of the likeliest as fit without touching
function labelDots() {
  const { width, height, list, labels } = dots;
  const taken = [];
  const texts = [];
  const inside = list.filter((each) => !each.isDim && each.cx > 0 && each.cx < width && each.cy > 0 && each.cy < height);
  for (const each of inside.slice(0, 60)) {
    if (texts.length >= 24) break;
    const label = shortLabel(TECH.label[each.place]);
    const size = [...label].reduce((sum, letter) => sum + (letter > "\u2e7f" ? 12 : 6.3), 0);
    const toRight = each.cx + each.radius + 4;
    const isRight = toRight + size < width - 2;
    const left = isRight ? toRight : each.cx - each.radius - 4 - size;
    const box = [left, each.cy - 7, left + size, each.cy + 7];
    if (left < 0 || taken.some((other) => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1])) continue;
    taken.push(box);
    texts.push(svg("text", { x: point(left), y: point(each.cy + 4) }, label));
  }
  labels.replaceChildren(...texts);
}

function listenToMap(picture) {
  let focus = dots.list.length ? 0 : -1;
  const order = dots.list;
  if (focus === 0) order[0].dot.setAttribute("tabindex", 0);
  const move = (step) => {
    order[focus].dot.setAttribute("tabindex", -1);
    focus = (focus + step + order.length) % order.length;
    order[focus].dot.setAttribute("tabindex", 0);
    order[focus].dot.focus();
  };
  for (const { dot, place } of order) {
    dot.setAttribute("role", "link");
    dot.setAttribute("aria-label", mapWords(place).replaceAll("\n", ", "));
  }
  picture.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (step && focus >= 0) move(step);
    else if (event.key === "Enter" && event.target.dataset.place) location.hash = addressOf(Number(event.target.dataset.place));
    else if (event.key === "+" || event.key === "=") zoom(1.6);
    else if (event.key === "-") zoom(1 / 1.6);
    else return;
    event.preventDefault();
  });
  let drag = null;
  let moved = 0;
  picture.addEventListener("pointerdown", (event) => {
    moved = 0;
    drag = view.scale > 1 ? { x: event.clientX, y: event.clientY, from: { ...view } } : null;
  });
  picture.addEventListener("pointermove", (event) => {
    if (!drag || !event.buttons) return;
    moved = Math.hypot(event.clientX - drag.x, event.clientY - drag.y);
    view.x = drag.from.x - (event.clientX - drag.x) / (dots.width * view.scale);
    view.y = drag.from.y + (event.clientY - drag.y) / (dots.height * view.scale);
    moveDots();
  });
  picture.addEventListener("click", (event) => {
    if (moved < 5 && event.target.dataset.place) location.hash = addressOf(Number(event.target.dataset.place));
  });
  picture.addEventListener("dblclick", (event) => {
    const box = picture.getBoundingClientRect();
    const across = (event.clientX - box.left) / box.width - 0.5;
    const up = 0.5 - (event.clientY - box.top) / box.height;
    zoom(1.6, view.x + across / view.scale, view.y + up / view.scale);
  });
}
