// A measurement's page: change the language and the light. Everything else is in the markup.

const root = document.documentElement;
const byId = (id) => document.getElementById(id);

function isDark() {
  return root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

byId("theme").addEventListener("click", () => {
  root.dataset.theme = isDark() ? "light" : "dark";
});
byId("language").addEventListener("click", () => {
  root.lang = root.lang === "en" ? "zh-Hans" : "en";
});

addEventListener("beforeprint", () => {
  for (const fold of document.querySelectorAll("details.fold")) fold.open = true;
});
root.dataset.ready = "yes";
