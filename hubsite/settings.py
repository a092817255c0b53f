"""The hub's settings, all from the environment. README.md has the table of variables.

`HUB_DATA/hub.env`, where present, fills in what the environment does not set: `make run` writes generated
secrets there, so that later `manage.py` calls see the same hub.
"""

import os
import sys
from pathlib import Path

from environs import Env
from marshmallow.validate import OneOf, Range

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env()
DATA_DIR = Path(os.environ.get("HUB_DATA", BASE_DIR / ".data")).resolve()
if (DATA_DIR / "hub.env").is_file():
    env.read_env(str(DATA_DIR / "hub.env"), recurse=False)

# ---- the basics
DEBUG = env.bool("HUB_DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY", "only-for-debugging" if DEBUG else "")
HUB_ENCRYPTION_KEYS = env.str(
    "HUB_ENCRYPTION_KEYS", "debug:ZGVidWctb25seS1rZXktMzItYnl0ZXMtbG9uZyEhISE=" if DEBUG else ""
)
HUB_URL = env.str("HUB_URL", "http://127.0.0.1:8000").rstrip("/")
HUB_NAME = env.str("HUB_NAME", "Chapter Hub")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["127.0.0.1", "localhost"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", [HUB_URL])
ROOT_URLCONF = "hubsite.urls"
WSGI_APPLICATION = "hubsite.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TESTING = "pytest" in sys.modules

# ---- apps
INSTALLED_APPS = [
    "hubsite.apps.HubsiteConfig",
    "chapters.apps.ChaptersConfig",
    "playbooks.apps.PlaybooksConfig",
    "posts.apps.PostsConfig",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "lucide",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "csp",
]

MIDDLEWARE = [
    "hubsite.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "hubsite.middleware.PrivatePagesMiddleware",
    "hubsite.middleware.HtmxResponseMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "hubsite.frame.frame",
            ],
        },
    }
]

# ---- database: SQLite unless DATABASE_URL says otherwise
DATABASES = {"default": env.dj_db_url("DATABASE_URL", f"sqlite:///{DATA_DIR / 'hub.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # FULL: a committed attempt must survive a power cut, or a post could be sent twice
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

# ---- broker and cache: Redis where REDIS_URL is set, else folders and the database
REDIS_URL = env.str("REDIS_URL", "")
BROKER_DIR = DATA_DIR / "broker"
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": "hub",
            "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
        }
    }
else:
    CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "hub_cache"},
    }

# what a process may remember by itself for some seconds, with no server in between
CACHES["process"] = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "process"}

# ---- people and sign-in
AUTH_USER_MODEL = "chapters.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "chapters.auth.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_FORMS = {"signup": "chapters.auth.InvitedSignupForm"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"{HUB_NAME}: "
ACCOUNT_CHANGE_EMAIL = True  # one address a person; a new one counts once it is verified
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_RATE_LIMITS = {"connection_link": "60/m/ip"}  # beside the library's own
# or everybody would share the proxy's address, and its limits
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if env.bool("HUB_BEHIND_PROXY", False) else 0
ACCOUNT_USER_DISPLAY = "chapters.auth.user_display"
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HUB_URL.startswith("https://") else "http"
MFA_ADAPTER = "chapters.auth.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = HUB_NAME
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = HUB_URL.startswith(("http://127.0.0.1", "http://localhost"))
USERSESSIONS_TRACK_ACTIVITY = False
INVITATION_HOURS = env.int("INVITATION_HOURS", 72, validate=Range(min=1))

# ---- transport security: everything but loopback is HTTPS
SECURE = HUB_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_NAME = "__Host-session" if SECURE else "hub_session"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else "hub_csrf"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
CSRF_FAILURE_VIEW = "hubsite.errors.csrf_failure"
SECURE_SSL_REDIRECT = SECURE and env.bool("HUB_REDIRECT_TO_HTTPS", True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("HUB_BEHIND_PROXY", False) else None
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
PERMISSIONS_POLICY = {
    feature: [] for feature in ("camera", "geolocation", "microphone", "payment", "usb", "display-capture")
}
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "blob:"],
        "media-src": ["'self'"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}

# ---- language and time
LANGUAGE_CODE = "en"
USE_I18N = USE_TZ = True
TIME_ZONE = "UTC"
LOCALE_PATHS = [BASE_DIR / "locale"]

# ---- files
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(DATA_DIR / "static")))
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", str(DATA_DIR / "media")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or TESTING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
MEDIA_UPLOAD_MAX_BYTES = 20 * 1024 * 1024
MEDIA_MAX_PIXELS = 40_000_000
MEDIA_VIDEO_MAX_BYTES = env.int("MEDIA_VIDEO_MAX_BYTES", 200 * 1024 * 1024, validate=Range(min=1))

# ---- mail: printed unless a server is named
EMAIL_HOST = env.str("EMAIL_HOST", "")
EMAIL_PORT = env.int("EMAIL_PORT", 587)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", True)
EMAIL_TIMEOUT = 20
EMAIL_FILE_PATH = env.str("EMAIL_FILE_PATH", "")  # or a folder, one file a mail
if EMAIL_HOST:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
elif EMAIL_FILE_PATH:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
else:
    EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Chapter Hub <hub@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# ---- publishing
HUB_DRAINS = env.int("HUB_DRAINS", 2, validate=Range(min=1))  # drains that may linger at once
HUB_SENDERS = env.int("HUB_SENDERS", 16, validate=Range(min=1))  # requests in flight per drain
HUB_LEASE_SECONDS = env.float("HUB_LEASE_SECONDS", 90.0)
HUB_SEND_DEADLINE_SECONDS = env.float("HUB_SEND_DEADLINE_SECONDS", 30.0)
# after a call without an answer: how long until the account is read, and between two looks
HUB_QUARANTINE_SECONDS = env.float("HUB_QUARANTINE_SECONDS", 120.0)
HUB_RECHECK_SECONDS = env.float("HUB_RECHECK_SECONDS", 60.0)
HUB_ALLOW_LOOPBACK = env.bool("HUB_ALLOW_LOOPBACK", DEBUG)  # adapters may call this machine
SANDBOX_URL = env.str("SANDBOX_URL", "").rstrip("/")  # empty = the practice network is off
# every platform for practice: calls go to the practice network's stand-ins, and none to the platforms
HUB_PRACTICE = env.bool("HUB_PRACTICE", False) and bool(SANDBOX_URL)

# ---- the hub's registrations with platforms; a platform is offered where both are set
HUB_APPS = {
    platform: (env.str(f"{platform.upper()}_APP_ID", ""), env.str(f"{platform.upper()}_APP_SECRET", ""))
    for platform in ("facebook", "instagram", "threads", "linkedin", "x")
}
HUB_PLATFORM_OPTIONS = {
    "facebook": {"version": env.str("FACEBOOK_VERSION", "v26.0")},
    "instagram": {"version": env.str("INSTAGRAM_VERSION", "v26.0")},
    "linkedin": {
        "version": env.str("LINKEDIN_VERSION", "202609"),
        "scopes": env.str("LINKEDIN_SCOPES", ""),  # empty = all that the hub can use
    },
}

# ---- log: one JSON object a line
LOG_FORMAT = env.str("LOG_FORMAT", "json", validate=OneOf(["json", "plain"]))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "hubsite.logs.RequestIdFilter"}},
    "formatters": {
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "fmt": "%(asctime)s %(levelname)s %(name)s %(message)s %(request_id)s",
            "rename_fields": {"asctime": "at", "levelname": "level", "name": "logger"},
        },
        "plain": {"format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"},
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["request_id"]}
    },
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {
        "django.security.DisallowedHost": {"level": "ERROR"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
    },
}
