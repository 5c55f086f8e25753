"""Sheets of cards as PDF: numbers in, bytes out.

`model.Sheet` says how to print, `sheets.draw_sheets` prints, `errors.PrintingError` is every refusal.
"""
