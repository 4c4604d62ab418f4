// Downloads: a chart as SVG and PNG, a table as CSV and XLSX, all made here in the page.

const LOOK = [
  "fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-opacity",
  "stroke-linejoin", "stroke-linecap", "font-size", "font-weight", "font-family", "text-anchor",
  "paint-order", "opacity",
];
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;

function save(name, blob) {
  const address = URL.createObjectURL(blob);
  const link = el("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

// a name that every system takes: letters, digits and hyphens
function fileName(title, ending) {
  const plain = title.normalize("NFKC").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-");
  return `${plain.replace(/^-+|-+$/g, "").slice(0, 80) || "firstlight"}.${ending}`;
}

/* ---- charts ---- */

const TITLE_ROOM = 40;
const LINE_ROOM = 18;

// the chart as a file of its own: with its title, its key and where it comes from; what the page's
// style gives is written into its elements
function standalone(picture, title, key = []) {
  const { width, height } = picture.viewBox.baseVal;
  const foot = `${titleOfRecord()} · ${say("interface.as_of")} · ${say("head.brand")}`;
  const lines = key.map(([shapes, text], place) => svg("g", {
    transform: `translate(0 ${height + 6 + place * LINE_ROOM})`,
  }, shapes.map((shape) => shape?.cloneNode(true)),
  svg("text", { class: "label", x: 36, y: 10 }, text)));
  const below = height + 20 + key.length * LINE_ROOM;
  const [wide, high] = [width + 40, TITLE_ROOM + below + 20];
  const whole = svg("svg", {
    class: picture.getAttribute("class"), width: wide, height: high,
    viewBox: `-20 ${-TITLE_ROOM} ${wide} ${high}`,
  }, svg("text", { class: "chart-title", x: 0, y: -16 }, title),
  [...picture.cloneNode(true).childNodes], lines,
  svg("text", { class: "tick", x: 0, y: below }, foot));
  return dressed(whole, picture.parentNode);
}

// drawn for a moment beside the chart, since only what is drawn has a style
function dressed(picture, holder) {
  holder.append(picture);
  for (const element of [picture, ...picture.querySelectorAll("*")]) {
    const style = getComputedStyle(element);
    for (const name of LOOK) element.setAttribute(name, style.getPropertyValue(name));
  }
  picture.remove();
  for (const element of [picture, ...picture.querySelectorAll("*")]) {
    for (const name of ["class", "data-tip", "data-tech"]) element.removeAttribute(name);
  }
  const { x, y, width, height } = picture.viewBox.baseVal;
  const paper = getComputedStyle(document.body).backgroundColor;
  picture.prepend(svg("rect", { x, y, width, height, fill: paper }));
  return new XMLSerializer().serializeToString(picture);
}

function saveSvg(picture, title, key) {
  const text = standalone(picture, title, key);
  save(fileName(title, "svg"), new Blob([text], { type: "image/svg+xml" }));
}

async function savePng(picture, title, key) {
  const text = standalone(picture, title, key);
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const scale = 2;
  const canvas = el("canvas", { width: scale * image.width, height: scale * image.height });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  canvas.toBlob((blob) => save(fileName(title, "png"), blob), "image/png");
}

/* ---- tables: columns are [title, row => value]; values are texts, numbers or null ---- */

// no spreadsheet takes a cell for a formula
function csvCell(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "";
  if (typeof value === "number") return String(value);
  const text = FORMULA.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function csvText(columns, rows) {
  const lines = [columns.map(([title]) => csvCell(title))];
  for (const row of rows) lines.push(columns.map(([, value]) => csvCell(value(row))));
  return `\ufeff${lines.map((cells) => cells.join(",")).join("\r\n")}\r\n`;
}

function saveCsv(title, columns, rows) {
  save(fileName(title, "csv"), new Blob([csvText(columns, rows)], { type: "text/csv" }));
}

function saveXlsx(title, columns, rows) {
  const kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
  save(fileName(title, "xlsx"), new Blob([workbook(title, columns, rows)], { type: kind }));
}

// [text, what it does] as quiet buttons beside a chart or a table
function downloads(title, actions) {
  const buttons = actions.map(([text, act]) => el("button", {
    type: "button", class: "save", "aria-label": `${text}: ${title}`,
    "data-save": text.toLowerCase(), onclick: act,
  }, text));
  return el("span", { class: "saves" }, buttons);
}

const chartDownloads = (picture, title, key) => downloads(title, [
  ["SVG", () => saveSvg(picture, title, key)], ["PNG", () => savePng(picture, title, key)],
]);

// rows may be a function, so that what is saved is what the table holds when it is asked for
function tableDownloads(title, columns, rows) {
  const now = () => (typeof rows === "function" ? rows() : rows);
  return downloads(title, [
    ["CSV", () => saveCsv(title, columns, now())], ["XLSX", () => saveXlsx(title, columns, now())],
  ]);
}
