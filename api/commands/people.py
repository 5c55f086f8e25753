"""Commands that let callers in: access tokens and users of the back office."""

from collections.abc import Sequence
from typing import get_args

import click
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth.model import TokenRole, UserRole
from api.auth.passwords import hash_password, invent_password
from api.auth.second_factor import remove_factor
from api.auth.tokens import create_token
from api.auth.user_list import find_user_id
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
    hashed = hash_password(given, about=(login, name or login))
    on_database(
        lambda database: database.run(
            create_user, login=login, name=name or login, role=role, password_hash=hashed, act=command_act()
        )
    )
    if password is None:
        click.echo(given)


@user.command("second-factor-off")
@click.argument("login")
def second_factor_off_command(login: str) -> None:
    """Take a user's second step for signing in away, where the phone and all recovery codes are lost."""

    async def take_away(connection: AsyncConnection) -> bool:
        user_id = await find_user_id(connection, login)
        if user_id is not None:
            await remove_factor(connection, user_id, act=command_act())
        return user_id is not None

    if not on_database(lambda database: database.run(take_away)):
        raise click.ClickException(f"there is no user {login}")
    click.echo(f"{login} signs in with the password alone, until a second step is set up again")


COMMANDS: Sequence[click.Command] = (token, user)
