"""Every setting of Kith, read top-down. What may differ per deployment comes from the environment."""

from pathlib import Path
from typing import Any

import environ
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from cdp_site import theme
from cdp_site.embedded import paths

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# --- What this deployment is -----------------------------------------------------------------
DEBUG = env.bool("KITH_DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or paths.secret("secret_key")
ALLOWED_HOSTS = env.list("KITH_ALLOWED_HOSTS", default=["*"])
CSRF_TRUSTED_ORIGINS = env.list("KITH_TRUSTED_ORIGINS", default=[])
COMPANY = env.str("KITH_COMPANY", default="Kith Outdoor")
CURRENCY = env.str("KITH_CURRENCY", default="EUR")

# --- Apps ------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "cdp_site.apps.KithConfig",
    # The theme's templates go before those of the admin.
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "cdp_site.apps.KithAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "knox",
    "django_celery_beat",
    "profiles",
    "segments",
    "tracking",
    "scoring",
    "connectors",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
]
ROOT_URLCONF = "cdp_site.urls"
WSGI_APPLICATION = "cdp_site.wsgi.application"
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
                "csp.context_processors.nonce",
            ]
        },
    }
]

# --- Data ------------------------------------------------------------------------------------
DATABASES: dict[str, dict[str, Any]] = {
    "default": env.db_url_config(env.str("DATABASE_URL", default="") or paths.database_url())
}
DATABASES["default"]["CONN_MAX_AGE"] = 600
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# Messages waiting to be applied, above which collectors answer 429: about two minutes of the worker.
BACKLOG_LIMIT = env.int("KITH_BACKLOG_LIMIT", default=1_000_000)
# Publishing a rule that moves more people takes a second person; 0: never.
REVIEW_ABOVE = env.int("KITH_REVIEW_ABOVE", default=100_000)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Tasks: what is scheduled; an event never travels here --------------------------------------
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="") or paths.broker_url()
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TIMEZONE = "UTC"

# --- Other systems ---------------------------------------------------------------------------
# The first one encrypts credentials, all of them decrypt: a new key goes in front.
CREDENTIALS_KEYS = env.list("KITH_CREDENTIALS_KEYS", default=[]) or [paths.secret("credentials_key")]
# Where people reach Kith: links to it that other systems keep begin so.
PUBLIC_URL = env.str("KITH_URL", default="http://localhost:" + env.str("KITH_PORT", default="8000")).rstrip("/")

# --- Language and time ------------------------------------------------------------------------
LANGUAGE_CODE = env.str("KITH_LANGUAGE", default="en")
LANGUAGES = [("en", _("English")), ("fr", _("French"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "cdp_site.formats"
# Midnights, calendar months and dates in rules are those of this zone.
TIME_ZONE = env.str("KITH_TIME_ZONE", default="Europe/Paris")
USE_TZ = True

# --- Files and security ------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = paths.data_dir() / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
SECURE_CONTENT_TYPE_NOSNIFF = True
SESSION_COOKIE_HTTPONLY = True
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        # The admin theme's Alpine evaluates its directives and styles inline.
        "script-src": [SELF, "'unsafe-eval'"],
        "style-src": [SELF, "'unsafe-inline'"],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
        "base-uri": [SELF],
    }
}
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

# --- Screens -----------------------------------------------------------------------------------
UNFOLD = theme.UNFOLD

# --- API ---------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "cdp_site.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["cdp_site.permissions.ModelPermissions"],
    "DEFAULT_PARSER_CLASSES": ["cdp_site.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "cdp_site.pagination.KeysetPagination",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "cdp_site.problems.problem_details",
    "PAGE_SIZE": 100,
}
REST_KNOX = {"TOKEN_TTL": None, "AUTH_HEADER_PREFIX": "Token"}
SPECTACULAR_SETTINGS = {
    "TITLE": "Kith",
    "DESCRIPTION": "People, segments and how they change.",
    "VERSION": "0.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "cdp_site.problems.describe",
    ],
    "ENUM_NAME_OVERRIDES": {
        "SourceKind": "profiles.models.Source.Kind",
        "SegmentState": "segments.models.Segment.State",
        "TransitionKind": "segments.transitions.KINDS",
        "Cause": "segments.models.Cause",
    },
}

# --- Logs ----------------------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "without_people": {"()": "cdp_site.logs.WithoutPeople"},
        "without_health": {"()": "cdp_site.logs.WithoutHealth"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO"},
        # What a client did wrong is in the answer to the client.
        "django.request": {"filters": ["without_people", "without_health"], "level": "ERROR"},
    },
}
