"""Fixtures shared by every test, one module per real part under ``tests/fixtures``.

Hypothesis does not time examples: timing belongs in ``make bench``. In CI it draws the same
examples each time, so that a red run can be repeated.
"""

import os

from hypothesis import HealthCheck, settings

pytest_plugins = [
    "tests.fixtures.parts",
    "tests.fixtures.server",
    "tests.fixtures.postgres",
    "tests.fixtures.keyring",
    "tests.fixtures.laptop",
    "tests.fixtures.power",
    "tests.fixtures.map_service",
    "tests.fixtures.browser",
]

settings.register_profile(
    "fieldcrm",
    deadline=None,
    derandomize=os.environ.get("CI") == "true",
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("fieldcrm")
