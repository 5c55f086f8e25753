"""The columns of users that work needs; who they are and how they prove it is the business of `api.auth`."""

from sqlalchemy import BigInteger, DateTime, Integer, Text, column, table

app_user = table(
    "app_user",
    column("id", BigInteger),
    column("login", Text),
    column("name", Text),
    column("role", Text),
    column("department_id", BigInteger),
    column("daily_minutes", Integer),
    column("email", Text),
    column("language", Text),
    column("party_id", BigInteger),
    column("disabled_at", DateTime(timezone=True)),
)
