"""What server and worker log while much goes wrong tells nothing of anybody, even at the level of debugging."""

import json
from pathlib import Path

import httpx

from api.auth.tokens import create_token
from api.state import Service
from tests.conftest import ACT, run_command
from tests.faults.shop import Program, free_port, wait_until_up
from tests.pos_adapter.running import closed_port

NAME, PHONE, MAIL, BANK_CARD = "Genoveva Hristova", "+359888123456", "genoveva@example.com", "4111111111111111"
SERIES = {"name": "Gold", "kind": "discount", "number_template": "290%09[1..500000]^"}
PARTY = {"name": NAME, "legal_status": "natural_person"}


async def test_no_line_of_a_log_holds_a_person_a_card_or_a_token(
    service: Service, database_url: str, tallycard: list[str], tmp_path: Path
) -> None:
    """I10."""
    token = await service.database.run(create_token, role="admin", act=ACT)
    port, log = free_port(), tmp_path / "server.log"
    mail = {"TALLYCARD_SMTP_URL": closed_port().replace("http", "smtp"), "TALLYCARD_MAIL_FROM": MAIL}
    server = Program(database_url, "serve", "--port", str(port), log=log, TALLYCARD_LOG_LEVEL="debug", **mail)
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, trust_env=False) as http:
        await wait_until_up(http)
        card = await _keep_busy(http)
    worker = run_command(
        [*tallycard, "worker", "--once"], TALLYCARD_DATABASE_URL=database_url, TALLYCARD_LOG_LEVEL="debug", **mail
    )
    server.end()
    told = log.read_text() + worker.stderr
    assert [secret for secret in (NAME, PHONE, PHONE[1:], MAIL, BANK_CARD, card, token) if secret in told] == []
    assert "listens on" in told
    assert all(json.loads(line)["level"] for line in told.splitlines() if line.startswith("{"))


async def _keep_busy(http: httpx.AsyncClient) -> str:
    """Do what is right and what is wrong with people and cards; gives the number of a card."""
    assert (await http.put("/v1/series/GOLD", json=SERIES)).is_success
    card = str((await http.post("/v1/series/GOLD/cards", json={"count": 1})).json()["cards"][0]["number"])
    party = await http.post("/v1/parties", json=PARTY)
    assert party.is_success, party.text
    for path, body in [
        ("/v1/parties", PARTY | {"legal_status": "duchy"}),
        ("/v1/parties", {NAME: PHONE}),
        ("/v1/cards/lookup", {"number": BANK_CARD}),
        ("/v1/cards/lookup", {"phone": PHONE}),
        ("/v1/cards/lookup", {"number": card, MAIL: 1}),
        ("/v1/receipts", {"card": {"number": card}, "cashier": NAME}),
        ("/v1/search", {"q": NAME, "phone": PHONE}),
        (f"/v1/nowhere/{card}", {}),
    ]:
        assert (await http.post(path, json=body)).status_code >= 400
    await http.get("/v1/parties", params={"q": NAME, "after": MAIL})
    await http.post("/sign-in", data={"login": MAIL, "password": card})
    return card
