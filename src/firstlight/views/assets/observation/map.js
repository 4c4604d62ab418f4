// The map: nearness is likeness, colour the area, size the documents. Buttons zoom, dragging moves.

const view = { scale: 1, x: 0.5, y: 0.5 };
const dots = { list: [], labels: null, picture: null, width: 0, height: 0 };
const MAP_LABELS = 28;

function mapPlaces() {
  const places = [];
  for (let place = 0; place < COUNT; place += 1) {
    if (isNumber(TECH.x[place]) && isNumber(TECH.y[place])) places.push(place);
  }
  return places;
}

function drawMap() {
  if (!mapPlaces().length) return null;
  const buttons = [["map.in", "+", 1.6], ["map.out", "−", 1 / 1.6], ["map.all", "⤢", 0]];
  const tools = el("div", { class: "tools" }, buttons.map(([key, sign, factor]) => el("button", {
    type: "button", title: say(key), "aria-label": say(key), onclick: () => zoom(factor),
  }, sign)));
  const counts = new Map();
  for (const place of mapPlaces()) counts.set(areaOf(place), (counts.get(areaOf(place)) ?? 0) + 1);
  const entry = (area) => el("li", null, el("button", {
    type: "button", class: "plain", "aria-pressed": String(chosen.area === area), "data-area": area,
    onclick: () => pickArea(area),
  }, areaTag(area), " ", el("span", { class: "quiet number" }, whole(counts.get(area)))));
  const areas = AREAS.filter((area) => counts.get(area));
  const legend = el("ul", { class: "legend" }, areas.map(entry));
  return section("map", say("sections.map"), el("p", { class: "quiet" }, say("map.how")), legend,
    el("div", { class: "map-frame" }, tools, el("div", { id: "map-holder" })),
    el("p", { class: "quiet saves-line", id: "map-saves" }));
}

// the legend filters the list as well, and says so by the filter that it sets
function pickArea(area) {
  filterBy({ area: chosen.area === area ? "" : area });
  showFilters();
  for (const button of document.querySelectorAll(".legend button")) {
    button.setAttribute("aria-pressed", String(button.dataset.area === chosen.area));
  }
}

function fillMap() {
  const holder = document.getElementById("map-holder");
  if (!holder) return;
  const places = mapPlaces();
  const width = Math.floor(holder.clientWidth);
  const height = Math.round(Math.min(640, Math.max(360, width * 0.6)));
  const label = say("map.label", { count: places.length });
  const picture = svg("svg", { class: "chart map", width, height, viewBox: `0 0 ${width} ${height}`,
    role: "img", "aria-label": label });
  const most = Math.max(...places.map((place) => TECH.documents_count[place] ?? 0), 1);
  const largest = Math.max(7, Math.min(20, width / 46));
  // large circles first, so that small ones stay within reach
  const list = places.map((place) => {
    const radius = 1.6 + (largest - 1.6) * Math.sqrt((TECH.documents_count[place] ?? 0) / most);
    const look = { class: `dot area-${areaOf(place)}`, r: at(radius), "data-tech": place };
    return { place, radius, dot: svg("circle", look) };
  }).sort((a, b) => b.radius - a.radius || a.place - b.place);
  const labels = svg("g", { class: "labels" });
  picture.append(...list.map((each) => each.dot), labels);
  Object.assign(dots, { list, labels, picture, width, height });
  holder.replaceChildren(picture);
  const saves = chartDownloads(picture, say("sections.map"));
  document.getElementById("map-saves").replaceChildren(saves);
  listenToMap(picture);
  moveDots();
}

function zoom(factor, x = view.x, y = view.y) {
  const scale = factor ? Math.min(16, Math.max(1, view.scale * factor)) : 1;
  Object.assign(view, { scale, x: scale === 1 ? 0.5 : x, y: scale === 1 ? 0.5 : y });
  moveDots();
}

function moveDots() {
  if (!dots.picture) return;
  const { width, height, list } = dots;
  const half = 0.5 / view.scale;
  view.x = Math.min(1 - half, Math.max(half, view.x));
  view.y = Math.min(1 - half, Math.max(half, view.y));
  const x = linear(view.x - half, view.x + half, 24, width - 24);
  const y = linear(view.y - half, view.y + half, height - 22, 22);
  const kept = new Set(order.list);
  for (const each of list) {
    each.cx = x(TECH.x[each.place]);
    each.cy = y(TECH.y[each.place]);
    each.isDim = !kept.has(each.place);
    each.dot.setAttribute("cx", at(each.cx));
    each.dot.setAttribute("cy", at(each.cy));
    each.dot.classList.toggle("dim", each.isDim);
  }
  labelDots();
}

const touch = (one, other) =>
  one[0] < other[2] && one[2] > other[0] && one[1] < other[3] && one[3] > other[1];

// name as many of the first as fit without touching
function labelDots() {
  const { width, height, list, labels } = dots;
  const isInside = (each) =>
    !each.isDim && each.cx > 0 && each.cx < width && each.cy > 0 && each.cy < height;
  const candidates = list.filter(isInside).sort((a, b) => a.place - b.place).slice(0, 120);
  const taken = [];
  const texts = [];
  for (const { place, radius, cx, cy } of candidates) {
    if (texts.length >= (width > 600 ? MAP_LABELS : 10)) break;
    const label = shortened(nameOf(place), 34);
    const size = widthOf(label);
    const isRight = cx + radius + 4 + size < width - 2;
    const left = isRight ? cx + radius + 4 : cx - radius - 4 - size;
    const box = [left - 3, cy - 8, left + size + 3, cy + 8];
    if (left < 0 || taken.some((other) => touch(box, other))) continue;
    taken.push(box);
    texts.push(svg("text", { x: at(left), y: at(cy + 4) }, label));
  }
  labels.replaceChildren(...texts);
}

function mapTip(place) {
  const chance = isNumber(TECH.probability[place])
    ? `\n${shortOf("technologies", "probability")} ${percent(TECH.probability[place])}` : "";
  return `${nameOf(place)}\n${wordOf("areas", areaOf(place))}, ${documentsText(place)}${chance}`;
}

function listenToMap(picture) {
  let drag = null;
  let moved = 0;
  picture.addEventListener("pointerover", (event) => {
    const { tech } = event.target.dataset;
    if (tech) event.target.setAttribute("data-tip", mapTip(Number(tech)));
  });
  picture.addEventListener("pointerdown", (event) => {
    moved = 0;
    drag = view.scale > 1 ? { x: event.clientX, y: event.clientY, from: { ...view } } : null;
  });
  picture.addEventListener("pointermove", (event) => {
    if (!drag || !event.buttons) return;
    const [across, down] = [event.clientX - drag.x, event.clientY - drag.y];
    moved = Math.hypot(across, down);
    view.x = drag.from.x - across / (dots.width * view.scale);
    view.y = drag.from.y + down / (dots.height * view.scale);
    moveDots();
  });
  // a drag that ends on a dot opens nothing
  picture.addEventListener("click", (event) => {
    if (moved >= 5) event.stopPropagation();
  });
  picture.addEventListener("dblclick", (event) => {
    const box = picture.getBoundingClientRect();
    const across = (event.clientX - box.left) / box.width - 0.5;
    const up = 0.5 - (event.clientY - box.top) / box.height;
    zoom(1.6, view.x + across / view.scale, view.y + up / view.scale);
  });
}
