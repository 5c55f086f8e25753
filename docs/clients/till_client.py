"""A cash register's side of the till API, complete and small; it needs nothing but Python's standard library.

The key idea: what must not be lost is a file before it is a call. A body with its UUID is written down, sent, sent
again with the same UUID until somebody has said that it is safe, and only then taken away: neither a power cut nor a
lost answer makes a receipt vanish or count twice. It calculates no discount; prices are the agent's.

    python till_client.py http://127.0.0.1:8471 local.token outbox 1001=12.90 1002=2.50

sends what an earlier run left, waits for a card, sells these articles for cash, takes the first back, and voids both.
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

Body = dict[str, Any]  # JSON is free in its values

ANSWER_SECONDS = 5  # the agent answers within 1.5 s: who is silent for longer is away
QUIET_SECONDS = 40  # the events say something every 15 s
PAUSE_SECONDS = 1
NO_ANSWER, SUCCESS = 0, range(200, 300)
TRY_AGAIN = {NO_ANSWER, 401, 408, 425, 429, 500, 502, 503, 504}  # 401: the token is the matter, not the receipt


class TillClient:
    """Calls one till agent; `outbox` is a folder on the local disk, of this program alone."""

    def __init__(self, url: str, token: str, outbox: Path) -> None:
        self._place, self._token, self._outbox = urlsplit(url).netloc, token, outbox
        outbox.mkdir(parents=True, exist_ok=True)

    def call(self, method: str, path: str, body: Body | None = None) -> tuple[int, Body]:
        """Call once; gives the status and the answer or the problem, `NO_ANSWER` where the agent is away."""
        try:
            with closing(HTTPConnection(self._place, timeout=ANSWER_SECONDS)) as connection:
                answer = self._ask(connection, method, path, body)
                return answer.status, json.loads(answer.read())
        except (OSError, HTTPException, ValueError):
            return NO_ANSWER, {}  # nobody knows whether it arrived; the same UUID makes asking again harmless

    def card_reads(self) -> Iterator[Body]:
        """Give each card as it is read, for ever; a lost connection is made anew."""
        while True:
            try:
                with closing(HTTPConnection(self._place, timeout=QUIET_SECONDS)) as connection:
                    name = ""
                    for line in self._ask(connection, "GET", "/v1/events"):
                        field, _, value = line.decode().rstrip("\n").partition(": ")
                        name = value if field == "event" else name
                        if (field, name) == ("data", "card-read"):
                            yield json.loads(value)
            except (OSError, HTTPException):
                pass
            time.sleep(PAUSE_SECONDS)

    def keep_and_send(self, path: str, body: Body) -> Body:
        """Write a receipt or a void down, then send it behind those that still wait; gives the answer to it.

        `{"state": "kept"}` where the agent is away: it goes with the next one, or when the program starts again.
        """
        file = self._outbox / f"{time.time_ns()}.json"
        with file.with_suffix(".new").open("w", encoding="utf-8") as new:
            json.dump({"path": path, "body": body}, new)
            new.flush()
            os.fsync(new.fileno())
        file.with_suffix(".new").replace(file)
        return self.send_what_waits().get(file.name, {"state": "kept"})

    def send_what_waits(self) -> dict[str, Body]:
        """Send all that was written down, in order; call it at each start. Gives the answers by the file's name."""
        answers: dict[str, Body] = {}
        for file in sorted(self._outbox.glob("*.json")):
            kept = json.loads(file.read_text(encoding="utf-8"))
            status, answer = self.call("POST", kept["path"], kept["body"])
            if status in TRY_AGAIN:  # at once, for the answer alone may have been lost; then with the next receipt
                status, answer = self.call("POST", kept["path"], kept["body"])
            if status in TRY_AGAIN:
                break
            if status in SUCCESS:
                file.unlink()
            else:
                file.replace(file.with_suffix(".refused"))  # a person must look at it; those behind it go on
            answers[file.name] = answer
        return answers

    def _ask(self, connection: HTTPConnection, method: str, path: str, body: Body | None = None) -> HTTPResponse:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        return connection.getresponse()


def open_receipt(kind: str, read: Body, lines: list[Body], **more: object) -> Body:
    """Begin a receipt: what a calculation takes. Its UUID stays with it until it is posted."""
    now, card = datetime.now().astimezone().isoformat(timespec="seconds"), {"number": read["card"]["number"]}
    return {"receipt_uid": str(uuid4()), "kind": kind, "at": now, "cashier": "5", "card": card, "lines": lines} | more


def close_receipt(opened: Body, read: Body, figures: list[Body], total: str) -> Body:
    """Make the closed receipt, paid in cash: a fact. A real register has numbers of its own, unique in a shift."""
    closed = {name: value for name, value in opened.items() if name != "at"}
    told = {line["line"]: {"discount": line["discount"], "net": line["net"]} for line in figures}
    lines = [asked | told[asked["line"]] for asked in opened["lines"]]
    closed |= {"business_date": opened["at"][:10], "closed_at": opened["at"], "shift": 1, "number": str(time.time_ns())}
    closed |= {"card": opened["card"] | {"entry": read["entry"]}, "lines": lines, "total": total}
    return closed | {"payments": [{"kind": "cash", "amount": total}]}


def main(url: str, token_file: str, outbox: str, *goods: str) -> None:
    """Serve one customer, and undo it."""
    client = TillClient(url, Path(token_file).read_text(encoding="ascii").strip(), Path(outbox))
    print("sent from before:", len(client.send_what_waits()), flush=True)
    read = next(client.card_reads())
    place = {name: value for name, value in client.call("GET", "/v1/health")[1].items() if name in {"store", "till"}}
    status, card = client.call("POST", "/v1/cards/lookup", {"number": read["card"]["number"]})
    print("card:", status, read["card"]["masked"], [message["cashier"] for message in card.get("messages", [])])
    pairs = [article.split("=") for article in goods]
    lines = [{"line": n, "sku": sku, "quantity": "1", "price": price} for n, (sku, price) in enumerate(pairs, 1)]

    opened = open_receipt("sale", read, lines, **place)
    status, priced = client.call("POST", "/v1/receipts/calculate", opened)
    if status not in SUCCESS:
        sys.exit(f"no price: {status} {priced.get('code')}")  # a real register sells without the card
    sale = close_receipt(opened, read, priced["lines"], priced["total"])
    print("sale:", priced["total"], priced["mode"], client.keep_and_send("/v1/receipts", sale).get("state"))

    original = {"receipt_uid": sale["receipt_uid"]}
    opened = open_receipt("return", read, [lines[0] | {"original_line": 1}], original=original, **place)
    status, due = client.call("POST", "/v1/receipts/calculate", opened)
    sold = sale["lines"][0]  # without the server a whole line gives back what was paid for it
    figures, total = (due["lines"], due["total"]) if status in SUCCESS else ([sold], sold["net"])
    back = close_receipt(opened, read, figures, total)
    print("return:", total, client.keep_and_send("/v1/receipts", back).get("state"))

    for posted in (back, sale):  # the return first: a sale with returns is not voided
        voiding = {"void_uid": str(uuid4()), "reason": "a trial"}
        print("void:", client.keep_and_send(f"/v1/receipts/{posted['receipt_uid']}/void", voiding).get("state"))


if __name__ == "__main__":
    main(*sys.argv[1:])
