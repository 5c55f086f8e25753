"""The language of pages: a person's own, and before signing in the browser's or the one chosen there."""

import httpx

from api.languages.catalogues import translations_of
from api.languages.negotiation import COOKIE
from tests.api.people import add_person, send, sign_in
from tests.conftest import Caller


def is_in(language: str, answer: httpx.Response) -> bool:
    """Tell whether a page says that it is in a language."""
    return f'<html lang="{language}"' in answer.text


async def test_page_of_signing_in_speaks_the_language_of_the_browser(caller: Caller) -> None:
    assert is_in("en", await caller.http.get("/sign-in"))
    asked = await caller.http.get("/sign-in", headers={"accept-language": "uk-UA,en;q=0.5"})
    assert is_in("uk", asked)
    assert translations_of("uk").gettext("Password") in asked.text


async def test_language_chosen_there_is_kept_and_leads_back(caller: Caller) -> None:
    chosen = await caller.http.post("/sign-in/language", data={"language": "bg", "next": "/sign-in?next=%2Fcards"})
    assert (chosen.status_code, chosen.headers["location"]) == (303, "/sign-in?next=%2Fcards")
    assert "HttpOnly" in chosen.headers["set-cookie"]
    assert is_in("bg", await caller.http.get("/sign-in", headers={"accept-language": "uk"}))


async def test_language_that_is_none_of_ours_or_leads_away_changes_nothing(caller: Caller) -> None:
    chosen = await caller.http.post("/sign-in/language", data={"language": "xx", "next": "https://shop.example/"})
    assert chosen.headers["location"] == "/"
    assert COOKIE not in caller.http.cookies


async def test_person_reads_the_own_language_whatever_was_chosen_before(caller: Caller) -> None:
    await add_person(caller.service.database)
    await caller.http.post("/sign-in/language", data={"language": "bg"})
    await sign_in(caller.http)
    assert is_in("en", await caller.http.get("/cards"))
    await send(caller.http, "/account/language", {"language": "ru"})
    shown = await caller.http.get("/account")
    assert is_in("ru", shown)
    assert translations_of("ru").gettext("Password") in shown.text


async def test_refused_form_is_told_in_the_language(caller: Caller) -> None:
    await add_person(caller.service.database, role="admin")
    await sign_in(caller.http)
    await send(caller.http, "/account/language", {"language": "ru"})
    refused = await send(caller.http, "/account/email", {"email": "nobody"})
    assert refused.status_code == 422
    assert translations_of("ru").gettext("Must be an address such as nora@example.com.") in refused.text
