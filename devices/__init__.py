"""Card readers at a till: serial lines in, card and code events out."""
