// Themes: technologies that go together, with their first names.

const FIRST_THEMES = 30; // shown until more are asked for

const THEME = new Map(DATA.themes.map((row) => [row.theme_id, row]));

const themeName = (row) => (language.now === "zh" && row.name_zh) || row.name;

const themeOf = (place) => (TECH.theme_id[place] ? themeName(THEME.get(TECH.theme_id[place])) : "");

function themeLink(id) {
  const row = THEME.get(id);
  if (!row) return null;
  return el("button", { type: "button", class: "plain theme", "data-theme-id": id,
    onclick: () => filterAndShow({ theme: id }) }, foreign(themeName(row)));
}

function drawThemes() {
  if (!DATA.themes.length) return null;
  const rows = [...DATA.themes].sort((a, b) => b.documents_count - a.documents_count
    || (a.theme_id < b.theme_id ? -1 : 1));
  const columns = [
    ...["name", "technologies_count", "documents_count", "share", "growth_five_years"].map((name) =>
      column("themes", name)),
    column("themes", "top", (row) => row.top.join("; ")),
  ];
  const most = Math.max(...rows.map((row) => row.documents_count ?? 0), 1);
  const lines = rows.map((row) => el("tr", null,
    el("th", { scope: "row" }, themeLink(row.theme_id)),
    el("td", { class: "number" }, whole(row.technologies_count)),
    el("td", { class: "number size" }, sizeBar((row.documents_count ?? 0) / most),
      whole(row.documents_count)),
    el("td", { class: "number" }, signedPercent(row.growth_five_years)),
    el("td", { class: "top-names" }, interpose(row.top.map(topName), say("format.comma")))));
  lines.slice(FIRST_THEMES).forEach((line) => { line.hidden = true; });
  const heads = [["name"], ["technologies_count", "number"], ["documents_count", "number"],
    ["growth_five_years", "number"], ["top"]];
  const head = heads.map(([name, kind]) =>
    el("th", { scope: "col", class: kind }, shortOf("themes", name)));
  return section("themes", say("sections.themes"),
    el("div", { class: "heading" }, el("p", { class: "quiet" }, say("themes.note")),
      tableDownloads(say("sections.themes"), columns, rows)),
    el("table", { class: "themes" }, el("thead", null, el("tr", null, head)),
      el("tbody", null, lines)),
    lines.length > FIRST_THEMES ? moreThemes(lines.slice(FIRST_THEMES)) : null);
}

function moreThemes(hidden) {
  const button = el("button", { type: "button", class: "more" },
    say("list.more", { count: hidden.length }));
  button.addEventListener("click", () => {
    hidden.forEach((line) => { line.hidden = false; });
    button.remove();
  });
  return button;
}

function sizeBar(part) {
  const picture = svg("svg", { class: "size-bar", viewBox: "0 0 60 8", width: 60, height: 8,
    "aria-hidden": "true" });
  picture.append(svg("rect", { width: at(60 * part), height: 8 }));
  return picture;
}

// a technology by its name
function topName(name) {
  const place = TECH.name.indexOf(name);
  return place < 0 ? foreign(name) : linkTo(place);
}
