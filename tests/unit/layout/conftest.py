"""Random examples are judged by what they find, never by how long a busy machine takes."""

import pytest
from hypothesis import HealthCheck, settings

from engine.layout.document import Document
from tests.unit.layout.scenes import DOG, WALL, layout_of

settings.register_profile(
    "scenewright", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("scenewright")


@pytest.fixture
def document() -> Document:
    return Document(layout_of(WALL, DOG))
