// A call that rings at the reader's own extension shows itself on the open page, over server-sent events.
// A page that nobody sees is not connected; one that is seen again asks for what came behind the last call it knew of.

const LAST = "tallycard-call";
const STREAM = "/v1/calls/events";

const bar = document.getElementById("calls");
let stream = null;

const known = () => Number(localStorage.getItem(LAST) ?? 0);
const remember = (id) => {
  if (id > known()) localStorage.setItem(LAST, String(id));
};

const icon = (name) => {
  const part = document.createElement("template");
  part.innerHTML = `<svg class="i" aria-hidden="true"><use href="#icon-${name}"/></svg>`;
  return part.content;
};

const show = (call) => {
  if (bar.querySelector(`[data-call="${call.call_id}"]`)) return;
  const toast = document.createElement("div");
  toast.className = "toast";
  toast.dataset.call = call.call_id;
  const who = document.createElement("span");
  who.textContent = `${bar.dataset.calls} ${call.names.length ? call.names.join(", ") : call.number}`;
  const open = document.createElement("a");
  open.className = "btn low";
  open.href = `/call?number=${encodeURIComponent(call.number)}`;
  open.textContent = bar.dataset.open;
  open.addEventListener("click", () => remember(call.call_id));
  const close = document.createElement("button");
  close.className = "btn low icon";
  close.setAttribute("aria-label", bar.dataset.close);
  close.append(icon("no"));
  close.addEventListener("click", () => {
    remember(call.call_id);
    toast.remove();
  });
  toast.append(icon("phone"), who, open, close);
  bar.append(toast);
};

const connect = () => {
  if (stream && stream.readyState !== EventSource.CLOSED) return;
  stream = new EventSource(`${STREAM}?after=${known()}`);
  stream.addEventListener("call", (event) => show(JSON.parse(event.data)));
};

const follow = () => {
  if (document.visibilityState === "visible") connect();
  else {
    stream?.close();
    stream = null;
  }
};

if (bar) {
  document.addEventListener("visibilitychange", follow);
  window.addEventListener("pagehide", () => stream?.close());
  window.addEventListener("pageshow", follow);
}
