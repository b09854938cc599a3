"""The test-suite's settings for whole shops in processes of their own, with the bill counter's routes."""

from tests.settings import *  # noqa: F403

ROOT_URLCONF = "tests.chaos.urls"
