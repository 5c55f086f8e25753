// The till's own page: pick a reader, see what it reads, price a receipt, post it. It calls what any program calls.

const MOST_EVENTS = 50;
const RETRY_MS = 2000;
const HEALTH_MS = 2000;
const MARKS = { posted: "Posted", queued: "Safe at the till, sent later", parked: "Parked", rejected: "Refused by the server" };

const find = (id) => document.getElementById(id);
let token = sessionStorage.getItem("token");
let place = { store: "", till: "" };
let picked = null;
let open = null; // the receipt as it was priced

function make(tag, text, className) {
  const element = document.createElement(tag);
  element.textContent = text ?? "";
  if (className) element.className = className;
  return element;
}

async function call(method, path, body) {
  const headers = { Authorization: `Bearer ${token}` };
  if (body) headers["Content-Type"] = "application/json";
  const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  return { status: answer.status, ok: answer.ok, body: await answer.json() };
}

// --- connecting

find("sign-in").addEventListener("submit", async (event) => {
  event.preventDefault();
  token = find("token").value.trim();
  await connect();
});

async function connect() {
  const answer = await call("GET", "/v1/readers");
  if (!answer.ok) {
    find("status").textContent = answer.body.title;
    return;
  }
  sessionStorage.setItem("token", token);
  find("sign-in").hidden = true;
  find("desk").hidden = false;
  addLine("1001", "1", "10.00");
  await showHealth();
  setInterval(showHealth, HEALTH_MS);
  listen();
}

async function showHealth() {
  try {
    const { body } = await call("GET", "/v1/health");
    place = body;
    find("till").textContent = `${body.till} of store ${body.store}`;
    find("status").textContent = `${body.status}, ${body.journal.queued} waiting, ${body.journal.rejected} refused`;
    showReaders(body.readers);
  } catch {
    find("status").textContent = "the till agent does not answer";
  }
}

function showReaders(readers) {
  const shown = readers.map(({ id, state }) => `${id} ${state}`).join();
  if (find("readers").dataset.shown === shown) return;
  find("readers").dataset.shown = shown;
  find("readers").replaceChildren(...[null, ...readers].map(readerItem));
}

function readerItem(reader) {
  const item = make("li"), label = make("label"), radio = make("input");
  Object.assign(radio, { type: "radio", name: "reader", checked: (reader?.id ?? null) === picked });
  radio.addEventListener("change", () => { picked = reader?.id ?? null; });
  label.append(radio, reader ? `${reader.id}: ${reader.state}` : "all readers");
  item.append(label);
  if (reader?.trouble) item.append(make("p", reader.trouble, "hint"));
  return item;
}

// --- events

async function listen() {
  for (;;) {
    try {
      const answer = await fetch("/v1/events", { headers: { Authorization: `Bearer ${token}` } });
      await readEvents(answer.body.pipeThrough(new TextDecoderStream()).getReader());
    } catch { /* the agent went away: it is tried again */ }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

async function readEvents(reader) {
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) hear(Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s, 2))));
  }
}

function hear({ event, data }) {
  if (!event) return;
  const told = JSON.parse(data);
  if (picked && told.reader_id && told.reader_id !== picked) return;
  const item = make("li");
  item.append(make("time", new Date().toLocaleTimeString()), ` ${event} ${describe(event, told)}`);
  find("events").prepend(item);
  while (find("events").childElementCount > MOST_EVENTS) find("events").lastElementChild.remove();
  if (event === "card-read") {
    find("card").value = told.card.number;
    find("card").dataset.entry = told.entry;
    lookUp();
  }
}

function describe(event, told) {
  switch (event) {
    case "card-read": return `${told.reader_id}: ${told.card.masked}`;
    case "card-refused": return `${told.reader_id}: ${told.reason} ${told.masked ?? ""}`;
    case "code-read": return `${told.reader_id}: ${told.data} (${told.symbology})`;
    case "reader-error": return `${told.reader_id}: ${told.reason}`;
    case "reader-state": return `${told.reader_id}: ${told.state}`;
    case "link-state": return told.state;
    default: return told.state;
  }
}

// --- the receipt

find("look-up").addEventListener("click", lookUp);
find("card").addEventListener("input", () => { find("card").dataset.entry = "keyed"; });
find("add-line").addEventListener("click", () => addLine("", "1", "0.00"));
find("receipt").addEventListener("submit", (event) => { event.preventDefault(); price(); });
find("receipt").addEventListener("input", forget);
find("post").addEventListener("click", post);

function addLine(sku, quantity, money) {
  const row = make("tr");
  const fields = [["sku", sku, "Article"], ["quantity", quantity, "Quantity"], ["price", money, "Price"]];
  for (const [name, value, label] of fields) {
    const cell = make("td"), input = make("input", "", name === "sku" ? "" : "number");
    Object.assign(input, { name, value, required: true, ariaLabel: label });
    cell.append(input);
    row.append(cell);
  }
  row.append(make("td", "", "number"), make("td", "", "number"), make("td"));
  find("lines").append(row);
  forget();
}

function readLines() {
  return [...find("lines").rows].map((row, index) => {
    const value = (name) => row.querySelector(`[name=${name}]`).value.trim();
    return { line: index + 1, sku: value("sku"), quantity: value("quantity"), price: value("price") };
  });
}

function forget() {
  open = null;
  find("post").disabled = true;
}

async function lookUp() {
  const number = find("card").value.trim();
  if (!number) return;
  const { ok, body } = await call("POST", "/v1/cards/lookup", { number });
  const state = ok && (body.usable ? `${body.discount_percent} %` : body.refusal);
  find("known-card").textContent = ok ? `${body.masked} ${body.series.name}: ${state}` : body.title;
  say(body.messages);
  forget();
}

async function price() {
  const number = find("card").value.trim(), lines = readLines();
  const asked = {
    receipt_uid: crypto.randomUUID(), store: place.store, till: place.till, at: new Date().toISOString(),
    card: number ? { number } : null, lines,
  };
  const { ok, body } = await call("POST", "/v1/receipts/calculate", asked);
  say(body.messages);
  find("outcome").textContent = ok ? "" : problemText(body);
  if (!ok) return;
  [...find("lines").rows].forEach((row, index) => showLine(row, body.lines[index]));
  find("discount").textContent = body.discount;
  find("total").textContent = body.total;
  open = { asked, priced: body };
  find("post").disabled = false;
}

function showLine(row, line) {
  const reasons = [...line.applied.map((one) => `${one.reason} ${one.source} ${one.amount}`),
    ...line.passed_over.map((one) => `not ${one.source}: ${one.reason}`)];
  row.cells[3].textContent = line.discount;
  row.cells[4].textContent = line.net;
  row.cells[5].textContent = reasons.join("; ");
}

async function post() {
  const { asked, priced } = open, now = new Date();
  find("post").disabled = true;
  const receipt = {
    receipt_uid: asked.receipt_uid, kind: "sale", store: asked.store, till: asked.till,
    shift: Math.floor(now / 86400000), number: String(now.getTime()), business_date: now.toISOString().slice(0, 10),
    closed_at: now.toISOString(), priced_at: asked.at, cashier: "test page",
    card: asked.card && { ...asked.card, entry: find("card").dataset.entry ?? "keyed" },
    lines: asked.lines.map((line, index) => ({ ...line, discount: priced.lines[index].discount, net: priced.lines[index].net })),
    payments: [{ kind: "cash", amount: priced.total }], total: priced.total, calculation_id: priced.calculation_id,
  };
  const { ok, body } = await call("POST", "/v1/receipts", receipt);
  find("outcome").textContent = ok ? `${MARKS[body.state] ?? body.state}: ${priced.total}` : problemText(body);
  find("outcome").classList.toggle("bad", !ok);
  forget();
  await showHealth();
}

function problemText(problem) {
  return problem.detail ? `${problem.title}: ${problem.detail}` : problem.title;
}

function say(messages) {
  find("messages").replaceChildren(...(messages ?? []).map((one) => make("li", one.cashier)));
}

if (token) connect();
