"""The language of somebody who has not signed in: chosen on the page of signing in, kept by the browser alone."""

from datetime import timedelta
from typing import Final

from litestar import post
from litestar.datastructures import Cookie
from litestar.response import Redirect

from api.auth.middleware import is_secure
from api.languages.negotiation import COOKIE, LANGUAGES
from api.pages.account import local_path
from api.pages.renderer import Call, redirect

KEPT_FOR: Final = timedelta(days=400)


@post("/sign-in/language")
async def choose_language_of_browser(request: Call) -> Redirect:
    """Keep a language for this browser and lead back; one that is none of ours changes nothing.

    Nobody's page is protected here against a form of another site: all that it could do is to change the language.
    """
    form = await request.form()
    answer = redirect(local_path(str(form.get("next", "/sign-in"))))
    language = str(form.get("language"))
    if language in LANGUAGES:
        answer.set_cookie(
            Cookie(
                key=COOKIE,
                value=language,
                path="/",
                max_age=int(KEPT_FOR.total_seconds()),
                httponly=True,
                samesite="lax",
                secure=is_secure(request.scope),
            )
        )
    return answer
