"""Commands that let callers in: access tokens and users of the back office."""

from collections.abc import Sequence
from typing import get_args

import click

from api.auth.model import TokenRole, UserRole
from api.auth.passwords import hash_password, invent_password
from api.auth.tokens import create_token
from api.auth.users import create_user
from api.commands.running import command_act, on_database


@click.group()
def token() -> None:
    """Give access to tills and programs."""


@token.command("create")
@click.option("--role", type=click.Choice(get_args(TokenRole)), required=True, help="What it may do.")
@click.option("--store", help="The store of a till's token.")
@click.option("--till", help="The till of a till's token.")
def create_token_command(role: TokenRole, store: str | None, till: str | None) -> None:
    """Make an access token and print it alone on the last line; it cannot be shown again."""
    if (role == "till") != (store is not None and till is not None) or (store is None) != (till is None):
        raise click.UsageError("a till's token takes --store and --till, any other takes neither")
    made = on_database(
        lambda database: database.run(create_token, role=role, store=store, till=till, act=command_act())
    )
    click.echo(made)


@click.group()
def user() -> None:
    """Look after the users of the back office."""


@user.command("create")
@click.argument("login")
@click.option("--name", help="The name shown; the login if left out.")
@click.option("--role", type=click.Choice(get_args(UserRole)), default="clerk", show_default=True)
@click.option("--password", envvar="NEW_PASSWORD", help="Left out: one is made and printed alone on the last line.")
def create_user_command(login: str, name: str | None, role: UserRole, password: str | None) -> None:
    """Make a user of the back office."""
    given = invent_password() if password is None else password
    hashed = hash_password(given)
    on_database(
        lambda database: database.run(
            create_user, login=login, name=name or login, role=role, password_hash=hashed, act=command_act()
        )
    )
    if password is None:
        click.echo(given)


COMMANDS: Sequence[click.Command] = (token, user)
