// The palette: Ctrl+K opens a box that leads to pages and finds parties, cards and documents by the keyboard alone.
// Without scripts the search box in the top bar does the same. Keys can be switched off in this browser.

const KEYS = "tallycard-keys";
const WAIT_MILLISECONDS = 150;
const MOST_PLACES = 5;
const GO_MILLISECONDS = 1_500;

const palette = document.getElementById("palette");
const toggle = document.getElementById("keys");
const box = palette?.querySelector("input");
const list = palette?.querySelector("[role=listbox]");
const find = document.querySelector("form.find");
const hasKeys = () => localStorage.getItem(KEYS) !== "off";

let asked = 0;
let waiting = 0;
let going = 0;

const options = () => [...list.querySelectorAll("[role=option]")];
const chosen = () => list.querySelector("[aria-selected=true]");

const choose = (option) => {
  for (const other of options()) other.setAttribute("aria-selected", String(other === option));
  if (option) {
    box.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  } else box.removeAttribute("aria-activedescendant");
};

const show = (found) => {
  list.replaceChildren(...found);
  options().forEach((option, place) => (option.id = `palette-${place}`));
  box.setAttribute("aria-expanded", String(found.length > 0));
  choose(options()[0]);
};

// Places are the links of the navigation: whoever may not see a page has none to it.
const places = (typed) => {
  const links = [...document.querySelectorAll("#nav a")];
  const fitting = links.filter((link) => link.textContent.trim().toLowerCase().includes(typed.toLowerCase()));
  return fitting.slice(0, typed ? MOST_PLACES : links.length).map((link) => {
    const option = document.createElement("div");
    option.setAttribute("role", "option");
    option.dataset.href = link.getAttribute("href");
    option.append(...[...link.childNodes].map((node) => node.cloneNode(true)));
    return option;
  });
};

const search = async (typed) => {
  const number = ++asked;
  if (typed.length < 2) return;
  const csrf = find.elements.csrf.value;
  const answer = await fetch("/search/palette", {
    method: "POST",
    headers: { "X-CSRF-Token": csrf },
    body: new URLSearchParams({ find: typed }),
  });
  if (!answer.ok || number !== asked) return;
  const part = document.createElement("template");
  part.innerHTML = await answer.text();
  show([...places(typed), ...part.content.querySelectorAll("[role=option]")]);
};

const go = (option) => {
  if (option) location.assign(option.dataset.href);
};

const open = () => {
  box.value = "";
  show(places(""));
  palette.showModal();
};

document.addEventListener("keydown", (event) => {
  if (!palette || !hasKeys() || event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  if (palette.open) palette.close();
  else open();
});

const isWriting = (event) => event.target.closest("input, select, textarea, [contenteditable=true]");
const linkTo = (row) => document.querySelector(`#nav a[href="${row.dataset.goTo}"]`);
const ways = () => [...document.querySelectorAll("#keys-help [data-go]")].filter(linkTo);

// A page leads to another by g and its letter, and tells all of its keys: those of what the reader may see.
const help = () => {
  const shown = document.getElementById("keys-help");
  for (const row of shown.querySelectorAll("[data-go]")) row.hidden = !linkTo(row);
  for (const row of shown.querySelectorAll("[data-of]")) row.hidden = !document.querySelector(row.dataset.of);
  shown.showModal();
};

// A plain key presses what is marked with it, unless somebody is writing.
document.addEventListener("keydown", (event) => {
  if (!hasKeys() || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (isWriting(event)) return;
  const isGoing = going > performance.now();
  going = 0;
  const way = isGoing && ways().find((row) => row.dataset.go === event.key);
  if (way) linkTo(way).click();
  else if (event.key === "g") going = performance.now() + GO_MILLISECONDS;
  else if (event.key === "?") help();
  else if (event.key === "/") {
    event.preventDefault();
    find?.elements.find.focus();
  } else if (/^[a-z]$/.test(event.key)) document.querySelector(`[data-key="${event.key}"]`)?.click();
});

// What the page knows itself fits at once, so that Enter never goes to what stood there before; the server is asked after.
box?.addEventListener("input", () => {
  const typed = box.value.trim();
  asked += 1;
  show(places(typed));
  clearTimeout(waiting);
  waiting = setTimeout(() => search(typed), WAIT_MILLISECONDS);
});

box?.addEventListener("keydown", (event) => {
  const all = options();
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    event.preventDefault();
    choose(all[(all.indexOf(chosen()) + step + all.length) % all.length]);
  } else if (event.key === "Enter") {
    event.preventDefault();
    go(chosen());
  }
});

list?.addEventListener("click", (event) => go(event.target.closest("[role=option]")));
palette?.addEventListener("click", (event) => {
  if (event.target === palette) palette.close();
});

if (toggle) {
  const draw = () => {
    toggle.setAttribute("aria-pressed", String(hasKeys()));
    for (const hint of document.querySelectorAll("form.find kbd")) hint.hidden = !hasKeys();
  };
  toggle.hidden = false;
  toggle.addEventListener("click", () => {
    localStorage.setItem(KEYS, hasKeys() ? "off" : "on");
    draw();
  });
  draw();
}
