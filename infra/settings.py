"""What the environment says, and the connections that follow from it. No secret is ever shown."""

import base64
import binascii
import os
import re
import secrets
from collections.abc import Collection, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import quote, urlencode

import psycopg
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from psycopg.conninfo import conninfo_to_dict
from pydantic import BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SecretsSettingsSource, SettingsConfigDict

from infra.postgres.cluster import own
from infra.postgres.private import SetUpError, kept, locked
from infra.postgres.server import running

ROLES = ("api", "projector", "sealer", "vault")
"""The roles that log in, each over its own connection URL."""
ENOUGH = 32
"""Bytes that an installation secret must have."""


class Secret:
    """The installation secret, from which every other secret of the installation is derived."""

    def __init__(self, key: bytes) -> None:
        if len(key) < ENOUGH:
            raise ValueError(f"the installation secret has {len(key)} bytes and needs {ENOUGH}")
        self._key = key

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a secret written in hexadecimal or base64. Raises `ValueError`, which does not show it."""
        text = text.strip()
        if re.fullmatch(r"(?:[0-9A-Fa-f]{2})+", text):
            return cls(bytes.fromhex(text))
        try:
            return cls(
                base64.b64decode(text.translate(str.maketrans("-_", "+/")) + "=" * (-len(text) % 4), validate=True)
            )
        except binascii.Error:
            raise ValueError("the installation secret is neither hexadecimal nor base64") from None

    def derive(self, label: str) -> bytes:
        """32 bytes for one purpose (HKDF-SHA256): the same label gives the same bytes, and no label tells another's."""
        return HKDF(SHA256(), length=32, salt=None, info=label.encode()).derive(self._key)

    def password(self, user: str) -> str:
        """The password of a database role of this installation, by the role's full name."""
        return self.derive(f"role-password:{user}").hex()

    def __repr__(self) -> str:
        return "Secret(…)"


def _url(value: Any) -> Any:
    """Refuse what is no connection URL, without showing it."""
    if isinstance(value, str):
        if not re.match(r"postgres(ql)?://", value):
            raise ValueError("it must start with postgresql://")
        try:
            conninfo_to_dict(value)
        except psycopg.ProgrammingError:
            raise ValueError("it is not a PostgreSQL connection URL") from None
    return value


def _secrets_folder() -> Path | None:
    folder = os.environ.get("FELLOWTRACE_SECRETS_DIR")
    return Path(folder) if folder else None


def _secret(value: Any) -> Any:
    return Secret.parse(value) if isinstance(value, str) else value


Url = Annotated[SecretStr, BeforeValidator(_url)]


class Settings(BaseSettings):
    """What the environment says. `read` turns what is wrong in it into one sentence."""

    model_config = SettingsConfigDict(
        env_prefix="FELLOWTRACE_", env_ignore_empty=True, arbitrary_types_allowed=True, hide_input_in_errors=True,
        populate_by_name=True, extra="ignore", frozen=True,
    )  # fmt: skip

    database_url: Url | None = Field(default=None, validation_alias="DATABASE_URL")
    """The administrator's connection URL. Without it the embedded server runs."""
    api_url: Url | None = None
    projector_url: Url | None = None
    sealer_url: Url | None = None
    vault_url: Url | None = None
    secret: Annotated[Secret, BeforeValidator(_secret)] | None = None
    """At least 32 bytes in hexadecimal or base64. The embedded server's installation makes its own."""
    data_dir: Path = Path(".data")
    """Where the embedded server and its secrets are kept."""
    bind: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    shared: Path | None = None
    """A folder with data sets for trying things out."""
    secrets_dir: Path | None = None
    """A folder of files that are named like these settings and hold their values; the environment goes before them."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is looked at for a value, first come first: what is given here, the environment, the files."""
        files = [SecretsSettingsSource(settings_cls, folder)] if (folder := _secrets_folder()) else []
        return init_settings, env_settings, *files

    @classmethod
    def read(cls) -> Self:
        """Read the environment. Raises `SetUpError`, naming the setting that is wrong."""
        if (folder := _secrets_folder()) is not None and not folder.is_dir():
            raise SetUpError(f"FELLOWTRACE_SECRETS_DIR cannot be used: there is no folder {folder}.")
        try:
            return cls()
        except ValidationError as error:
            first = error.errors()[0]
            name = str(first["loc"][0]).upper()
            name = name if name == "DATABASE_URL" else f"FELLOWTRACE_{name.removeprefix('FELLOWTRACE_')}"
            of_a_number = first["type"] in ("int_parsing", "int_type", "greater_than_equal", "less_than_equal")
            problem = "it must be a number from 0 to 65535" if of_a_number else first["msg"]
            raise SetUpError(f"{name} cannot be used: {problem.removeprefix('Value error, ')}.") from None


@dataclass(frozen=True)
class Connections:
    """A connection URL for each role that logs in, and the installation secret."""

    admin: str | None = field(repr=False)
    """The administrator's, to make and to alter the database; `None` where only the roles' own URLs are given."""
    api: str = field(repr=False)
    projector: str = field(repr=False)
    sealer: str = field(repr=False)
    vault: str = field(repr=False)
    secret: Secret

    @property
    def database(self) -> str:
        """The name of the database."""
        return _database(self.api)


def derived(admin: str, secret: Secret, *, database: str | None = None, owner: str | None = None) -> Connections:
    """The connections of a database of the administrator's server.

    Roles are named after the database, `<database>_api` and so on, and have passwords derived from the secret.
    `database` is another one than the URL's; `owner` is the name the roles bear where it is not the database's.
    """
    database = database or _database(admin)
    urls = {
        role: _altered(admin, database, user := f"{owner or database}_{role}", secret.password(user)) for role in ROLES
    }
    return Connections(admin=_altered(admin, database), secret=secret, **urls)


@contextmanager
def connected(
    settings: Settings, database: str = "fellowtrace", *, needs: Collection[str] = ROLES
) -> Generator[Connections]:
    """The connections that the settings name, for as long as the context lasts.

    Without a DATABASE_URL, and without URLs of the roles, the embedded server is started or joined, and `database` is
    the name of the database in it; whether that exists is for `migrate` to see to. With URLs of roles alone, those of
    the roles that are not in `needs` may be missing, and are empty. Raises `SetUpError`.
    """
    given = {role: url.get_secret_value() for role in ROLES if (url := getattr(settings, f"{role}_url")) is not None}
    if settings.database_url is None and not given:
        with running(settings.data_dir) as server:
            yield derived(server.url(database), settings.secret or _kept_secret(settings.data_dir))
        return
    if settings.secret is None:
        raise SetUpError(
            "FELLOWTRACE_SECRET is not set: make one with `openssl rand -hex 32`, "
            "keep it as long as the database, and set it in every process."
        )
    if settings.database_url is not None:
        of_all = derived(settings.database_url.get_secret_value(), settings.secret)
        yield Connections(
            admin=of_all.admin,
            secret=settings.secret,
            **{role: given.get(role, getattr(of_all, role)) for role in ROLES},
        )
        return
    if missing := [f"FELLOWTRACE_{role.upper()}_URL" for role in ROLES if role in {*needs} - {*given}]:
        raise SetUpError(f"Without DATABASE_URL each role needs its own URL: {', '.join(missing)} is not set.")
    yield Connections(admin=None, secret=settings.secret, **dict.fromkeys(ROLES, "") | given)


def reach(url: str) -> None:
    """Connect once. Raises `SetUpError`: a sentence that says what to check, without the password."""
    parts = _parts(url)
    database, user = _database(url), str(parts.get("user") or "the system's user")
    where = f"{parts.get('host') or parts.get('hostaddr') or 'the local socket'}:{parts.get('port') or 5432}"
    try:
        psycopg.connect(url, connect_timeout=int(parts.get("connect_timeout") or 10)).close()
    except psycopg.OperationalError as error:
        said = str(error)
        if "password authentication failed" in said or "no password supplied" in said:
            problem = f"The server at {where} refuses the password of {user} for the database {database}: check the URL"
        elif re.search(r'(database|role) "[^"]*" does not exist', said):
            problem = f"There is no database {database} or no user {user} at {where}: check the URL, or run `migrate`"
        elif "FATAL" in said:
            reason = said[said.rindex("FATAL") :].removeprefix("FATAL:").strip().splitlines()[0].rstrip(".")
            problem = f"The server at {where} lets {user} not into the database {database}: {reason}"
        else:
            problem = (
                f"No PostgreSQL server answers at {where} (database {database}): check that it runs and its address"
            )
        raise SetUpError(f"{problem}.") from None


def _kept_secret(data_dir: Path) -> Secret:
    folder = own(data_dir)
    with locked(folder / "lock"):
        return Secret.parse(kept(folder / "secret", secrets.token_hex(32)))


def _parts(url: str) -> dict[str, Any]:
    return {key: value for key, value in conninfo_to_dict(url).items() if value is not None}


def _database(url: str) -> str:
    parts = _parts(url)
    return str(parts.get("dbname") or parts.get("user") or "postgres")


def _altered(url: str, database: str, user: str | None = None, password: str | None = None) -> str:
    """The URL with another database, user and password; hosts and options stay."""
    parts = _parts(url) | {"dbname": database}
    if user is not None:
        parts |= {"user": user, "password": password}
    who = quote(str(parts.pop("user", "")), safe="")
    if (its_password := parts.pop("password", None)) is not None:
        who += ":" + quote(str(its_password), safe="")
    name = quote(str(parts.pop("dbname")), safe="")
    return f"postgresql://{who + '@' if who else ''}/{name}" + (
        f"?{urlencode(parts, quote_via=quote)}" if parts else ""
    )
