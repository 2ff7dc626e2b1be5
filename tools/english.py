"""Fills the English catalogs: their sentences are the msgids themselves."""

import sys
from pathlib import Path

from babel.messages.pofile import read_po, write_po

for name in sys.argv[1:]:
    path = Path(name)
    with path.open("rb") as stream:
        catalog = read_po(stream)
    for message in catalog:
        if message.id and not any(message.string if isinstance(message.string, tuple) else (message.string,)):
            message.string = message.id
    with path.open("wb") as stream:
        write_po(stream, catalog, width=0, ignore_obsolete=True)
