"""Operation is strict: cookies, secrets and login of the production settings, read in a process of their own."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAMES = [
    "SESSION_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_SAMESITE", "SESSION_COOKIE_NAME",
    "SESSION_COOKIE_AGE", "CSRF_COOKIE_SECURE", "CSRF_COOKIE_HTTPONLY", "CSRF_COOKIE_NAME", "SECURE_HSTS_SECONDS",
    "ACCOUNT_EMAIL_VERIFICATION", "ACCOUNT_LOGOUT_ON_GET", "ACCOUNT_SIGNUP_OPEN", "ALLAUTH_TRUSTED_PROXY_COUNT",
    "AUTHENTICATION_BACKENDS", "WAGTAIL_PASSWORD_MANAGEMENT_ENABLED", "WAGTAILUSERS_PASSWORD_ENABLED", "LOGIN_URL",
    "WAGTAILADMIN_LOGIN_URL", "INSTALLED_APPS",
]  # fmt: skip
CODE = f"""
import json, django
from django.conf import settings
django.setup()
values = {{name: getattr(settings, name) for name in {NAMES!r}}}
values["demo"] = getattr(settings, "DEMO", False)
values["insecure_webauthn"] = getattr(settings, "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN", False)
print(json.dumps(values))
"""


def test_production_settings_are_strict(tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "portal.settings.base", "SECRET_KEY": "x" * 60,
        "BASE_URL": "https://portal.example", "ALLOWED_HOSTS": "portal.example", "VAR_DIR": str(tmp_path),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", CODE], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    values = json.loads(done.stdout)
    installed = values.pop("INSTALLED_APPS")
    assert "django.contrib.admin" not in installed
    assert values == {
        "SESSION_COOKIE_SECURE": True,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_NAME": "__Host-session",
        "SESSION_COOKIE_AGE": 43200,
        "CSRF_COOKIE_SECURE": True,
        "CSRF_COOKIE_HTTPONLY": True,
        "CSRF_COOKIE_NAME": "__Host-csrf",
        "SECURE_HSTS_SECONDS": 63072000,
        "ACCOUNT_EMAIL_VERIFICATION": "mandatory",
        "ACCOUNT_LOGOUT_ON_GET": False,
        "ACCOUNT_SIGNUP_OPEN": True,
        "ALLAUTH_TRUSTED_PROXY_COUNT": 1,
        "AUTHENTICATION_BACKENDS": ["portal.accounts.backends.AccountBackend"],
        "WAGTAIL_PASSWORD_MANAGEMENT_ENABLED": False,
        "WAGTAILUSERS_PASSWORD_ENABLED": False,
        "LOGIN_URL": "account_login",
        "WAGTAILADMIN_LOGIN_URL": "account_login",
        "demo": False,
        "insecure_webauthn": False,
    }
