"""`python -m tests.workspace.standing FOLDER`: a workspace in a process of its own, to be killed."""

import asyncio
import sys
from pathlib import Path

from tests.workspace.harness import FakeBackstage, running


async def stand(folder: Path) -> None:
    async with running(folder, FakeBackstage()) as workspace:
        print(workspace.base_url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(stand(Path(sys.argv[1])))
