"""Test settings: file database, plain static files, a cache of its own for each worker."""

import hashlib
import os
import tempfile
from pathlib import Path

from portal.settings.env import env

env.loosen(
    SECRET_KEY="only-for-tests-0123456789-0123456789-0123456789",  # noqa: S106 - loosened on purpose
    BASE_URL="http://testserver",
    ALLOWED_HOSTS="testserver,127.0.0.1,localhost",
    SECURE_SSL_REDIRECT="false",
    SECURE_HSTS_SECONDS="0",
    TRUST_PROXY_HEADERS="false",
    LOG_LEVEL="WARNING",
)

from portal.settings.base import *  # noqa: E402

CONSULTATIONS_OPEN = True

_worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
# One folder for each checkout, so that two of them on one machine do not clear each other's cache.
_checkout = hashlib.sha256(str(BASE_DIR).encode()).hexdigest()[:8]
_default_dir = Path(tempfile.gettempdir()) / f"kompetenzportal-{os.getuid()}-{_checkout}"
TEST_DIR = Path(os.environ.get("TEST_DIR", _default_dir)) / _worker
TEST_DIR.mkdir(parents=True, exist_ok=True)

VAR_DIR = TEST_DIR
MEDIA_ROOT = TEST_DIR / "media"
STAGING_DIR = TEST_DIR / "word"
SEARCH_INDEX_DIR = TEST_DIR / "index"
EMAIL_FILE_PATH = TEST_DIR / "mail"
# Not where `make run` collects them: tests would read the style sheets of some day before.
STATIC_ROOT = TEST_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # The in-memory database ignores the timeout and cannot be opened by a second process.
    DATABASES["default"]["NAME"] = str(TEST_DIR / "portal.sqlite3")
    DATABASES["default"]["TEST"] = {"NAME": str(TEST_DIR / "test.sqlite3")}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": str(TEST_DIR / "cache"),
    }
}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
SESSION_COOKIE_NAME = "session"
SESSION_COOKIE_SECURE = False
CSRF_COOKIE_NAME = "csrf"
CSRF_COOKIE_SECURE = False
# A thread that writes would disturb the transactions of the tests; those that need it start it.
VISITS_FLUSH_SECONDS = 0
# The cluster that tests of it use; all others ask the embedded index.
TEST_ELASTICSEARCH_URL, ELASTICSEARCH_URL = ELASTICSEARCH_URL, []
ELASTICSEARCH_PREFIX = f"test-{_checkout}-{_worker}"
ELASTICSEARCH_REPLICAS = 0
