// Explanations on hover and focus; the switches of language and light; the list of sections.

const tip = el("div", { id: "tip", role: "tooltip", hidden: true });

function showTip(target) {
  const text = target.getAttribute("data-tip");
  if (!text) return;
  // a dialog lies over the page, so its explanations lie in it
  (sheet.open && sheet.contains(target) ? sheet : document.body).append(tip);
  tip.textContent = text;
  tip.hidden = false;
  target.setAttribute("aria-describedby", "tip");
  const box = target.getBoundingClientRect();
  const size = tip.getBoundingClientRect();
  const most = document.documentElement.clientWidth - size.width - 8;
  tip.style.left = `${Math.max(8, Math.min(box.left + box.width / 2 - size.width / 2, most))}px`;
  const above = box.top - size.height - 8;
  tip.style.top = `${above > 4 ? above : box.bottom + 8}px`;
}

function hideTip() {
  tip.hidden = true;
  document.querySelector("[aria-describedby=tip]")?.removeAttribute("aria-describedby");
}

function startTips() {
  const of = (event) =>
    (event.target instanceof Element ? event.target.closest("[data-tip]") : null);
  for (const name of ["pointerover", "focusin"]) {
    document.addEventListener(name, (event) => {
      const target = of(event);
      if (target) showTip(target);
    });
  }
  for (const name of ["pointerout", "focusout"]) document.addEventListener(name, hideTip);
  document.addEventListener("scroll", hideTip, { capture: true, passive: true });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hideTip();
  });
}

function isDark() {
  const set = document.documentElement.dataset.theme;
  return set ? set === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function switches() {
  const theme = el("button", { type: "button", id: "theme", title: say("theme.title") });
  const name = () => {
    theme.textContent = say(isDark() ? "theme.light" : "theme.dark");
  };
  theme.addEventListener("click", () => {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    name();
  });
  name();
  const other = language.now === "en" ? "zh" : "en";
  return el("div", { class: "switches" },
    el("button", { type: "button", id: "language", lang: other === "zh" ? "zh-Hans" : "en",
      title: say("language.title"), onclick: () => speak(other) }, say("language.switch")), theme);
}

// the language changes in place: what was opened, filtered and scrolled to stays so
function speak(lang) {
  const { scrollY: scroll } = window;
  language.now = lang;
  writeAddress();
  draw();
  scrollTo(0, scroll);
  document.getElementById("language").focus({ preventScroll: true });
}

const SECTIONS = ["changes", "record", "list", "compare", "themes", "links", "map", "dropped",
  "sources"];

// links to sections scroll, and leave the address to the reader's choices
function contents(sections) {
  const present = SECTIONS.filter((name) => sections.some((each) => each?.id === name));
  return el("nav", { "aria-label": say("nav.contents") }, el("ul", null, present.map((name) =>
    el("li", null, el("a", { href: `#${name}`, onclick: (event) => {
      event.preventDefault();
      document.getElementById(name).scrollIntoView();
    } }, say(`nav.${name}`))))));
}
