// The dispatcher's feed by the keyboard: J and K or the arrows go from row to row, Enter opens one beside the feed, digits
// choose saved filters. Where there is no room beside it, a row is a plain link, and filters are folded. Keys can be switched
// off in this browser.

const KEYS = "tallycard-keys";
const WIDE = window.matchMedia("(min-width: 64rem)");
const STEPS = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 };

const showFilters = () => document.querySelector(".rail > details").toggleAttribute("open", WIDE.matches);
showFilters();
WIDE.addEventListener("change", showFilters);

const hasKeys = () => localStorage.getItem(KEYS) !== "off";
const rows = () => [...document.querySelectorAll("#feed a[data-row]")];

const move = (step) => {
  const all = rows();
  const here = all.indexOf(document.activeElement);
  const place = here < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(here + step, 0), all.length - 1);
  all[place]?.focus();
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.closest("input, select, textarea, audio, [contenteditable=true]")) return;
  const isOnRow = event.target.closest("a[data-row]") !== null;
  const isPlain = event.key.length === 1;
  if (isPlain ? !hasKeys() : !isOnRow) return;
  if (STEPS[event.key]) {
    event.preventDefault();
    move(STEPS[event.key]);
  } else if (/^[0-9]$/.test(event.key)) document.querySelector(`[data-number="${event.key}"]`)?.click();
});

document.addEventListener("click", async (event) => {
  const row = event.target.closest("a[data-row]");
  if (!row || !WIDE.matches || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  await htmx.ajax("GET", row.href.split("#")[0], { target: "#detail", select: "#detail", swap: "outerHTML" });
  for (const other of rows()) other.toggleAttribute("aria-current", false);
  row.setAttribute("aria-current", "true");
  history.replaceState(history.state, "", row.href);
});
