// An open page keeps up: a part that says what it shows, data-live="task:7 task", is read again when that has changed.
// The page is read whole and what looks different is put in place; focus and scroll stay. A part in which somebody types, or
// has the focus, waits until they leave it. A page that nobody sees is not connected; it catches up when it is seen.

const GATHER_MILLISECONDS = 100;
const FIRST_WAIT_MILLISECONDS = 2_000;
const MOST_WAIT_MILLISECONDS = 60_000;
const OWN = "me";

let stream = null;
let known = null;
let heard = performance.timeOrigin;
let gathering = null;
let wait = FIRST_WAIT_MILLISECONDS;
const changed = new Set();

const parts = () => [...document.querySelectorAll("[data-live]")];
const topicsOf = (part) => part.dataset.live.split(" ").filter(Boolean);
const isBusy = (part) => {
  const active = document.activeElement;
  if (part !== active && part.contains(active)) return true;
  if (part.querySelector("[data-open]")) return true; // a card is being dragged
  return [...part.querySelectorAll("input:not([type=hidden]), textarea")].some(
    (field) => field.value !== field.defaultValue || field.checked !== field.defaultChecked,
  );
};

const readPage = async () => {
  const answer = await fetch(window.location.href, { headers: { "HX-Request": "true" } });
  if (!answer.ok || answer.redirected) return null;
  return new DOMParser().parseFromString(await answer.text(), "text/html");
};

const renew = async (stale) => {
  const page = await readPage();
  if (!page) return;
  for (const part of stale) {
    const fresh = page.getElementById(part.id);
    if (!fresh || !part.isConnected || fresh.innerHTML === part.innerHTML) continue;
    part.replaceChildren(...fresh.childNodes);
    htmx.process(part);
  }
};

// A part that asks for itself, with hx-get, is told; the others are read out of the page.
const look = (stale) => {
  const asking = stale.filter((part) => part.hasAttribute("hx-get"));
  for (const part of asking) htmx.trigger(part, "live");
  if (asking.length < stale.length) renew(stale.filter((part) => !asking.includes(part)));
};

// What changed is gathered for a moment: one act seldom comes alone.
const settle = () => {
  gathering = null;
  if (changed.has(OWN) || changed.has("task")) document.body.dispatchEvent(new Event("tasks-changed"));
  if (changed.has(OWN)) document.body.dispatchEvent(new Event("notices-changed"));
  if (changed.has("mail")) document.body.dispatchEvent(new Event("mail-changed"));
  const stale = parts().filter((part) => topicsOf(part).some((topic) => changed.has(topic)));
  const busy = stale.filter(isBusy);
  changed.clear();
  for (const part of busy) part.dataset.stale = "yes";
  const free = stale.filter((part) => !busy.includes(part));
  look(free);
};

const note = (event) => {
  wait = FIRST_WAIT_MILLISECONDS;
  known = event.lastEventId || known;
  heard = performance.timeOrigin + performance.now();
  for (const topic of JSON.parse(event.data).of) changed.add(topic);
  gathering ??= setTimeout(settle, GATHER_MILLISECONDS);
};

const connect = () => {
  if (stream && stream.readyState !== EventSource.CLOSED) return;
  const query = new URLSearchParams();
  for (const topic of new Set([...parts().flatMap(topicsOf), "task", "mail", OWN])) query.append("of", topic);
  if (known) query.append("after", known);
  else query.append("age", Math.ceil((performance.timeOrigin + performance.now() - heard) / 1000));
  stream = new EventSource(`/v1/live?${query}`);
  stream.addEventListener("changed", note);
  stream.addEventListener("error", again);
};

// A browser connects again by itself when a connection breaks, and tells what it heard of last; but not when it is refused,
// and with a stale age where it has heard of nothing yet.
const again = () => {
  if (stream?.readyState === EventSource.CONNECTING && known) return;
  stream?.close();
  stream = null;
  setTimeout(follow, wait);
  wait = Math.min(2 * wait, MOST_WAIT_MILLISECONDS);
};

const follow = () => {
  if (document.visibilityState === "visible") connect();
  else {
    stream?.close();
    stream = null;
  }
};

document.addEventListener("focusout", (event) => {
  const part = event.target.closest?.("[data-stale]");
  if (!part || part.contains(event.relatedTarget) || isBusy(part)) return;
  delete part.dataset.stale;
  look([part]);
});
document.addEventListener("visibilitychange", follow);
window.addEventListener("pagehide", () => {
  stream?.close();
  stream = null;
});
window.addEventListener("pageshow", follow);
