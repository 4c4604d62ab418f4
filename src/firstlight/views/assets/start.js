// The page from top to bottom, drawn anew when the language changes.

const CONTENTS = ["findings", "map", "table", "technologies", "convergence", "record", "cases", "warnings", "read", "provenance", "files", "glossary"];

function drawHead() {
  const banner = FACTS.is_stale ? el("p", { class: "banner", role: "alert" }, say("stale")) : null;
  const note = own(FACTS, "sample_note");
  return el("header", null,
    el("div", { class: "top" }, el("p", { class: "site" }, el("strong", null, say("site")), " ", el("span", { class: "quiet" }, say("site.purpose"))), switches()),
    banner,
    el("h1", null, foreign(FACTS[`title_${state.lang}`] || FACTS.title)),
    el("p", { class: "as-of" }, say("as_of")),
    el("p", { class: "answer" }, DATA.answer[state.lang]),
    FACTS.is_sample && note ? el("p", { class: "quiet" }, el("span", { class: "tag" }, say("sample")), " ", note) : null);
}

function drawFindings() {
  if (!DATA.findings.length) return section("findings", el("p", { class: "quiet" }, say("empty.findings")));
  return section("findings", el("ol", { class: "findings" }, DATA.findings.map((row) =>
    el("li", null, el("p", { class: "finding" }, own(row, "text")),
      el("p", { class: "quiet" }, el("strong", null, say("sure")), say("colon"), own(row, "sureness"))))));
}

function drawContents(sections) {
  const present = CONTENTS.filter((name) => sections.some((each) => each.id === name));
  return el("nav", { "aria-label": say("contents") }, el("ul", null, present.map((name) => el("li", null, el("a", { href: `#${name}` }, say(`nav.${name}`))))));
}

function draw() {
  arrange();
  const technologies = COUNT
    ? [drawMap(), drawTable(), drawSections()]
    : [el("section", { id: "technologies", "aria-labelledby": "technologies-title" }, el("h2", { id: "technologies-title" }, say("technologies")), el("p", { class: "empty" }, say("empty.technologies")))];
  const sections = [drawFindings(), ...technologies, drawConvergence(), drawRecord(), drawCases(), drawWarnings(), drawReading(), drawProvenance(), drawFiles(), drawGlossary()].filter(Boolean);
  const page = document.getElementById("page");
  page.replaceChildren(drawHead(), drawContents(sections), ...sections,
    el("footer", { class: "quiet" }, say("footer", { version: FACTS.code_version || "" })));
  if (!document.querySelector(".skip")) document.body.prepend(el("a", { class: "skip", href: "#findings" }));
  document.querySelector(".skip").textContent = say("skip");
  if (COUNT) refreshTable();
}

draw();
startTips();
startPrinting();
addEventListener("hashchange", followHash);
if (location.hash) followHash();
document.documentElement.dataset.ready = "yes";
