"""Papers for people: Cyrillic, many pages, and what a font cannot write."""

import pypdfium2
import pytest

from api.pages.assets import fonts_of, load_assets
from devices.printing.errors import CharacterMissingError
from devices.printing.model import Column, Paper
from devices.printing.papers import draw_paper

FONTS = fonts_of(load_assets())
COLUMNS = (Column("Товар"), Column("Кількість", is_number=True), Column("Сума", is_number=True))


def pages_of(pdf: bytes) -> list[str]:
    """Give the text of every page."""
    document = pypdfium2.PdfDocument(pdf)
    return [document[index].get_textpage().get_text_bounded() for index in range(len(document))]


def test_paper_is_written_in_cyrillic_with_its_sums() -> None:
    """BG-23."""
    paper = Paper(
        "Рахунок INV-2026-000001",
        facts=[("Покупець", "ТОВ «Млин» & Ко <Київ>")],
        columns=COLUMNS,
        rows=[("Хліб житній", "3", "8,70")],
        sums=[("Разом", "27,50")],
        note="Оплата\nдо п'ятниці",
        foot="Tallycard",
    )

    (page,) = pages_of(draw_paper(paper, FONTS))

    for text in ("Рахунок INV-2026-000001", "ТОВ «Млин» & Ко <Київ>", "Хліб житній", "Разом", "27,50", "до п'ятниці"):
        assert text in page


def test_head_of_a_long_table_stands_on_every_page() -> None:
    paper = Paper("Order", columns=COLUMNS, rows=[(f"Goods {number}", "1", "1.00") for number in range(200)])

    pages = pages_of(draw_paper(paper, FONTS))

    assert len(pages) > 3
    assert all("Кількість" in page for page in pages)
    assert "Goods 199" in pages[-1]


def test_same_paper_gives_the_same_bytes() -> None:
    paper = Paper("Order", facts=[("Number", "1")])

    assert draw_paper(paper, FONTS) == draw_paper(paper, FONTS)


def test_character_that_the_font_has_not_is_refused() -> None:
    with pytest.raises(CharacterMissingError) as refused:
        draw_paper(Paper("Order", facts=[("Buyer", "Mill 😀")]), FONTS)
    assert refused.value.field == "text"
