"""The commands that do not stay: what they print, what they refuse, what they leave behind."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import pytest

from bot import VERSION
from bot.cli import main
from bot.places import DataDir, take_lock
from bot.settings import Settings, load_settings
from bot.setup import write_env
from storage.databases import Database
from storage.migrate import migrate
from tests.dialogues.evenings import seeded

Out = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty directory and an environment without settings of ours."""
    monkeypatch.chdir(tmp_path)
    for name in [*Settings.model_fields, "callsheet_images"]:
        monkeypatch.delenv(name.upper(), raising=False)


def run(*words: str) -> int:
    return main(list(words))


def test_no_words_and_help_are_worth_reading(capsys: Out) -> None:
    assert run() == 2
    said = capsys.readouterr().out
    for command in ("run", "workspace", "doctor", "init", "manifest", "migrate", "backup", "restore", "export"):
        assert f"    {command}" in said
    with pytest.raises(SystemExit) as ended:
        run("--version")
    assert ended.value.code == 0
    assert VERSION in capsys.readouterr().out


@pytest.mark.parametrize(
    ("env", "says"),
    [
        ({"SLACK_BOT_TOKEN": "xoxp-1"}, "SLACK_BOT_TOKEN: must begin with xoxb-"),
        ({"SLACK_BOT_TOKEN": "xoxb-1"}, "set SLACK_APP_TOKEN too"),
        ({"SLACK_APP_TOKEN": "xapp-1"}, "SLACK_BOT_TOKEN is missing"),
        ({"PORT": "eight"}, "PORT: must be a whole number."),
        ({"PORT": "70000"}, "PORT: must be at most 65535."),
        ({"LOG_FORMAT": "xml"}, "LOG_FORMAT: must be one of 'text' or 'json'."),
        ({"DATABASE_URL": "mysql://x"}, "DATABASE_URL: must begin with sqlite:/// or postgresql://"),
        ({"DATABASE_URL": "postgresql://h/d"}, "SECRET_KEY is required on PostgreSQL"),
        ({"SLACK_BASE_URL": "slack.com"}, "SLACK_BASE_URL: must be a URL"),
    ],
)
def test_each_fault_of_the_settings_is_one_sentence(
    env: dict[str, str], says: str, capsys: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert run("run") == 1
    said = capsys.readouterr()
    assert says in said.err
    assert len(said.err.strip().splitlines()) == 1
    assert "xoxp-1" not in said.err


def test_settings_come_from_dot_env_and_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("PORT=9001\nLOG_LEVEL=DEBUG\nSLACK_BOT_TOKEN=\n")
    monkeypatch.setenv("PORT", "9002")
    settings = load_settings()
    assert (settings.port, settings.log_level, settings.has_slack) == (9002, "DEBUG", False)
    with pytest.raises(ValueError, match="frozen"):
        settings.port = 1  # type: ignore[misc]


@pytest.mark.parametrize("words", [["--seed", "team"], ["--now", "2026-11-22T18:00:00+08:00"], ["--key", "k"]])
def test_with_real_tokens_the_trial_s_options_are_refused(
    words: list[str], capsys: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-1")
    assert run("run", *words) == 1
    said = capsys.readouterr().err
    assert words[0] in said
    assert len(said.strip().splitlines()) == 1
    assert run("workspace") == 1
    assert "does not start beside a real Slack" in capsys.readouterr().err


def test_a_time_without_offset_is_refused(capsys: Out) -> None:
    with pytest.raises(SystemExit):
        run("run", "--now", "2026-11-22T18:00:00")
    assert "has no offset" in capsys.readouterr().err


def test_init_writes_a_private_file_and_keeps_an_existing_one(tmp_path: Path, capsys: Out) -> None:
    answers = iter(["xoxb-bot", "xapp-app"])
    assert write_env(tmp_path / ".env", force=False, ask=lambda prompt: next(answers)) == 0
    assert "xoxb" not in capsys.readouterr().out
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
    settings = load_settings()
    assert settings.socket_mode
    assert len(settings.secret_key.get_secret_value()) == 44
    assert run("init") == 1
    assert "already there" in capsys.readouterr().err


@pytest.mark.parametrize("given", [["xoxb-1", "", ""], ["nonsense", "nonsense", "nonsense"]])
def test_init_writes_nothing_that_would_be_refused(given: list[str], tmp_path: Path) -> None:
    answers = iter(given)
    with pytest.raises(Exception, match="nothing was written"):
        write_env(tmp_path / ".env", force=False, ask=lambda prompt: next(answers))
    assert not (tmp_path / ".env").exists()


def test_init_keeps_the_key_of_an_earlier_start(tmp_path: Path) -> None:
    settings = load_settings()
    DataDir(settings.data_dir).secret_box(settings)
    answers = iter(["xoxb-bot", "", "signing"])
    write_env(tmp_path / ".env", force=False, ask=lambda prompt: next(answers))
    assert load_settings().secret_key.get_secret_value() == (tmp_path / "data" / "secret.key").read_text()


def test_the_manifest_is_json_that_names_the_command(capsys: Out) -> None:
    assert run("manifest") == 0
    manifest = json.loads(capsys.readouterr().out)
    assert [entry["command"] for entry in manifest["features"]["slash_commands"]] == ["/live"]
    assert manifest["settings"]["socket_mode_enabled"]
    assert run("manifest", "--http", "https://bot.example") == 0
    served = json.loads(capsys.readouterr().out)
    assert not served["settings"].get("socket_mode_enabled")
    assert "https://bot.example/slack/events" in str(served)


def place_database(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    data.mkdir(exist_ok=True)
    (data / "callsheet.db").write_bytes(seeded("team").read_bytes())
    return data


def shows_in(data: Path) -> int:
    database = Database(f"sqlite:///{data / 'callsheet.db'}")
    with database.read("T0CALLSHT1") as store:
        found = len(store.shows.list_recent(20))
    database.close()
    return found


def test_migrate_backup_restore_and_export(tmp_path: Path, capsys: Out) -> None:
    data = place_database(tmp_path)
    assert run("migrate") == 0
    assert "already at" in capsys.readouterr().out
    assert run("backup", str(tmp_path / "kept.db")) == 0
    assert "checked" in capsys.readouterr().out
    database = Database(f"sqlite:///{data / 'callsheet.db'}")
    database.workspaces.remove("T0CALLSHT1")
    database.close()
    assert shows_in(data) == 0
    assert run("restore", str(tmp_path / "kept.db")) == 0
    assert shows_in(data) == 3
    assert run("export", str(tmp_path / "all.zip")) == 0
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        assert any("checklist_item" in name for name in archive.namelist())


def test_restore_waits_for_the_bot_to_stop(tmp_path: Path, capsys: Out) -> None:
    data = place_database(tmp_path)
    lock = take_lock(DataDir(data).lock_for(load_settings(data_dir=data)))
    assert run("restore", str(tmp_path / "kept.db")) == 1
    assert "Another Callsheet is running" in capsys.readouterr().err
    os.close(lock)
    assert run("restore", str(tmp_path / "missing.db")) == 1
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_a_newer_schema_is_refused(tmp_path: Path, capsys: Out) -> None:
    import sqlite3  # noqa: PLC0415

    data = place_database(tmp_path)
    with sqlite3.connect(data / "callsheet.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    assert run("migrate") == 1
    assert "Install the newer Callsheet" in capsys.readouterr().err
    assert run("run", "--port", "0") == 1
    assert "Install the newer Callsheet" in capsys.readouterr().err


def test_export_before_the_first_start(capsys: Out, tmp_path: Path) -> None:
    assert run("export", str(tmp_path / "x.zip")) == 1
    assert "There is no database yet" in capsys.readouterr().err


def test_doctor_on_a_fresh_machine_and_on_a_used_one(
    tmp_path: Path, capsys: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", "0")
    assert run("doctor", "--data", str(tmp_path / "new")) == 0
    said = capsys.readouterr().out
    for line in ("settings", "data", "database", "zones", "port", "slack", "model key"):
        assert f"OK  {line}" in said
    place_database(tmp_path)
    assert run("doctor") == 0
    assert "OK  migrations" in capsys.readouterr().out


def test_doctor_names_what_failed_and_what_to_do(tmp_path: Path, capsys: Out) -> None:
    data = place_database(tmp_path)
    migrate(f"sqlite:///{data / 'callsheet.db'}")
    database = Database(f"sqlite:///{data / 'callsheet.db'}")
    with database.write("T0CALLSHT1") as store:
        work_id = store.work.add("deliver", "k", 0, payload={"op": "send"})
    assert work_id is not None
    [row] = database.queue.claim(now=1, real=1, owner="me", lease_ms=1000, limit=1, per_workspace=1)
    database.queue.dead(row.id, "me", "is_archived")
    database.close()
    assert run("doctor") == 1
    said = capsys.readouterr().out
    assert f"FIX delivery    #{work_id} failed: is_archived" in said
    assert "ask for the card in another one" in said


def test_two_bots_do_not_share_one_sqlite_file(tmp_path: Path, capsys: Out, monkeypatch: pytest.MonkeyPatch) -> None:
    data = place_database(tmp_path)
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{data / 'callsheet.db'}")
    settings = load_settings(data_dir=tmp_path / "other")
    lock = take_lock(DataDir(tmp_path / "other").lock_for(settings))
    assert run("run", "--port", "0", "--data", str(tmp_path / "third")) == 1
    assert "Another Callsheet is running" in capsys.readouterr().err
    os.close(lock)
