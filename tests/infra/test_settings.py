"""Settings: what the environment says, the connections that follow, and sentences for what is wrong."""

import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from infra.postgres.private import SetUpError
from infra.postgres.server import Server
from infra.settings import ROLES, Connections, Secret, Settings, connected, derived, reach

SECRET = "0123456789abcdef" * 4
PASSWORD = "kept/to:our@selves"
ADMIN = "postgresql://chief:kept%2Fto%3Aour%40selves@db.example:5433/records?sslmode=require&application_name=a%20b"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment that says nothing yet."""
    for name in ("DATABASE_URL", *(f"FELLOWTRACE_{field.upper()}" for field in Settings.model_fields)):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_with_nothing_said_it_listens_on_loopback_only() -> None:
    settings = Settings.read()
    assert (settings.bind, settings.port, settings.data_dir) == ("127.0.0.1", 8000, Path(".data"))
    assert settings.database_url is None


def test_the_environment_is_read(environment: pytest.MonkeyPatch) -> None:
    said = {"PORT": "9000", "BIND": "0.0.0.0", "DATA_DIR": "/srv/ft", "SHARED": "/srv/shared", "SECRET": SECRET}
    for name, value in said.items():
        environment.setenv(f"FELLOWTRACE_{name}", value)
    environment.setenv("DATABASE_URL", ADMIN)
    settings = Settings.read()
    assert (settings.bind, settings.port) == ("0.0.0.0", 9000)
    assert (settings.data_dir, settings.shared) == (Path("/srv/ft"), Path("/srv/shared"))
    assert settings.database_url is not None
    assert settings.database_url.get_secret_value() == ADMIN


@pytest.mark.parametrize(
    ("name", "value", "about"),
    [
        ("DATABASE_URL", f"mysql://chief:{PASSWORD}@db/records", "postgresql://"),
        ("DATABASE_URL", f"postgresql://chief:{PASSWORD}@db:5432/a?nonsense={PASSWORD}", "not a PostgreSQL connection"),
        ("FELLOWTRACE_API_URL", PASSWORD, "postgresql://"),
        ("FELLOWTRACE_SECRET", "ab" * 31, "31 bytes and needs 32"),
        ("FELLOWTRACE_SECRET", PASSWORD * 3, "neither hexadecimal nor base64"),
        ("FELLOWTRACE_PORT", "http", "a number from 0 to 65535"),
        ("FELLOWTRACE_PORT", "65536", "65535"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_and_not_shown(
    environment: pytest.MonkeyPatch, name: str, value: str, about: str
) -> None:
    environment.setenv(name, value)
    with pytest.raises(SetUpError, match=about) as caught:
        Settings.read()
    assert str(caught.value).startswith(f"{name} ")
    assert value not in str(caught.value)
    assert PASSWORD not in str(caught.value)


def test_secrets_are_read_from_files_and_the_environment_goes_before_them(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said = {"fellowtrace_secret": SECRET, "database_url": ADMIN, "fellowtrace_vault_url": "postgresql://vault@db/a"}
    for name, value in {**said, "postgres_password": PASSWORD}.items():
        (tmp_path / name).write_text(f"{value}\n", encoding="utf-8")
    environment.setenv("FELLOWTRACE_SECRETS_DIR", str(tmp_path))
    environment.setenv("FELLOWTRACE_VAULT_URL", "postgresql://other@db/a")
    settings = Settings.read()
    assert settings.database_url is not None
    assert settings.database_url.get_secret_value() == ADMIN
    assert settings.vault_url is not None
    assert settings.vault_url.get_secret_value() == "postgresql://other@db/a"
    assert settings.secret is not None
    assert settings.secret.derive("x") == Secret.parse(SECRET).derive("x")


def test_a_secret_in_a_file_that_cannot_be_used_is_named_and_not_shown(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment.setenv("FELLOWTRACE_SECRETS_DIR", str(tmp_path))
    (tmp_path / "fellowtrace_api_url").write_text(PASSWORD, encoding="utf-8")
    with pytest.raises(SetUpError, match=r"^FELLOWTRACE_API_URL cannot be used: .*postgresql://") as caught:
        Settings.read()
    assert PASSWORD not in str(caught.value)
    environment.setenv("FELLOWTRACE_SECRETS_DIR", str(tmp_path / "nowhere"))
    with pytest.raises(SetUpError, match=r"^FELLOWTRACE_SECRETS_DIR .* no folder"):
        Settings.read()


def test_the_api_alone_needs_no_more_than_its_own_url_and_the_vault_s(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("FELLOWTRACE_SECRET", SECRET)
    for role in ("api", "vault"):
        environment.setenv(f"FELLOWTRACE_{role.upper()}_URL", f"postgresql://{role}@db/records")
    with connected(Settings.read(), needs=("api", "vault")) as connections:
        assert (connections.api, connections.vault) == ("postgresql://api@db/records", "postgresql://vault@db/records")
        assert (connections.admin, connections.projector, connections.sealer) == (None, "", "")
    with pytest.raises(SetUpError, match="PROJECTOR_URL is not set"), connected(Settings.read(), needs=("projector",)):
        pass


def test_a_secret_reads_the_same_in_hexadecimal_and_in_base64() -> None:
    in_hexadecimal = Secret.parse("fb" * 32 + "\n")
    for text in ("+/v7" * 10 + "+/v7+w==", "-_v7" * 10 + "-_v7-w"):
        assert len(Secret.parse(text).derive("request-hash")) == 32
    assert Secret.parse("+/v7" * 10 + "+/v7+w==").derive("x") == Secret.parse("-_v7" * 10 + "-_v7-w").derive("x")
    assert in_hexadecimal.derive("x") == Secret(b"\xfb" * 32).derive("x")


def test_a_secret_gives_each_label_its_own_lasting_bytes() -> None:
    secret = Secret.parse(SECRET)
    labels = ("request-hash", "external-id", "vault-wrap", "command-id", "role-password:a_api", "role-password:a_vault")
    assert len({secret.derive(label) for label in labels}) == len(labels)
    assert secret.derive("request-hash") == Secret.parse(SECRET).derive("request-hash")
    assert secret.derive("request-hash").hex() == "2e1d22ae5ea7a6642eaec5e05ae43f4bbbb4f9cfdc8b7eeb8947e6ec02336d76"
    assert secret.derive("request-hash") != Secret.parse(SECRET.upper()[:-2] + "00").derive("request-hash")


def test_nothing_secret_is_in_a_repr(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("DATABASE_URL", ADMIN)
    environment.setenv("FELLOWTRACE_SECRET", SECRET)
    settings = Settings.read()
    connections = derived(ADMIN, Secret.parse(SECRET))
    for shown in (repr(settings), str(settings), repr(connections), str(connections.secret)):
        assert PASSWORD not in shown
        assert "kept%2F" not in shown
        assert SECRET not in shown
        assert connections.secret.password("records_api") not in shown


def test_each_role_s_connection_is_the_administrator_s_with_its_own_name_and_password(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment.setenv("DATABASE_URL", ADMIN)
    environment.setenv("FELLOWTRACE_SECRET", SECRET)
    environment.setenv("FELLOWTRACE_DATA_DIR", str(tmp_path / "data"))
    environment.setenv("FELLOWTRACE_SEALER_URL", "postgresql://apart@elsewhere/records")
    with connected(Settings.read(), "not_this") as connections:
        assert connections.database == "records"
        assert connections.admin is not None
        assert conninfo_to_dict(connections.admin) == conninfo_to_dict(ADMIN)
        assert connections.sealer == "postgresql://apart@elsewhere/records"
        for role in {*ROLES} - {"sealer"}:
            expected = {"user": f"records_{role}", "password": connections.secret.password(f"records_{role}")}
            assert conninfo_to_dict(getattr(connections, role)) == conninfo_to_dict(ADMIN) | expected
    assert not (tmp_path / "data").exists()


def test_a_database_of_one_s_own_needs_a_secret_and_is_told_how_to_make_one(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("DATABASE_URL", ADMIN)
    with pytest.raises(SetUpError, match="openssl rand -hex 32"), connected(Settings.read()):
        pass


def test_without_an_administrator_each_role_has_its_own_url(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("FELLOWTRACE_SECRET", SECRET)
    environment.setenv("FELLOWTRACE_API_URL", "postgresql://api@db/records")
    with (
        pytest.raises(SetUpError, match="PROJECTOR_URL, FELLOWTRACE_SEALER_URL, FELLOWTRACE_VAULT_URL"),
        connected(Settings.read()),
    ):
        pass
    for role in ROLES:
        environment.setenv(f"FELLOWTRACE_{role.upper()}_URL", f"postgresql://{role}@db/records")
    with connected(Settings.read()) as connections:
        assert connections.admin is None
        assert connections.vault == "postgresql://vault@db/records"
        assert connections.database == "records"


def test_without_a_database_the_embedded_server_runs_and_keeps_its_own_secret(
    environment: pytest.MonkeyPatch, reachable: Path
) -> None:
    environment.setenv("FELLOWTRACE_DATA_DIR", str(reachable / "data"))
    with connected(Settings.read()) as connections:
        assert connections.admin is not None
        with psycopg.connect(connections.admin.replace("/fellowtrace?", "/postgres?")) as connection:
            assert connection.execute("SELECT current_user").fetchone() == ("postgres",)
        assert conninfo_to_dict(connections.api)["user"] == "fellowtrace_api"
        first = connections.secret.derive("external-id")
        with connected(Settings.read(), "another") as joined:
            assert joined.database == "another"
            assert joined.secret.derive("external-id") == first
    assert stat.S_IMODE((reachable / "data" / "secret").stat().st_mode) == 0o600


@pytest.fixture
def nobody_answers() -> Iterator[int]:
    """A port on loopback that is taken and that nothing listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def sentence(url: str) -> str:
    """What is said about a database that is not reached."""
    with pytest.raises(SetUpError) as caught:
        reach(url)
    said = str(caught.value)
    assert said.endswith(".")
    assert "\n" not in said
    assert PASSWORD not in said
    assert "kept%2F" not in said
    return said


def test_a_database_that_answers_is_reached(server: Server) -> None:
    reach(server.url("postgres"))


def test_a_wrong_password_is_said_in_a_sentence(server: Server) -> None:
    said = sentence(server.url("postgres", "postgres", PASSWORD))
    assert "refuses the password of postgres for the database postgres" in said
    assert str(server.socket) in said


def test_a_missing_password_is_said_in_a_sentence(server: Server) -> None:
    assert "refuses the password of postgres" in sentence(server.url("postgres", "postgres"))


def test_a_database_that_does_not_exist_is_said_in_a_sentence(server: Server) -> None:
    assert "There is no database nowhere" in sentence(server.url("nowhere"))


def test_a_server_that_does_not_answer_is_said_in_a_sentence(nobody_answers: int) -> None:
    said = sentence(f"postgresql://chief:kept%2Fto%3Aour%40selves@127.0.0.1:{nobody_answers}/records")
    assert f"No PostgreSQL server answers at 127.0.0.1:{nobody_answers} (database records)" in said


def test_a_host_that_does_not_exist_is_said_in_a_sentence() -> None:
    assert "No PostgreSQL server answers at db.invalid:5432" in sentence("postgresql://chief@db.invalid/records")


def test_a_role_that_may_not_connect_is_said_in_a_sentence(server: Server) -> None:
    with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
        admin.execute("CREATE ROLE outsider NOLOGIN PASSWORD 'kept/to:our@selves'")
        try:
            assert "lets outsider not into the database postgres" in sentence(
                server.url("postgres", "outsider", PASSWORD)
            )
        finally:
            admin.execute("DROP ROLE outsider")


def test_connections_of_a_copied_database_keep_the_roles_of_the_original() -> None:
    connections: Connections = derived("postgresql://chief@db/copy", Secret.parse(SECRET), owner="original")
    assert connections.database == "copy"
    assert conninfo_to_dict(connections.projector)["user"] == "original_projector"
    assert connections.secret.password("original_projector") in connections.projector
