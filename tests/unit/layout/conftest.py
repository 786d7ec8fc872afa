"""Random examples are judged by what they find, never by how long a busy machine takes."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "scenewright", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("scenewright")
