// A workbook of one sheet (Office Open XML, ECMA-376), stored in a zip archive without compression.

const CRC = Uint32Array.from({ length: 256 }, (_, start) => {
  let value = start;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value >>> 0;
});

function checksum(bytes) {
  let value = 0xffffffff;
  for (const byte of bytes) value = CRC[(value ^ byte) & 0xff] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

// little-endian fields: [value, bytes]
function fields(list) {
  const size = list.reduce((sum, [, bytes]) => sum + bytes, 0);
  const view = new DataView(new ArrayBuffer(size));
  let at = 0;
  for (const [value, bytes] of list) {
    if (bytes === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += bytes;
  }
  return new Uint8Array(view.buffer);
}

// 1 January 1980, so that the same table gives the same bytes
const ZIP_DATE = 0x21;

// what the local header and the central directory both say of a file
function entry(name, bytes) {
  const size = bytes.length;
  return [
    [20, 2], [0x0800, 2], [0, 2], [0, 2], [ZIP_DATE, 2], [checksum(bytes), 4], [size, 4], [size, 4],
    [name.length, 2], [0, 2],
  ];
}

function zip(files) {
  const encoder = new TextEncoder();
  const parts = [];
  const directory = [];
  let offset = 0;
  for (const [path, text] of files) {
    const name = encoder.encode(path);
    const bytes = encoder.encode(text);
    const header = fields([[0x04034b50, 4], ...entry(name, bytes)]);
    parts.push(header, name, bytes);
    directory.push(
      fields([[0x02014b50, 4], [20, 2], ...entry(name, bytes), [0, 2], [0, 2], [0, 2], [0, 4],
        [offset, 4]]), name);
    offset += header.length + name.length + bytes.length;
  }
  const length = directory.reduce((sum, part) => sum + part.length, 0);
  const end = fields([[0x06054b50, 4], [0, 2], [0, 2], [files.length, 2], [files.length, 2],
    [length, 4], [offset, 4], [0, 2]]);
  return joined([...parts, ...directory, end]);
}

function joined(parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const MARKS = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;
const MOST_LETTERS = 32_767; // of a cell

// text as XML holds it: what XML 1.0 forbids shows as a replacement mark
function xml(text) {
  const plain = String(text).replace(FORBIDDEN, "\ufffd");
  return plain.slice(0, MOST_LETTERS).replace(/[&<>"]/g, (mark) => MARKS[mark]);
}

// 0 -> A, 25 -> Z, 26 -> AA
function columnName(place) {
  const rest = String.fromCharCode(65 + (place % 26));
  return place < 26 ? rest : columnName(Math.floor(place / 26) - 1) + rest;
}

function sheetCell(value, address, style = "") {
  if (value === null || value === undefined || Number.isNaN(value)) return "";
  if (typeof value === "number") return `<c r="${address}"${style}><v>${value}</v></c>`;
  const text = `<is><t xml:space="preserve">${xml(value)}</t></is>`;
  return `<c r="${address}" t="inlineStr"${style}>${text}</c>`;
}

function sheetRow(values, number, style) {
  const cells = values.map((value, place) => sheetCell(value, columnName(place) + number, style));
  return `<row r="${number}">${cells.join("")}</row>`;
}

const XML_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const SHEETS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE = "http://schemas.openxmlformats.org/package/2006";
const RELS = "application/vnd.openxmlformats-package.relationships+xml";
const OFFICE = "application/vnd.openxmlformats-officedocument.spreadsheetml";

function relations(list) {
  const items = list.map(([kind, target], place) =>
    `<Relationship Id="rId${place + 1}" Type="${RELATIONS}/${kind}" Target="${target}"/>`);
  return `<Relationships xmlns="${PACKAGE}/relationships">${items.join("")}</Relationships>`;
}

const STYLES = `<styleSheet xmlns="${SHEETS}">`
  + "<fonts count=\"2\"><font><sz val=\"11\"/><name val=\"Calibri\"/></font>"
  + "<font><b/><sz val=\"11\"/><name val=\"Calibri\"/></font></fonts>"
  + "<fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill>"
  + "<fill><patternFill patternType=\"gray125\"/></fill></fills>"
  + "<borders count=\"1\"><border/></borders>"
  + "<cellStyleXfs count=\"1\"><xf/></cellStyleXfs>"
  + "<cellXfs count=\"2\"><xf xfId=\"0\"/><xf xfId=\"0\" fontId=\"1\" applyFont=\"1\"/></cellXfs>"
  + "<cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles>"
  + "</styleSheet>";

const TYPES = `<Types xmlns="${PACKAGE}/content-types">`
  + `<Default Extension="rels" ContentType="${RELS}"/>`
  + `<Default Extension="xml" ContentType="application/xml"/>`
  + `<Override PartName="/xl/workbook.xml" ContentType="${OFFICE}.sheet.main+xml"/>`
  + `<Override PartName="/xl/worksheets/sheet1.xml" ContentType="${OFFICE}.worksheet+xml"/>`
  + `<Override PartName="/xl/styles.xml" ContentType="${OFFICE}.styles+xml"/></Types>`;

// the names of sheets are short and hold none of : \ / ? * [ ]
const sheetName = (title) => xml(title.replace(/[:\\/?*[\]']/g, " ").slice(0, 31)).trim() || "1";

// the bytes of an .xlsx file; columns are [title, row => value]
function workbook(title, columns, rows) {
  const head = sheetRow(columns.map(([heading]) => heading), 1, ' s="1"');
  const values = (row) => columns.map(([, value]) => value(row));
  const body = rows.map((row, place) => sheetRow(values(row), place + 2)).join("");
  const pane = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>';
  const views = `<sheetViews><sheetView workbookViewId="0">${pane}</sheetView></sheetViews>`;
  const cells = `<sheetData>${head}${body}</sheetData>`;
  const sheet = `<worksheet xmlns="${SHEETS}">${views}${cells}</worksheet>`;
  const book = `<workbook xmlns="${SHEETS}" xmlns:r="${RELATIONS}"><sheets>`
    + `<sheet name="${sheetName(title)}" sheetId="1" r:id="rId1"/></sheets></workbook>`;
  return zip([
    ["[Content_Types].xml", TYPES],
    ["_rels/.rels", relations([["officeDocument", "xl/workbook.xml"]])],
    ["xl/workbook.xml", book],
    ["xl/_rels/workbook.xml.rels",
      relations([["worksheet", "worksheets/sheet1.xml"], ["styles", "styles.xml"]])],
    ["xl/worksheets/sheet1.xml", sheet],
    ["xl/styles.xml", STYLES],
  ].map(([path, text]) => [path, XML_HEAD + text]));
}
