from pathlib import Path
from tests.api.pages.test_events import desk, enter
from tests.api.people import fill, send
async def test_dump(desk):
    path = await enter(desk, party="Mill", persons=["2"], participants=["1"], place="Varna", content="Bring samples")
    await enter(desk, kind="event", repeat="WEEKLY", weekday=["MO", "FR"], count="3", start_day="2026-11-23")
    for name, url in {"c": "/contacts", "e": "/events?since=2026-11-01&until=2026-12-31", "p": "/parties/1", "g": "/contacts?group=kind", "s": "/structure?of=event:1", "ev": path}.items():
        r = await desk.get(url); Path(f"/tmp/b6e/{name}.html").write_text(f"{r.status_code}\n" + r.text)
    r = await send(desk, "/new-business-document", {"kind": "order", "party": "1", "date": "2026-11-22", "line_name": "Rye", "line_quantity": "1", "line_price": "2"})
    Path("/tmp/b6e/b.html").write_text(f"{r.status_code}\n" + r.text)
