// Buttons that save what the page shows: a chart as SVG or PNG with its title, a table as CSV with every digit it holds.

const LOOK = [
  "fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-opacity", "stroke-linejoin",
  "font-size", "font-weight", "font-family", "text-anchor", "paint-order", "opacity",
];
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;
const SPACE = "http://www.w3.org/2000/svg";
const ROOM = 34;

function save(name, blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

// a name that every system takes: letters, digits and hyphens
function fileName(title, ending) {
  const plain = title.normalize("NFKC").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-");
  return `${plain.replace(/^-+|-+$/g, "").slice(0, 80) || "firstlight"}.${ending}`;
}

// what is hidden, the other language, has no text here
const shownText = (element) => (element ? element.innerText.replace(/\s+/g, " ").trim() : "");

function titleOf(figure) {
  const section = figure.closest("section");
  const parts = [section?.querySelector("h2"), figure.querySelector("figcaption")];
  return parts.map(shownText).filter(Boolean).join(" · ") || shownText(document.querySelector("h1"));
}

// the chart as a file of its own: what the page's style gives is written into its elements
function standalone(picture, title) {
  const { x, y, width, height } = picture.viewBox.baseVal;
  const copy = picture.cloneNode(true);
  const from = [picture, ...picture.querySelectorAll("*")];
  const to = [copy, ...copy.querySelectorAll("*")];
  from.forEach((element, place) => {
    const style = getComputedStyle(element);
    for (const name of LOOK) to[place].setAttribute(name, style.getPropertyValue(name));
    to[place].removeAttribute("class");
    if (element.matches("text") && style.display === "none") to[place].remove(); // of the other language
  });
  // outlines stand once on the page, and are used by its maps: in a file of its own a map has them itself
  for (const use of copy.querySelectorAll("use")) {
    const shape = document.querySelector(use.getAttribute("href"))?.cloneNode();
    if (!shape) continue;
    for (const { name, value } of use.attributes) if (name !== "href") shape.setAttribute(name, value);
    shape.removeAttribute("id");
    shape.append(...use.childNodes);
    use.replaceWith(shape);
  }
  const body = getComputedStyle(document.body);
  const paper = document.createElementNS(SPACE, "rect");
  const words = document.createElementNS(SPACE, "text");
  const box = { x, y: y - ROOM, width, height: height + ROOM };
  for (const [name, value] of Object.entries({ ...box, fill: body.backgroundColor })) paper.setAttribute(name, value);
  const look = { x: x + 4, y: y - ROOM / 3, fill: body.color, "font-size": 14, "font-family": body.fontFamily };
  for (const [name, value] of Object.entries(look)) words.setAttribute(name, value);
  words.textContent = title;
  copy.prepend(paper, words);
  copy.setAttribute("viewBox", `${box.x} ${box.y} ${box.width} ${box.height}`);
  copy.setAttribute("width", box.width);
  copy.setAttribute("height", box.height);
  copy.setAttribute("xmlns", SPACE);
  return new XMLSerializer().serializeToString(copy);
}

function saveSvg(figure) {
  const title = titleOf(figure);
  const text = standalone(figure.querySelector("svg"), title);
  save(fileName(title, "svg"), new Blob([text], { type: "image/svg+xml" }));
}

async function savePng(figure) {
  const title = titleOf(figure);
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(standalone(figure.querySelector("svg"), title))}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  const scale = 3;
  canvas.width = scale * image.width;
  canvas.height = scale * image.height;
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  canvas.toBlob((blob) => save(fileName(title, "png"), blob), "image/png");
}

// no spreadsheet takes a cell for a formula
function csvCell(text, isNumber) {
  const safe = !isNumber && FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function saveTable(section) {
  const heads = [...section.querySelectorAll("thead th")];
  const isNumber = heads.map((head) => head.classList.contains("number"));
  const lines = [heads.map((head) => csvCell(shownText(head), false))];
  for (const row of section.querySelectorAll("tbody tr")) {
    lines.push([...row.cells].map((cell, place) => (
      isNumber[place] ? csvCell(cell.dataset.value, true) : csvCell(shownText(cell), false)
    )));
  }
  const text = `\ufeff${lines.map((cells) => cells.join(",")).join("\r\n")}\r\n`;
  save(fileName(shownText(section.querySelector("h2")), "csv"), new Blob([text], { type: "text/csv" }));
}

function buttons(after, kinds) {
  const span = document.createElement("span");
  span.className = "saves";
  for (const [name, act] of kinds) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "save";
    button.dataset.save = name.toLowerCase();
    button.textContent = name;
    button.addEventListener("click", act);
    span.append(button);
  }
  after.append(span);
}

for (const figure of document.querySelectorAll("figure:has(svg)")) {
  buttons(figure, [["SVG", () => saveSvg(figure)], ["PNG", () => savePng(figure)]]);
}
for (const section of document.querySelectorAll("section.table")) {
  buttons(section, [["CSV", () => saveTable(section)]]);
}
