"""The compose file names what there is: commands, settings, files. No container engine is needed to see that."""

from typing import Any  # a compose file is free in its values

import yaml  # type: ignore[import-untyped] # its types are not installed

from api.cli import COMMANDS
from api.settings import PREFIX, load_settings
from tests.conftest import REPOSITORY

TEXT = (REPOSITORY / "compose.yaml").read_text()
FILE: dict[str, Any] = yaml.safe_load(TEXT)
OURS = ("migrate", "server", "worker")


def service(name: str) -> dict[str, Any]:
    found: dict[str, Any] = FILE["services"][name]
    return found


def test_each_service_runs_a_command_that_there_is() -> None:
    assert FILE["services"].keys() == {"database", *OURS}
    for name in OURS:
        program, command, *_ = service(name)["command"]
        assert (program, command in COMMANDS) == ("tallycard", True)


def test_settings_are_known_and_can_be_used() -> None:
    for name in OURS:
        given = service(name)["environment"]
        assert [key for key in given if not key.startswith(PREFIX)] == []
        load_settings(given)
    assert service("server")["environment"]["TALLYCARD_SECURE_COOKIES"] == "yes"


def test_no_secret_stands_in_it_and_nothing_is_open_to_the_network() -> None:
    assert {service(name)["env_file"] for name in OURS} == {"settings.env"}
    assert "POSTGRES_PASSWORD" not in service("database")["environment"]
    assert FILE["secrets"] == {"database_password": {"file": "database.password"}}
    assert "ports" not in service("database")
    assert [port.split(":")[0] for port in service("server")["ports"]] == ["127.0.0.1"]
    ignored = (REPOSITORY / ".gitignore").read_text().split()
    assert {"settings.env", "database.password"} <= set(ignored)


def test_server_and_worker_wait_for_the_migration_and_it_for_the_database() -> None:
    assert service("migrate")["depends_on"] == {"database": {"condition": "service_healthy"}}
    for name in ("server", "worker"):
        assert service(name)["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
    assert "/v1/ready" in service("server")["healthcheck"]["test"][-1]
    assert service("server")["image"] == service("worker")["image"] == service("migrate")["image"]


def test_image_is_made_by_the_file_that_it_names() -> None:
    assert (REPOSITORY / service("server")["build"]["dockerfile"]).is_file()
