// A cash register's side of the till API, complete and small: plain JavaScript, nothing to install.
//
// The key idea: what must not be lost is kept before it is a call. A body with its UUID is kept, sent, sent again with
// the same UUID until somebody has said that it is safe, and only then taken away: neither a power cut nor a lost answer
// makes a receipt vanish or count twice. It calculates no discount; prices are the agent's.
//     node till_client.mjs http://127.0.0.1:8471 local.token outbox 1001=12.90 1002=2.50
//
// sends what an earlier run left, waits for a card, sells these articles for cash, takes the first back, and voids both.
// In a browser give `TillClient` a keeper over IndexedDB, and list the page's origin in till.toml.

const ANSWER_MS = 5_000; // the agent answers within 1.5 s: who is silent for longer is away
const PAUSE_MS = 1_000;
const NO_ANSWER = 0;
const TRY_AGAIN = new Set([NO_ANSWER, 401, 408, 425, 429, 500, 502, 503, 504]); // 401: the token, not the receipt
const isSuccess = (status) => status >= 200 && status < 300;
const pause = () => new Promise((resolve) => setTimeout(resolve, PAUSE_MS));

// `keeper` keeps bodies on the local disk: put(name, text), list() in order, get(name), remove(name), refuse(name).
export class TillClient {
  constructor(url, token, keeper) {
    Object.assign(this, { url, keeper, headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" } });
  }

  // Call once; gives the status and the answer or the problem, NO_ANSWER where the agent is away.
  async call(method, path, body) {
    try {
      const signal = AbortSignal.timeout(ANSWER_MS);
      const answer = await fetch(this.url + path, { method, headers: this.headers, signal, body: body && JSON.stringify(body) });
      return [answer.status, await answer.json()];
    } catch {
      return [NO_ANSWER, {}]; // nobody knows whether it arrived; the same UUID makes asking again harmless
    }
  }

  // Give each card as it is read, for ever; a lost connection is made anew.
  async *cardReads() {
    for (;;) {
      try {
        const answer = await fetch(`${this.url}/v1/events`, { headers: this.headers });
        let rest = "";
        for await (const text of answer.body.pipeThrough(new TextDecoderStream())) {
          const blocks = (rest + text).split("\n\n");
          rest = blocks.pop();
          for (const block of blocks) {
            const told = Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s, 2)));
            if (told.event === "card-read") yield JSON.parse(told.data);
          }
        }
      } catch { /* the agent went away */ }
      await pause();
    }
  }

  // Keep a receipt or a void, then send it behind those that still wait; gives the answer to it. The state is "kept"
  // where the agent is away: it goes with the next one, or when the program starts again.
  async keepAndSend(path, body) {
    const name = `${Date.now()}-${crypto.randomUUID()}`;
    await this.keeper.put(name, JSON.stringify({ path, body }));
    return (await this.sendWhatWaits()).get(name) ?? { state: "kept" };
  }

  // Send all that was kept, in order; call it at each start. Gives the answers by name.
  async sendWhatWaits() {
    const answers = new Map();
    for (const name of await this.keeper.list()) {
      const { path, body } = JSON.parse(await this.keeper.get(name));
      let [status, answer] = await this.call("POST", path, body);
      if (TRY_AGAIN.has(status)) { // at once, for the answer alone may have been lost; then with the next receipt
        [status, answer] = await this.call("POST", path, body);
      }
      if (TRY_AGAIN.has(status)) break;
      if (isSuccess(status)) await this.keeper.remove(name);
      else await this.keeper.refuse(name); // a person must look at it; those behind it go on
      answers.set(name, answer);
    }
    return answers;
  }
}

// Begin a receipt: what a calculation takes. Its UUID stays with it until it is posted.
export function openReceipt(kind, read, lines, more) {
  const card = { number: read.card.number };
  return { receipt_uid: crypto.randomUUID(), kind, at: new Date().toISOString(), cashier: "5", card, lines, ...more };
}

// Make the closed receipt, paid in cash: a fact. A real register has numbers of its own, unique in a shift.
export function closeReceipt({ at, ...opened }, read, figures, total) {
  const told = new Map(figures.map(({ line, discount, net }) => [line, { discount, net }]));
  const lines = opened.lines.map((asked) => ({ ...asked, ...told.get(asked.line) }));
  const card = { ...opened.card, entry: read.entry };
  const payments = [{ kind: "cash", amount: total }];
  const when = { business_date: at.slice(0, 10), closed_at: at, shift: 1, number: String(Date.now()) };
  return { ...opened, ...when, card, lines, payments, total };
}

// A keeper in a folder, for Node.js.
async function folderKeeper(folder) {
  const { mkdir, open, readdir, readFile, rename, rm } = await import("node:fs/promises");
  const file = (name, suffix = "json") => `${folder}/${name}.${suffix}`;
  await mkdir(folder, { recursive: true });
  return {
    async put(name, text) {
      const handle = await open(file(name, "new"), "w");
      await handle.writeFile(text);
      await handle.sync();
      await handle.close();
      await rename(file(name, "new"), file(name));
    },
    list: async () => (await readdir(folder)).filter((name) => name.endsWith(".json")).sort().map((name) => name.slice(0, -5)),
    get: (name) => readFile(file(name), "utf8"),
    remove: (name) => rm(file(name)),
    refuse: (name) => rename(file(name), file(name, "refused")),
  };
}

// Serve one customer, and undo it.
async function main(url, tokenFile, outbox, ...goods) {
  const { readFile } = await import("node:fs/promises");
  const client = new TillClient(url, (await readFile(tokenFile, "ascii")).trim(), await folderKeeper(outbox));
  console.log("sent from before:", (await client.sendWhatWaits()).size);
  const { value: read } = await client.cardReads().next();
  const [, { store, till }] = await client.call("GET", "/v1/health");
  const [known, card] = await client.call("POST", "/v1/cards/lookup", { number: read.card.number });
  console.log("card:", known, read.card.masked, (card.messages ?? []).map(({ cashier }) => cashier));
  const lines = goods.map((pair, place) => ({ line: place + 1, sku: pair.split("=")[0], quantity: "1", price: pair.split("=")[1] }));

  const opened = openReceipt("sale", read, lines, { store, till });
  const [status, priced] = await client.call("POST", "/v1/receipts/calculate", opened);
  if (!isSuccess(status)) throw new Error(`no price: ${status} ${priced.code}`); // a real register sells without the card
  const sale = closeReceipt(opened, read, priced.lines, priced.total);
  console.log("sale:", priced.total, priced.mode, (await client.keepAndSend("/v1/receipts", sale)).state);

  const returned = [{ ...lines[0], original_line: 1 }];
  const open = openReceipt("return", read, returned, { original: { receipt_uid: sale.receipt_uid }, store, till });
  const [answered, due] = await client.call("POST", "/v1/receipts/calculate", open);
  const [sold] = sale.lines; // without the server a whole line gives back what was paid for it
  const [figures, total] = isSuccess(answered) ? [due.lines, due.total] : [[sold], sold.net];
  const back = closeReceipt(open, read, figures, total);
  console.log("return:", total, (await client.keepAndSend("/v1/receipts", back)).state);

  for (const { receipt_uid } of [back, sale]) { // the return first: a sale with returns is not voided
    const voiding = { void_uid: crypto.randomUUID(), reason: "a trial" };
    console.log("void:", (await client.keepAndSend(`/v1/receipts/${receipt_uid}/void`, voiding)).state);
  }
}

if (globalThis.process?.argv[1]?.endsWith("till_client.mjs")) {
  await main(...process.argv.slice(2));
  process.exit(); // the events are still open
}
