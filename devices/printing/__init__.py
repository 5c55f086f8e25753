"""Sheets of cards and papers for people as PDF: values in, bytes out.

`model.Sheet` says how to print cards, `sheets.draw_sheets` prints them; `papers.draw_paper` prints a `model.Paper`;
`errors.PrintingError` is every refusal.
"""
