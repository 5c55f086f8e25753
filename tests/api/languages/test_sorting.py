"""The order of names, in Python and in the database."""

import random

import pytest
from sqlalchemy import bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.languages.sorting import sort_key
from api.state import Service
from tests.factories import make_person

ORDERS = {
    "ru": "Андрей Егор Елена Ёлкина Ельцов Жанна Зоя Инна Йод Катя Щукин Ъ Ы Ь Эмма Юлия Яна",
    "uk": "Ганна Ґанок Дмитро Еней Євген Женя Зоя Ивга Іван Їжак Йосип Катерина Лев Щука Ьо Юлія Яна",
    "bg": "Борис Георги Елена Живко Захари Иван Йордан Пламен Щерю Ъгъл Юлия Яна",
    "en": "Adam Álvarez Beck Éva Eve Mason Öberg Olsen Šimon Smith Zoe",
}
"""Names as their readers look for them."""


@pytest.mark.parametrize("language", ORDERS)
def test_names_stand_where_their_readers_look(language: str) -> None:
    names = ORDERS[language].split()
    shuffled = random.Random(1).sample(names, len(names))
    assert sorted(shuffled, key=sort_key) == names


def test_quotes_and_apostrophes_do_not_count() -> None:
    assert sorted(["Юг", "«Астра»", "Мята", "М'яч", '"Яна"'], key=sort_key) == [
        "«Астра»",
        "Мята",
        "М'яч",
        "Юг",
        '"Яна"',
    ]


async def test_database_has_the_same_order(service: Service) -> None:
    letters = [chr(code) for code in (*range(32, 127), *range(0xA0, 0x180), *range(0x400, 0x530), 0x201C, 0x2019)]

    async def keys(connection: AsyncConnection) -> list[str]:
        query = text(
            "select sort_key(one) from unnest(cast(:letters as text[])) with ordinality as t(one, n) order by n"
        )
        return list((await connection.execute(query.bindparams(bindparam("letters", letters)))).scalars())

    assert await service.database.run(keys) == [sort_key(letter) for letter in letters]


async def test_party_is_sorted_by_its_name_now(service: Service) -> None:
    for name in ("Яна", "Їжак", "ірина", "Ганна"):
        await make_person(service.database, name)

    async def change(connection: AsyncConnection) -> list[str]:
        await connection.execute(text("update party set name = 'Євген' where name = 'Яна'"))
        return list(
            (await connection.execute(text('select name from party order by sort_name collate "C", id'))).scalars()
        )

    assert await service.database.run(change) == ["Ганна", "Євген", "ірина", "Їжак"]
