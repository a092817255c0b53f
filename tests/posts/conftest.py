"""Fixtures of the tests of posts and accounts."""

from tests.support.fake_platforms import pages, words  # noqa: F401 - fixtures
