"""The roles that a database's connections are made under: those who log in, and the owner, who does not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Composable, Identifier, Literal

from infra.postgres.private import SetUpError
from infra.settings import ROLES, Connections


@dataclass(frozen=True, slots=True)
class Login:
    """A role that logs in, as its connection URL names it."""

    user: str
    password: str | None


def logins(connections: Connections) -> dict[str, Login]:
    """Those who log in, by role. Raises SetUpError where the roles are not four beside the administrator's."""
    urls = {role: conninfo_to_dict(getattr(connections, role)) for role in ROLES}
    admin = conninfo_to_dict(connections.admin or "")
    users = [str(parts.get("user") or "") for parts in urls.values()]
    if len({*users, str(admin.get("user") or "postgres")}) != len(ROLES) + 1 or not all(users):
        raise SetUpError("The administrator and the roles api, projector, sealer and vault need users of their own.")
    if len({parts.get("dbname") for parts in (*urls.values(), admin)}) != 1:
        raise SetUpError("The connection URLs of the roles name more than one database.")
    return {
        role: Login(str(parts["user"]), None if parts.get("password") is None else str(parts["password"]))
        for role, parts in urls.items()
    }


def identifiers(connections: Connections, logins: Mapping[str, Login]) -> dict[str, Composable]:
    """What the roles, the owner and the database are called in statements.

    The owner's name begins as the api role's does, where that ends in `_api`, and as the database's elsewhere.
    """
    user = logins["api"].user
    owner = user.removesuffix("_api") if user.endswith("_api") else connections.database
    names: dict[str, Composable] = {role: Identifier(login.user) for role, login in logins.items()}
    return names | {"owner": Identifier(f"{owner}_owner"), "database": Identifier(connections.database)}


def make_roles(maintenance: Connection[Any], names: Mapping[str, Composable], logins: Mapping[str, Login]) -> None:
    """Make the roles that are not there yet, and the administrator one of those that own anything."""
    known = {name for (name,) in maintenance.execute("SELECT rolname FROM pg_roles")}
    owner = names["owner"]
    if owner.as_string(maintenance).strip('"') not in known:
        maintenance.execute(SQL("CREATE ROLE {} NOLOGIN").format(owner))
    for role, login in logins.items():
        if login.user not in known:
            maintenance.execute(SQL("CREATE ROLE {} LOGIN").format(names[role]))
    # An administrator who is not a superuser has to be of a role to make what it owns.
    maintenance.execute(SQL("GRANT {owner}, {projector} TO CURRENT_USER").format(**names))


def set_passwords(maintenance: Connection[Any], names: Mapping[str, Composable], logins: Mapping[str, Login]) -> None:
    """Give the roles the passwords of their URLs, where those have any."""
    for role, login in logins.items():
        if login.password is not None:
            # Hashed here: a password in the clear would stand in the server's log.
            hashed = maintenance.pgconn.encrypt_password(
                login.password.encode(), login.user.encode(), b"scram-sha-256"
            ).decode()
            maintenance.execute(SQL("ALTER ROLE {} PASSWORD {}").format(names[role], Literal(hashed)))
