"""vCards on pages: of one party, of a selection, and in again by the import."""

import httpx
import pytest

from tests.api.people import add_person, csrf_token, sign_in
from tests.conftest import Caller
from tests.crm.merging.people import add_party


@pytest.fixture
async def clerk(caller: Caller) -> httpx.AsyncClient:
    """Give a clerk who is signed in, of a shop with two parties."""
    await add_person(caller.service.database)
    await sign_in(caller.http)
    await add_party(caller.service.database, "Ana Ilieva", phones=["052 123 456"])
    await add_party(caller.service.database, "Rose, Thorn & Sons; Ltd", kind="organisation")
    return caller.http


async def test_one_party_is_given_in_both_versions(clerk: httpx.AsyncClient) -> None:
    three, four = await clerk.get("/parties/1/vcard/3.0"), await clerk.get("/parties/1/vcard/4.0")

    assert three.headers["content-type"] == "text/vcard; charset=utf-8"
    assert three.headers["content-disposition"] == 'attachment; filename="party-1.vcf"'
    assert three.text.splitlines()[1:3] == ["VERSION:3.0", "FN:Ana Ilieva"]
    assert four.text.splitlines()[1:4] == ["VERSION:4.0", "KIND:individual", "FN:Ana Ilieva"]
    assert "TEL;TYPE=voice:+35952123456" in four.text


async def test_selection_is_one_file(clerk: httpx.AsyncClient) -> None:
    listed = await clerk.get("/parties")
    answer = await clerk.get("/parties/vcards/4.0?sort=name&party=2&party=1")

    assert 'formaction="/parties/vcards/4.0"' in listed.text
    assert answer.text.count("BEGIN:VCARD") == 2
    assert "FN:Rose\\, Thorn & Sons\\; Ltd" in answer.text


async def test_what_is_not_there_is_not_given(clerk: httpx.AsyncClient) -> None:
    statuses = [
        (await clerk.get(path)).status_code
        for path in (
            "/parties/9/vcard/4.0", "/parties/1/vcard/2.1", "/parties/vcards/4.0", "/parties/vcards/4.0?party=x",
        )
    ]  # fmt: skip
    assert statuses == [404, 404, 400, 400]


async def test_file_of_vcards_is_explained_by_the_import_at_once(clerk: httpx.AsyncClient) -> None:
    card = (await clerk.get("/parties/1/vcard/4.0")).content
    data = {"csrf": await csrf_token(clerk)}
    upload = (await clerk.post("/parties/import", data=data, files={"file": ("ana.vcf", card)})).headers["location"]

    shown = (await clerk.get(upload)).text

    for meaning in ("key", "kind", "name", "birth_date", "phone", "fax", "email", "website", "line", "city", "note"):
        assert f'<option value="{meaning}" selected' in shown, meaning
