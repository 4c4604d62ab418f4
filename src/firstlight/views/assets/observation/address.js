// What the reader chose lives in the address: filters, order, the opened technology, comparison.

const FIRST_LANGUAGE = language.now;
const STEP = 50;
const MOST_COMPARED = 6;

const EMPTY = {
  q: "", area: "", theme: "", status: "", advice: "", sort: "rank", tech: "", compare: [],
};
const chosen = { ...EMPTY, shown: STEP };

function readAddress() {
  const read = new URLSearchParams(location.hash.slice(1));
  for (const name of ["q", "area", "theme", "status", "advice", "sort", "tech"]) {
    chosen[name] = read.get(name) ?? EMPTY[name];
  }
  const known = read.getAll("compare").filter((id) => PLACE.has(id));
  chosen.compare = [...new Set(known)].slice(0, MOST_COMPARED);
  if (!PLACE.has(chosen.tech)) chosen.tech = "";
  if (!Object.hasOwn(ORDERS, chosen.sort.replace(/^-/, ""))) chosen.sort = EMPTY.sort;
  language.now = ["en", "zh"].find((lang) => lang === read.get("lang")) ?? FIRST_LANGUAGE;
}

function addressOf(state) {
  const parts = new URLSearchParams();
  for (const name of ["q", "area", "theme", "status", "advice", "sort", "tech"]) {
    if (state[name] !== EMPTY[name]) parts.set(name, state[name]);
  }
  for (const id of state.compare) parts.append("compare", id);
  if (language.now !== FIRST_LANGUAGE) parts.set("lang", language.now);
  return `#${parts.toString()}`;
}

// opening a technology is a step that the browser's back button takes back; a filter is none
function writeAddress(isStep = false) {
  const address = addressOf(chosen);
  if (address === (location.hash || "#")) return;
  history[isStep ? "pushState" : "replaceState"](null, "", address);
}

function choose(change, isStep = false) {
  Object.assign(chosen, change);
  writeAddress(isStep);
}
