"""Fixtures shared by every test, one module per real part under ``tests/fixtures``."""

pytest_plugins = [
    "tests.fixtures.parts",
    "tests.fixtures.server",
    "tests.fixtures.postgres",
    "tests.fixtures.keyring",
    "tests.fixtures.laptop",
]
