import asyncpg

from tests.conftest import run_command


async def test_examples_are_defined_once(tallycard: list[str], database_url: str) -> None:
    """UNF-44: a person who looks after the party, and a region."""
    command = [*tallycard, "attributes", "add-examples"]

    first = run_command(command, TALLYCARD_DATABASE_URL=database_url)
    again = run_command(command, TALLYCARD_DATABASE_URL=database_url)

    assert (first.stdout.split(), again.stdout) == (["manager", "region", "vip"], "")
    connection = await asyncpg.connect(database_url)
    kept = await connection.fetch(
        "select code, kind, refers_to from attribute where directory = 'party' order by position"
    )
    await connection.close()
    assert [tuple(row) for row in kept] == [
        ("manager", "reference", "user"),
        ("region", "text", None),
        ("vip", "yes_no", None),
    ]
