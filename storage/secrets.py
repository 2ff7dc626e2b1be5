"""Secrets at rest: Fernet (AES-128-CBC with HMAC) under one key."""

from cryptography.fernet import Fernet, InvalidToken

from storage.errors import SecretError


class SecretBox:
    """Seals and opens short texts such as tokens.

    `key` is the url-safe base64 of 32 bytes, as `new_key` makes it; anything else raises SecretError.
    """

    def __init__(self, key: str | bytes) -> None:
        try:
            self._fernet = Fernet(key.strip())
        except ValueError as error:
            raise SecretError("The key for secrets must be 32 bytes in url-safe base64 (44 characters).") from error

    @staticmethod
    def new_key() -> str:
        return Fernet.generate_key().decode("ascii")

    def seal(self, text: str) -> str:
        return self._fernet.encrypt(text.encode("utf-8")).decode("ascii")

    def open(self, sealed: str | bytes) -> str:
        """The text that `seal` was given; SecretError when another key sealed it or it was damaged."""
        try:
            return self._fernet.decrypt(sealed).decode("utf-8")
        except InvalidToken as error:
            raise SecretError(
                "A stored secret cannot be opened with this key; restore the key that sealed it, "
                "or enter the secret again."
            ) from error
