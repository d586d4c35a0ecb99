"""Test settings for further processes a test starts: the same database, cache and folders, named by the parent."""

import os
from pathlib import Path

from portal.settings.test import *  # noqa: F403

DATABASES["default"]["NAME"] = os.environ["CHILD_DATABASE"]  # noqa: F405
ROOT_URLCONF = os.environ.get("CHILD_URLCONF", "portal.urls")
EMAIL_FILE_PATH = Path(os.environ.get("CHILD_MAIL", str(EMAIL_FILE_PATH)))  # noqa: F405
