"""Texts as people type them into one line, made clean. Pure."""

from loyalty.errors import RefusedError


def read_line(text: str, refusal: type[RefusedError], field: str, *, most: int) -> str | None:
    """Give a line without blanks around and with single ones inside, None for an empty one.

    Raises `refusal` for one that is longer than `most` characters or cannot be printed.
    """
    line = " ".join(text.split())
    if len(line) > most or not line.isprintable():
        raise refusal(f"has at most {most} characters that can be printed", field=field)
    return line or None
