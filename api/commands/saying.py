"""What a command says to the person who called it: a line of progress, and what it could not do.

Key idea: it loads nothing, so that the commands of a till do not wait for the database library.
"""

import click


class Failure(Exception):  # noqa: N818 # the end of a command, said in words
    """What a command could not do; the message says what to do about it."""


def say(line: str) -> None:
    """Say a line of progress on standard error, so that standard output holds results alone."""
    click.echo(line, err=True)
