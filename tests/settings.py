"""The shop's own settings, plus the test-suite's app and one Redis database per test process."""

import os
import tempfile
from urllib.parse import urlsplit, urlunsplit

os.environ.setdefault("SHOP_SECRET_KEY", "only-for-the-test-suite-0123456789abcdef0123456789abcdef")
os.environ.setdefault("SHOP_ENCRYPTION_KEYS", "test1:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
os.environ.setdefault("SHOP_HASH_KEY", "only-for-the-test-suite-hash-key-0123456789abcdef")
if "DATA" not in os.environ:
    os.environ["DATA"] = tempfile.mkdtemp(prefix="jishi-test-")

from shop.settings import *  # noqa: F403
from shop.settings import CACHES, INSTALLED_APPS, REDIS_URL, STORAGES

INSTALLED_APPS = [*INSTALLED_APPS, "tests.shopfloor"]
SHOP_SUBSCRIPTIONS = "tests.shopfloor.subscriptions"

# Test processes that run side by side must not see each other's keys: worker gwN takes database N + 1.
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) + 1
REDIS_URL = urlunsplit(urlsplit(REDIS_URL)._replace(path=f"/{_worker}"))
CELERY_BROKER_URL = REDIS_URL
CACHES = {"default": {**CACHES["default"], "LOCATION": REDIS_URL}}

STORAGES = {
    **STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
