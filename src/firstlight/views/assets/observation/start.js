// The page from top to bottom, drawn anew when the language or the width changes.

const PRINTED = 10; // technologies that paper shows one by one
const PRINT_WIDTHS = [520, 350]; // drawn larger than paper is wide, so that letters come out small
let drawnWidth = 0;

function draw() {
  document.documentElement.lang = language.now === "zh" ? "zh-Hans" : "en";
  arrange();
  const page = document.getElementById("page");
  const sections = [
    drawAnswer(), drawChanges(), drawRecord(), ...(COUNT ? [drawList(), drawCompare()] : []),
    drawThemes(), drawLinks(), drawMap(), drawDropped(), drawSources(),
  ].filter(Boolean);
  const version = FACTS.code_version ?? "";
  page.replaceChildren(drawHead(), sections[0], contents(sections), ...sections.slice(1),
    el("footer", { class: "quiet" }, say("foot.made", { version })));
  showFiltersIfListed();
  refreshList();
  fillCharts();
  if (reading.place !== null) fillSheet();
}

function showFiltersIfListed() {
  if (COUNT) showFilters();
}

// charts are as wide as the room that they have
function fillCharts() {
  drawnWidth = document.documentElement.clientWidth;
  fillRecord();
  fillCompare();
  fillMap();
  fillDropped();
  fillYears();
}

// an address typed in, or a step back, is as good as a click
function followAddress() {
  const lang = language.now;
  readAddress();
  chosen.shown = STEP;
  if (lang !== language.now) draw();
  else {
    if (COUNT) showFilters();
    refreshList();
    fillCompare();
  }
  const place = PLACE.get(chosen.tech);
  if (place !== undefined) showSheet(place);
  else closeSheet();
}

function printedTechnology(place) {
  const [wide, narrow] = PRINT_WIDTHS;
  const [title, ...about] = sheetTitle(place);
  title.removeAttribute("id");
  title.className = "name";
  return el("article", { class: `sheet area-${areaOf(place)}` }, title, about, sheetChance(place),
    el("div", { class: "two" }, block(say("sections.history"), courseFigure(place, wide)),
      leadersBlock(place, narrow)),
    recordBlock(place), formsBlock(place), documentsBlock(place));
}

// paper shows the first technologies one by one, and what is folded
function startPrinting() {
  let folds = [];
  addEventListener("beforeprint", () => {
    folds = [...document.querySelectorAll("details:not([open])")];
    for (const each of folds) each.open = true;
    if (sheet.open || !COUNT) return;
    const count = Math.min(PRINTED, HAS_FORECAST ? SCORED : COUNT);
    const shown = [...Array(count).keys()].map(printedTechnology);
    const heading = el("h2", null, say("print.first", { count }));
    document.getElementById("compare").before(el("section", { id: "printed" }, heading, shown));
  });
  addEventListener("afterprint", () => {
    document.getElementById("printed")?.remove();
    for (const each of folds) each.open = false;
    folds = [];
  });
}

function start() {
  readAddress();
  draw();
  startTips();
  startSheet();
  startPrinting();
  addEventListener("popstate", followAddress);
  addEventListener("resize", () => {
    if (document.documentElement.clientWidth !== drawnWidth) {
      fillCharts();
      if (reading.place !== null) fillSheet();
    }
  });
  if (chosen.tech) showSheet(PLACE.get(chosen.tech));
  document.documentElement.dataset.ready = "yes";
}

start();
