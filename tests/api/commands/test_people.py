"""Commands about people: a second step that cannot be given any more is taken away at the server."""

from sqlalchemy import text

from api.auth.one_time_codes import code_at
from api.auth.passwords import hash_password
from api.auth.second_factor import begin_factor, confirm_factor, find_begun, find_factor
from api.auth.users import create_user
from database.engine import Database
from tests.conftest import ACT, run_command

KEY = "a key that nobody guesses"


async def test_second_step_of_the_last_administrator_is_taken_away_at_the_server(
    tallycard: list[str], database_url: str
) -> None:
    database = Database(database_url)
    hashed = hash_password("correct horse battery")
    user_id = await database.run(create_user, login="boss", name="Boss", role="admin", password_hash=hashed, act=ACT)
    await database.run(begin_factor, user_id, key=KEY, now=ACT.at)
    secret = await database.run(find_begun, user_id, key=KEY)
    assert secret is not None
    await database.run(confirm_factor, user_id, code_at(secret, ACT.at), key=KEY, session=b"", act=ACT)

    done = run_command([*tallycard, "user", "second-factor-off", "BOSS"], TALLYCARD_DATABASE_URL=database_url)
    unknown = run_command([*tallycard, "user", "second-factor-off", "nobody"], TALLYCARD_DATABASE_URL=database_url)

    assert (done.returncode, "password alone" in done.stdout) == (0, True), done.stderr
    assert (unknown.returncode, "there is no user nobody" in unknown.stderr) == (1, True)
    assert await database.run(find_factor, user_id) is None
    async with database.connection() as connection:
        query = text("select actor from activity where act = 'user.second_factor_removed'")
        assert list((await connection.execute(query)).scalars()) == ["command"]
    await database.close()


def test_common_password_is_refused_at_the_command_line(tallycard: list[str], database_url: str) -> None:
    words = [*tallycard, "user", "create", "clara", "--password", "Clara-12345"]
    refused = run_command(words, TALLYCARD_DATABASE_URL=database_url)
    assert refused.returncode != 0
    assert "first that are guessed" in refused.stderr
    assert "Traceback" not in refused.stderr
