"""Settings from the environment and `.env`: read once, checked, then frozen. The only reader of the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

SLACK_API = "https://slack.com/api/"


class Refused(Exception):
    """A command that cannot be carried out; the text says what happened and what to do next."""


class SettingsError(Refused):
    """One sentence per fault, fit to be printed; never holds a value that may be secret."""


class Settings(BaseModel):
    """All that can be set. Field names are the environment's names in lower case."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    data_dir: Path = Path("data")
    database_url: SecretStr = SecretStr("")
    secret_key: SecretStr = SecretStr("")
    slack_bot_token: SecretStr = SecretStr("")
    slack_app_token: SecretStr = SecretStr("")
    slack_signing_secret: SecretStr = SecretStr("")
    slack_base_url: str = SLACK_API
    host: str = "127.0.0.1"
    port: int = Field(default=8765, ge=0, le=65535)
    log_format: Literal["text", "json"] = "text"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    pacing: Literal["on", "off"] = "on"
    turn_workers: int = Field(default=8, ge=1, le=64)
    deliveries: int = Field(default=16, ge=1, le=64)
    lease_s: float = Field(default=60.0, ge=1.0, le=600.0)
    sqlite_synchronous: Literal["FULL", "NORMAL"] = "FULL"
    model_api_key: SecretStr = SecretStr("")

    @field_validator("slack_bot_token")
    @classmethod
    def _is_bot_token(cls, value: SecretStr) -> SecretStr:
        return starts_with(value, "xoxb-", "the bot token of the page “OAuth & Permissions”")

    @field_validator("slack_app_token")
    @classmethod
    def _is_app_token(cls, value: SecretStr) -> SecretStr:
        return starts_with(value, "xapp-", "the app-level token of the page “Basic Information”")

    @field_validator("slack_base_url")
    @classmethod
    def _is_url(cls, value: str) -> str:
        if not re.match(r"https?://[^/]+/", value):
            raise ValueError("must be a URL that ends with /, like https://slack.com/api/")
        return value

    @field_validator("database_url")
    @classmethod
    def _is_database(cls, value: SecretStr) -> SecretStr:
        url = value.get_secret_value()
        if url and not re.match(r"(sqlite:///|postgres(ql)?(\+psycopg)?://)", url):
            raise ValueError("must begin with sqlite:/// or postgresql://")
        return value

    @model_validator(mode="after")
    def _belongs_together(self) -> Settings:
        has_bot, has_app = (
            bool(self.slack_bot_token.get_secret_value()),
            bool(self.slack_app_token.get_secret_value()),
        )
        has_secret = bool(self.slack_signing_secret.get_secret_value())
        if has_bot and not (has_app or has_secret):
            raise ValueError(
                "SLACK_BOT_TOKEN is set; set SLACK_APP_TOKEN too (Socket Mode), or SLACK_SIGNING_SECRET (HTTP)"
            )
        if (has_app or has_secret) and not has_bot:
            raise ValueError("SLACK_BOT_TOKEN is missing beside the other Slack settings")
        if self.on_postgres and not self.secret_key.get_secret_value():
            raise ValueError("SECRET_KEY is required on PostgreSQL: run `callsheet init` to make one")
        return self

    @property
    def database(self) -> str:
        """The database's URL; SQLite in the data directory unless set."""
        return self.database_url.get_secret_value() or f"sqlite:///{self.data_dir.resolve() / 'callsheet.db'}"

    @property
    def sqlite_file(self) -> Path | None:
        """The file of the SQLite database; None on PostgreSQL."""
        if self.on_postgres:
            return None
        return Path(self.database.removeprefix("sqlite:///")).resolve()

    @property
    def on_postgres(self) -> bool:
        return self.database_url.get_secret_value().startswith("postgres")

    @property
    def has_slack(self) -> bool:
        return bool(self.slack_bot_token.get_secret_value())

    @property
    def slack_is_local(self) -> bool:
        """Whether "Slack" is a local workspace on this machine."""
        return urlsplit(self.slack_base_url).hostname in {"127.0.0.1", "localhost", "::1"}

    @property
    def socket_mode(self) -> bool:
        return bool(self.slack_app_token.get_secret_value())


def starts_with(value: SecretStr, prefix: str, what: str) -> SecretStr:
    if value.get_secret_value() and not value.get_secret_value().startswith(prefix):
        raise ValueError(f"must begin with {prefix} ({what})")
    return value


def load_settings(env: Mapping[str, str] | None = None, env_file: Path | None = None, **given: Any) -> Settings:
    """Settings from `given` (command line), then the environment, then `.env`; empty values count as not set.

    Raises SettingsError with one sentence per fault.
    """
    file_values = dotenv_values(env_file or Path(".env")) if (env_file or Path(".env")).exists() else {}
    merged = {**file_values, **(os.environ if env is None else env)}
    names = {name.upper(): name for name in Settings.model_fields}
    values: dict[str, Any] = {names[key]: value for key, value in merged.items() if key in names and value}
    values.update({name: value for name, value in given.items() if value is not None})
    try:
        return Settings(**values)
    except ValidationError as error:
        raise SettingsError("\n".join(sentence(fault) for fault in error.errors())) from None


PLAIN = {
    "int_parsing": "must be a whole number",
    "float_parsing": "must be a number",
    "literal_error": "must be one of {expected}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
}


def sentence(fault: Any) -> str:
    """A pydantic fault as one clear sentence that names the variable."""
    text = PLAIN.get(str(fault["type"]), str(fault["msg"])).removeprefix("Value error, ").format(**fault.get("ctx", {}))
    name = ".".join(str(part) for part in fault["loc"]).upper()
    return f"{name}: {text}." if name else f"{text}."
