// The frame of every page: light or dark, and names that are found while they are typed.

const root = document.documentElement;
const store = {
  get(name) { try { return localStorage.getItem(name); } catch { return null; } },
  set(name, value) { try { localStorage.setItem(name, value); } catch { /* a disk or a private window keeps nothing */ } },
};
if (store.get("theme")) root.dataset.theme = store.get("theme");

document.getElementById("theme").addEventListener("click", () => {
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  store.set("theme", root.dataset.theme);
});

const form = document.querySelector(".search");
const input = form.querySelector("input");
const list = form.querySelector(".found");
const MOST = 12;
let asked = 0;

// a folder of files has no server to ask: its names come as a script, once somebody searches
function fileNames() {
  fileNames.loaded ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = form.dataset.names;
    script.onload = () => resolve(globalThis.FIRSTLIGHT_NAMES);
    script.onerror = reject;
    document.head.append(script);
  });
  return fileNames.loaded;
}

const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim();

async function inFolder(question) {
  const wanted = plain(question);
  const words = wanted.split(" ");
  const place = form.dataset.lang;
  const hits = [];
  for (const [path, names, forms, title] of await fileNames()) {
    let best = 3;
    for (const each of [...Object.values(names), ...forms]) {
      const own = plain(each);
      if (own === wanted) best = Math.min(best, 0);
      else if (own.startsWith(wanted)) best = Math.min(best, 1);
      else if (words.every((word) => own.includes(word))) best = Math.min(best, 2);
    }
    if (best < 3) hits.push({ best, name: names[place] ?? names.en, path, title });
  }
  hits.sort((a, b) => a.best - b.best);
  const above = form.getAttribute("action").replace(/search\.html$/, "");
  return hits.map((hit) => ({ ...hit, href: `${above}${hit.path.split("/").map(encodeURIComponent).join("/")}.html` }));
}

async function onServer(question) {
  const answer = await fetch(`/search?q=${encodeURIComponent(question)}&lang=${form.dataset.lang}`);
  if (!answer.ok) return [];
  return (await answer.json()).hits;
}

async function find() {
  const number = ++asked;
  const question = input.value.trim();
  const hits = question ? await (form.dataset.names ? inFolder(question) : onServer(question)).catch(() => []) : [];
  if (number !== asked) return;
  list.replaceChildren(...hits.slice(0, MOST).map((hit) => {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = hit.href;
    link.textContent = hit.name;
    const where = document.createElement("span");
    where.className = "quiet";
    where.textContent = ` ${hit.title ?? ""}`;
    link.append(where);
    item.append(link);
    return item;
  }));
  list.hidden = hits.length === 0;
}

input.addEventListener("input", find);
form.addEventListener("submit", (event) => {
  if (!form.dataset.names) return;
  event.preventDefault();
  list.querySelector("a")?.click();
});
form.addEventListener("keydown", (event) => {
  const links = [...list.querySelectorAll("a")];
  if (event.key === "Escape") { list.hidden = true; input.focus(); }
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  event.preventDefault();
  const next = links.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
  (links[next] ?? (next < 0 ? input : links[0]))?.focus();
});
form.addEventListener("focusout", (event) => {
  if (!form.contains(event.relatedTarget)) list.hidden = true;
});
addEventListener("beforeprint", () => {
  for (const fold of document.querySelectorAll("details.fold")) fold.open = true;
});
root.dataset.ready = "yes";
