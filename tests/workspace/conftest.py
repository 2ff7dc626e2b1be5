"""The workspace, the driver and the small app that most tests here need."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.workspace.server import LocalWorkspace
from tests.workspace.harness import Driver, FakeBackstage, TrialApp, connected, driving, running


@pytest.fixture
def backstage() -> FakeBackstage:
    return FakeBackstage()


@pytest_asyncio.fixture
async def workspace(tmp_path: Path, backstage: FakeBackstage) -> AsyncIterator[LocalWorkspace]:
    async with running(tmp_path, backstage) as started:
        yield started


@pytest_asyncio.fixture
async def drive(workspace: LocalWorkspace) -> AsyncIterator[Driver]:
    async with driving(workspace) as driver:
        yield driver


@pytest_asyncio.fixture
async def app(workspace: LocalWorkspace) -> AsyncIterator[TrialApp]:
    async with connected(workspace) as trial:
        yield trial
