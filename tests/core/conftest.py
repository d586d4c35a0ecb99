"""Two people whom the tests of the review share: who writes, and who reviews."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories.review import REVIEWER, person


@pytest.fixture
def anna() -> Any:
    return person("Anna")


@pytest.fixture
def bernd() -> Any:
    return person("Bernd", REVIEWER)
