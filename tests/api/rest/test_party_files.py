"""Files of a party: kept once by what they hold, named harmlessly, and given back so that no browser runs them."""

from httpx import Response

from tests.api.rest.people import make
from tests.api.rest.shop import Shop, new_code, refusal

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


async def _send(shop: Shop, party_id: int, name: str, content: bytes, media_type: str = "text/html") -> Response:
    url = f"/v1/parties/{party_id}/files"
    return await shop.admin.post(url, files={"file": (name, content, media_type)})


async def test_file_is_kept_and_given_back_as_a_download(shop: Shop) -> None:
    party_id, content = await make(shop), b"%PDF-1.7 " + new_code().encode()
    file_id = (await _send(shop, party_id, "Договор 7.pdf", content)).json()["id"]

    listed = (await shop.admin.get(f"/v1/parties/{party_id}/files")).json()["files"]
    answer = await shop.admin.get(f"/v1/parties/{party_id}/files/{file_id}")

    assert [(one["name"], one["media_type"], one["size"]) for one in listed] == [
        ("Договор 7.pdf", "application/pdf", len(content))
    ]
    assert answer.content == content
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == (
        "attachment; filename*=UTF-8''%D0%94%D0%BE%D0%B3%D0%BE%D0%B2%D0%BE%D1%80%207.pdf"
    )
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_type_is_what_the_bytes_say_and_the_name_is_harmless(shop: Shop) -> None:
    party_id = await make(shop)
    page = b"<script>alert(1)</script>"

    for name, content in (("../../etc/passwd", page), ("C:\\x\\invoice\u202egnp.exe", PNG), ("NUL.txt", b"\xff\xfe\0")):
        assert (await _send(shop, party_id, name, content)).status_code == 201

    listed = (await shop.admin.get(f"/v1/parties/{party_id}/files")).json()["files"]
    assert [(one["name"], one["media_type"]) for one in reversed(listed)] == [
        ("passwd", "text/plain"), ("invoicegnp.exe", "image/png"), ("_NUL.txt", "application/octet-stream"),
    ]  # fmt: skip


async def test_same_content_is_kept_once_and_goes_with_the_last_who_has_it(shop: Shop) -> None:
    one, two, content = await make(shop), await make(shop), new_code("content").encode()
    ids = [(await _send(shop, party_id, "a.txt", content)).json()["id"] for party_id in (one, two)]

    counts = []
    for party_id, file_id in ((one, ids[0]), (two, ids[1])):
        counts.append(len(await shop.sql("select from file_content where content = $1", content)))
        assert (await shop.admin.delete(f"/v1/parties/{party_id}/files/{file_id}")).status_code == 200

    assert counts == [1, 1]
    assert await shop.sql("select from file_content where content = $1", content) == []
    assert refusal(await shop.admin.get(f"/v1/parties/{two}/files/{ids[1]}")) == (404, "part_not_found")


async def test_file_of_another_party_is_not_found(shop: Shop) -> None:
    one, two = await make(shop), await make(shop)
    file_id = (await _send(shop, one, "a.txt", b"text")).json()["id"]

    for method in ("GET", "DELETE"):
        answer = await shop.admin.request(method, f"/v1/parties/{two}/files/{file_id}")
        assert refusal(answer) == (404, "part_not_found")


async def test_file_that_is_empty_nameless_or_too_large_is_refused(shop: Shop) -> None:
    party_id = await make(shop)

    answers = [
        await _send(shop, party_id, "a.txt", b""),
        await _send(shop, party_id, "...", b"text"),
        await _send(shop, party_id, "a.bin", b"x" * (10 * 2**20 + 1)),
    ]

    assert [refusal(answer) for answer in answers] == [(422, "file_refused")] * 3
    assert (await _send(shop, party_id, "a.bin", b"x" * 10 * 2**20)).status_code == 201
