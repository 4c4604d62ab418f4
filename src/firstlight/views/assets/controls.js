// Explanations on hover and focus, and the two switches: language and light or dark.

const tip = el("div", { id: "tip", role: "tooltip", hidden: true });

function showTip(target) {
  tip.textContent = target.getAttribute("data-tip");
  tip.hidden = false;
  target.setAttribute("aria-describedby", "tip");
  const box = target.getBoundingClientRect();
  const size = tip.getBoundingClientRect();
  const left = Math.max(8, Math.min(box.left + box.width / 2 - size.width / 2, innerWidth - size.width - 8));
  const above = box.top - size.height - 8;
  tip.style.left = `${left + scrollX}px`;
  tip.style.top = `${(above > 4 ? above : box.bottom + 8) + scrollY}px`;
}

function hideTip(target) {
  tip.hidden = true;
  if (target && target.removeAttribute) target.removeAttribute("aria-describedby");
}

function startTips() {
  document.body.append(tip);
  const explained = (event) => (event.target instanceof Element ? event.target.closest("[data-tip]") : null);
  for (const name of ["pointerover", "focusin"]) {
    document.addEventListener(name, (event) => {
      const target = explained(event);
      if (target) showTip(target);
    });
  }
  for (const name of ["pointerout", "focusout"]) {
    document.addEventListener(name, (event) => hideTip(explained(event)));
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hideTip(document.activeElement);
  });
}

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function switches() {
  const theme = el("button", { type: "button", id: "theme", title: say("theme.title") });
  const name = () => (theme.textContent = say(isDark() ? "theme.light" : "theme.dark"));
  theme.addEventListener("click", () => {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    name();
  });
  name();
  const other = state.lang === "en" ? "zh" : "en";
  const language = el("button", {
    type: "button",
    id: "language",
    title: say("language.title"),
    lang: other === "zh" ? "zh-Hans" : "en",
    onclick: () => speak(other),
  }, say("language.other"));
  return el("div", { class: "switches" }, language, theme);
}

// change the language in place: what was open, sorted, searched and scrolled to stays so
function speak(lang) {
  const open = [...document.querySelectorAll("details.tech[open]")].map((each) => Number(each.dataset.place));
  const scroll = scrollY;
  state.lang = lang;
  document.documentElement.lang = lang === "zh" ? "zh-Hans" : "en";
  hideTip(null);
  draw();
  for (const place of open) openSection(place);
  scrollTo(0, scroll);
  document.getElementById("language").focus({ preventScroll: true });
}
