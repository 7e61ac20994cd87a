"""BottleCRM's settings for `make crm`. Read by its own interpreter, in which Kith does not exist.

One machine, no broker, no mail, no network: tasks run where they are asked for, mail is thrown away.
"""

from pathlib import Path

from crm.settings import *  # noqa: F403  they are its settings; what follows differs

_LOGS = Path.cwd()

# Its tasks send mail to colleagues and call webhooks: neither needs a queue of its own here.
CELERY_TASK_ALWAYS_EAGER = True
CELERY_BROKER_URL = "memory://"
CELERY_RESULT_BACKEND = "cache+memory://"
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.dummy.EmailBackend"}}

# Its admin shows itself without a directory of collected files.
STATIC_ROOT = None
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
MEDIA_ROOT = str(_LOGS / "media")

# It would write two files of its own into the working directory; what matters comes out of the process.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler", "level": "ERROR"}},
    "root": {"handlers": ["console"], "level": "ERROR"},
}

# Plain HTTP on localhost: a browser that was told otherwise refuses every other service there.
SECURE_HSTS_SECONDS = 0
