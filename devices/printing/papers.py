"""Draws a paper for people into a PDF: a title, facts, a table with its sum, a note; over as many pages as it needs.

Key idea: a `Paper` is words alone. Whoever makes one has written every number and day in the reader's language; here
they are only set, so the same paper is shown as a page and drawn as a file. The table's head stands on every page.

It refuses characters that its font does not have, before anything is drawn.
"""

from collections.abc import Iterable, Sequence
from io import BytesIO
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from devices.printing.fonts import check_characters, load_font, one_at_a_time
from devices.printing.model import Column, Fonts, Paper

SIZE = 9
LEADING = 12
MARGIN = 18 * mm
WIDTH = A4[0] - 2 * MARGIN
LABEL_WIDTH = 36 * mm
NUMBER_WIDTH = 26 * mm
_LINE = colors.HexColor("#888888")


def draw_paper(paper: Paper, fonts: Fonts) -> bytes:
    """Draw a paper on A4 and give the PDF; the same paper gives the same bytes. Raises CharacterMissingError."""
    with one_at_a_time:
        regular, bold = load_font(fonts.regular), load_font(fonts.bold)
        for text in _texts(paper):
            check_characters("".join(text.split()), "text", regular)
            check_characters("".join(text.split()), "text", bold)
        plain = ParagraphStyle("plain", fontName=regular.fontName, fontSize=SIZE, leading=LEADING)
        strong = ParagraphStyle("strong", parent=plain, fontName=bold.fontName)
        title = ParagraphStyle("title", parent=strong, fontSize=2 * SIZE, leading=2 * LEADING)
        parts: list[Flowable] = [Paragraph(escape(paper.title), title), Spacer(0, LEADING)]
        parts += _facts(paper.facts, plain, strong)
        if paper.columns:
            parts += [Spacer(0, LEADING), _table(paper, plain, strong)]
        if paper.note:
            parts += [Spacer(0, LEADING), *(Paragraph(escape(line), plain) for line in paper.note.splitlines())]
        return _build(paper, parts, regular.fontName)


def _texts(paper: Paper) -> Iterable[str]:
    yield from (paper.title, paper.note, paper.foot)
    yield from (column.title for column in paper.columns)
    for row in (*paper.facts, *paper.rows, *paper.sums):
        yield from row


def _facts(facts: Sequence[tuple[str, str]], plain: ParagraphStyle, strong: ParagraphStyle) -> list[Flowable]:
    if not facts:
        return []
    cells = [[Paragraph(escape(name), plain), Paragraph(escape(value), strong)] for name, value in facts]
    table = Table(cells, colWidths=[LABEL_WIDTH, WIDTH - LABEL_WIDTH], hAlign="LEFT")
    table.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (0, -1), 0)]))
    return [table]


def _table(paper: Paper, plain: ParagraphStyle, strong: ParagraphStyle) -> Table:
    """Set the table: its head on every page, the sums under its last column."""
    right, strong_right = (ParagraphStyle("right", parent=style, alignment=2) for style in (plain, strong))
    styles = [right if column.is_number else plain for column in paper.columns]
    heads = [strong_right if column.is_number else strong for column in paper.columns]
    cells = [[Paragraph(escape(column.title), head) for column, head in zip(paper.columns, heads, strict=True)]]
    cells += [[Paragraph(escape(text), style) for text, style in zip(row, styles, strict=True)] for row in paper.rows]
    last = len(paper.columns) - 1
    for name, value in paper.sums:
        blank = [Paragraph("", plain)] * (last - 1)
        cells.append([*blank, Paragraph(escape(name), strong_right), Paragraph(escape(value), strong_right)])
    table = Table(cells, colWidths=_widths(paper.columns), repeatRows=1)
    head_and_rows = len(paper.rows)
    table.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LINEBELOW", (0, 0), (-1, 0), 1, _LINE),
                ("LINEBELOW", (0, 1), (-1, head_and_rows), 0.25, _LINE),
                ("LINEABOVE", (0, head_and_rows + 1), (-1, head_and_rows + 1), 1, _LINE),
            ]
        )
    )
    return table


def _widths(columns: Sequence[Column]) -> list[float]:
    """Give numbers their width, and the other columns an equal share of what is left."""
    numbers = sum(column.is_number for column in columns)
    share = (WIDTH - numbers * NUMBER_WIDTH) / max(1, len(columns) - numbers)
    return [NUMBER_WIDTH if column.is_number else share for column in columns]


def _build(paper: Paper, parts: list[Flowable], font: str) -> bytes:
    file = BytesIO()

    def draw_foot(canvas: Canvas, template: SimpleDocTemplate) -> None:
        canvas.setFont(font, SIZE - 2)
        canvas.drawString(MARGIN, MARGIN / 2, paper.foot)
        canvas.drawRightString(A4[0] - MARGIN, MARGIN / 2, str(template.page))

    template = SimpleDocTemplate(
        file,
        pagesize=A4,
        title=paper.title,
        author="Tallycard",
        creator="Tallycard",
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        invariant=1,
    )
    template.build(parts, onFirstPage=draw_foot, onLaterPages=draw_foot)
    return file.getvalue()
