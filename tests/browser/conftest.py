"""Fixtures of the tests in Chromium."""

from tests.support.fake_platforms import pages, words  # noqa: F401 - fixtures
