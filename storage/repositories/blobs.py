"""Bytes of shared files."""

import hashlib
from datetime import datetime

from storage.tables import Blob
from storage.units import Unit, here

_BLOB = here(Blob, id="id")


class Blobs:
    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def add(self, content: bytes, *, name: str, mime: str, created_at: datetime) -> Blob:
        digest = hashlib.sha256(content).hexdigest()
        row = Blob(name=name, mime=mime, size=len(content), sha256=digest, content=content, created_at=created_at)
        return self._unit.insert(row)

    def get(self, blob_id: int) -> Blob:
        return self._unit.get("blob", blob_id, _BLOB, id=blob_id)
