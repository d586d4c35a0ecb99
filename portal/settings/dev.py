"""Development and `make run`: everything local, nothing to set, mails as files."""

from portal.settings.env import env

env.loosen(
    SECRET_KEY="only-for-development-never-for-operation-0123456789",  # noqa: S106 - loosened on purpose
    BASE_URL="http://127.0.0.1:8000",
    ALLOWED_HOSTS="127.0.0.1,localhost,[::1]",
    SECURE_SSL_REDIRECT="false",
    SECURE_HSTS_SECONDS="0",
    TRUST_PROXY_HEADERS="false",
    LOG_LEVEL="WARNING",
    CONSULTATIONS_OPEN="true",
)

from portal.settings.base import *  # noqa: E402

DEBUG = env.flag("DEBUG", False)
DEMO = True
SESSION_COOKIE_NAME = "session"
SESSION_COOKIE_SECURE = False
CSRF_COOKIE_NAME = "csrf"
CSRF_COOKIE_SECURE = False
# Passkeys work without https on http://localhost; a bare IP address is no valid host for them.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
