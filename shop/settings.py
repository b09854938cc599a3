"""Every deployment setting comes from the environment; docs/operations.md lists them all.

Settings that merchants change at run time are not here: see ``shop.core.runtime``.
"""

from datetime import timedelta
from pathlib import Path

import environ
from django.utils.translation import gettext_lazy as _
from redis.backoff import NoBackoff
from redis.retry import Retry

from admin_ui import theme
from shop.core.logs import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()


def secret(name: str) -> str:
    """Return a secret given as ``NAME``, or as a file named by ``NAME_FILE`` (container secrets)."""
    file = env.str(f"{name}_FILE", default="")
    if file:
        return Path(file).read_text(encoding="utf-8").strip()
    value: str = env.str(name, default="").replace("\\n", "\n")
    return value


DEBUG = env.bool("SHOP_DEBUG", default=False)
SECRET_KEY = secret("SHOP_SECRET_KEY")
SECRET_KEY_FALLBACKS = [key for key in secret("SHOP_SECRET_KEY_FALLBACKS").split(",") if key]
SHOP_ENCRYPTION_KEYS = secret("SHOP_ENCRYPTION_KEYS")
SHOP_HASH_KEY = secret("SHOP_HASH_KEY")
SHOP_BASE_URL = env.str("SHOP_BASE_URL", default="http://127.0.0.1:8000").rstrip("/")
SHOP_CLOCK_OFFSET = env.int("SHOP_CLOCK_OFFSET", default=0)
SHOP_THROTTLE_SCALE = env.float("SHOP_THROTTLE_SCALE", default=1.0)
SHOP_TRUSTED_PROXIES = env.int("SHOP_TRUSTED_PROXIES", default=0)
SHOP_WEB_THREADS = env.int("SHOP_WEB_THREADS", default=12)
SHOP_SUBSCRIPTIONS = "shop.subscriptions"
SHOP_METRICS_TOKEN = secret("SHOP_METRICS_TOKEN")
SHOP_LOG_FORMAT = env.str("SHOP_LOG_FORMAT", default="json")
SHOP_LOG_LEVEL = env.str("SHOP_LOG_LEVEL", default="INFO")
SENTRY_DSN = secret("SENTRY_DSN")
OTEL_EXPORTER_OTLP_ENDPOINT = env.str("OTEL_EXPORTER_OTLP_ENDPOINT", default="")
ALLOWED_HOSTS = env.list("SHOP_ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("SHOP_CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "admin_ui.apps.ConsoleConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_celery_beat",
    "django_prometheus",
    "constance",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_structlog",
    "shop.core",
    "shop.wechat",
    "shop.payments",
    "treebeard",
    "catalog",
    "members",
    "orders",
    "shop.walkthrough",
    "shop.storefront",
    "shop.demo",
    "admin_ui.apps.AdminUiConfig",
]

MIDDLEWARE = [
    "shop.core.api.middleware.RequestContextMiddleware",
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "shop.storefront.middleware.KeptReadsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "admin_ui.middleware.ConsoleSecurityMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "shop.urls"
WSGI_APPLICATION = "shop.wsgi.application"
ASGI_APPLICATION = "shop.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

SHOP_PGBOUNCER = env.bool("SHOP_PGBOUNCER", default=False)
DATABASES = {
    "default": {
        **env.db_url("DATABASE_URL", default="postgres://postgres@127.0.0.1:5432/jishi"),
        "CONN_MAX_AGE": env.int("SHOP_DB_CONN_MAX_AGE", default=60),
        "CONN_HEALTH_CHECKS": True,
        # Behind pgbouncer in transaction mode a server-side cursor would lose its connection.
        "DISABLE_SERVER_SIDE_CURSORS": SHOP_PGBOUNCER,
        # A database that is gone must show as 503 in seconds, not when TCP gives up.
        "OPTIONS": {
            "connect_timeout": 3,
            "application_name": "shop",
            # For shop.core.prepared; pgbouncer refuses a connection that asks for it.
            **({} if SHOP_PGBOUNCER else {"options": "-c plan_cache_mode=force_generic_plan"}),
        },
    }
}
REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "shop",
        "OPTIONS": {
            "socket_connect_timeout": 0.5,
            "socket_timeout": 1.0,
            # The library's own retries would hold a request for seconds while Redis is down.
            "retry": Retry(NoBackoff(), 1),
        },
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale", BASE_DIR / "locale" / "vendor"]
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

UNFOLD = theme.UNFOLD

DATA_DIR = Path(env.str("DATA", default=str(BASE_DIR / "var")))
STATIC_URL = "/static/"
STATIC_ROOT = env.str("SHOP_STATIC_ROOT", default=str(DATA_DIR / "static"))
MEDIA_URL = "/media/"
MEDIA_ROOT = env.str("SHOP_MEDIA_ROOT", default=str(DATA_DIR / "media"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Workbooks and the like: inside the media volume, which web and workers share, but hidden. No server of
    # files gives out a name that begins with a dot, and the storage has no address.
    "private": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": f"{MEDIA_ROOT}/.private", "base_url": None},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# ShopView sets all of this for our own views; here it holds for views of libraries.
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["shop.core.api.authentication.MemberAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["shop.core.api.permissions.IsMember"],
    "DEFAULT_PARSER_CLASSES": ["shop.core.api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["shop.core.api.renderers.OrjsonRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "shop.core.api.exceptions.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
    "COERCE_DECIMAL_TO_STRING": True,
    "DATETIME_FORMAT": None,  # moments stay moments until shop.core.json writes them, all alike
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Jishi",
    "DESCRIPTION": (
        "A WeChat mini-program shop. Money is integer fen, times are RFC 3339 with offset, refusals are"
        " problem+json with a stable `code`."
    ),
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["shop.core.api.permissions.Public"],
    "SERVE_AUTHENTICATION": [],
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "CardKindEnum": "members.cards.models.CARD_KINDS",
        "OrderStatusEnum": "orders.models.Order.Status",
        "OrderListEnum": "orders.api.inputs.LISTS",
        "OrderRefundStatusEnum": "orders.api.schemas.REFUND_STATES",
        "PaymentStateEnum": "shop.payments.models.Payment.State",
    },
    "PATH_CONVERTER_OVERRIDES": {
        "id": {"type": "integer", "minimum": 1, "maximum": 2**63 - 1},
        "number": {"type": "string", "pattern": "^[0-9A-Z]{1,32}$"},
        "scene": {"type": "string", "pattern": r"^[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}$"},
        "version": {"type": "string", "pattern": r"^[0-9A-Za-z._\-]{1,20}$"},
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "shop.core.api.schema.add_problems",
        "shop.wechat.api.schema.add_callbacks",
    ],
}
# scope: (calls, seconds, counted by "ip" or "member"); a member who is not logged in is counted by address.
# Every call counts in "general"; SHOP_THROTTLE_SCALE multiplies them all.
SHOP_THROTTLES = {
    "general": (600, 60, "member"),
    "login": (30, 60, "ip"),
    "refresh": (60, 60, "ip"),
    "pay": (30, 60, "member"),
    "write": (120, 60, "member"),
    "phone": (10, 3600, "member"),
    "redeem": (20, 3600, "member"),
    "export": (10, 3600, "member"),
    "upload": (30, 60, "member"),
    "search": (120, 60, "member"),
    "notify": (6000, 60, "ip"),
    "console_login": (20, 300, "ip"),
    "console_account": (50, 3600, "ip"),
}
# What `manage.py sync_shop` runs after every deployment, and `manage.py load_demo` on a first start.
SHOP_SYNC_STEPS = [
    "shop.core.access.sync_roles",
    "shop.core.jobs.sync_schedules",
    "catalog.services.places.sync_places",
]
# What a fresh shop starts with; the demonstration's goods only if they are wanted.
SHOP_DEMO_LOADERS = ["members.demo.load_agreements"]
if env.bool("SHOP_DEMO", default=True):
    SHOP_DEMO_LOADERS += [
        "members.wallet.demo.load_packages",
        "members.points.demo.load_rules",
        "members.cards.demo.load_cards",
        "members.tiers.demo.load_tiers",
        "members.rewards.demo.load_rewards",
        "shop.demo.loading.load_goods",
        "members.points.demo.load_mall",
        "shop.demo.home.load_home",
        "shop.demo.loading.load_members",
        "shop.demo.histories.load_histories",
    ]

LOGGING_CONFIG = "logging.config.dictConfig"
LOGGING = logging_config(style=SHOP_LOG_FORMAT, level=SHOP_LOG_LEVEL)
DJANGO_STRUCTLOG_CELERY_ENABLED = True

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default=REDIS_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
}
# How many tasks share a database connection: all; its age and health decide (shop.celery).
CELERY_DB_REUSE_MAX = 2**31
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_TIME_LIMIT = 600
CELERY_TASK_SOFT_TIME_LIMIT = 540
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_TIMEZONE = TIME_ZONE
DJANGO_CELERY_BEAT_TZ_AWARE = True

WECHAT_APPID = env.str("WECHAT_APPID", default="")
WECHAT_SECRET = secret("WECHAT_SECRET")
WECHAT_API_BASE_URL = env.str("WECHAT_API_BASE_URL", default="https://api.weixin.qq.com").rstrip("/")
# Where new-order alerts may go: the group-chat robots of WeCom and DingTalk, and nothing else.
SHOP_ROBOT_ORIGINS = {"wecom": ("https://qyapi.weixin.qq.com",), "dingtalk": ("https://oapi.dingtalk.com",)}
WECHAT_PROXY_URL = env.str("WECHAT_PROXY_URL", default="")
WECHAT_MESSAGE_TOKEN = secret("WECHAT_MESSAGE_TOKEN")
WECHAT_MESSAGE_AES_KEY = secret("WECHAT_MESSAGE_AES_KEY")
WECHATPAY_BASE_URL = env.str("WECHATPAY_BASE_URL", default="https://api.mch.weixin.qq.com").rstrip("/")
WECHATPAY_BACKUP_BASE_URL = env.str("WECHATPAY_BACKUP_BASE_URL", default="").rstrip("/")
WECHATPAY_MCHID = env.str("WECHATPAY_MCHID", default="")
WECHATPAY_CERT_SERIAL = env.str("WECHATPAY_CERT_SERIAL", default="")
WECHATPAY_PRIVATE_KEY = secret("WECHATPAY_PRIVATE_KEY")
WECHATPAY_APIV3_KEY = secret("WECHATPAY_APIV3_KEY")
WECHATPAY_PUBLIC_KEY_ID = env.str("WECHATPAY_PUBLIC_KEY_ID", default="")
WECHATPAY_PUBLIC_KEY = secret("WECHATPAY_PUBLIC_KEY")
WECHATPAY_PLATFORM_CERTS = secret("WECHATPAY_PLATFORM_CERTS")
WECHATPAY_NOTIFY_BASE_URL = env.str("WECHATPAY_NOTIFY_BASE_URL", default=SHOP_BASE_URL).rstrip("/")

CONSTANCE_BACKEND = "constance.backends.database.DatabaseBackend"
CONSTANCE_CONFIG: dict[str, tuple[object, ...]] = {}

LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
PASSWORD_RESET_TIMEOUT = 24 * 3600

JWT_ACCESS_LIFETIME = timedelta(hours=2)
JWT_REFRESH_LIFETIME = timedelta(days=30)

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = SHOP_BASE_URL.startswith("https://")
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE
if SHOP_TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Picture servers of the merchant's own network from which imports may fetch (host or host:port).
SHOP_INTERNAL_PICTURE_HOSTS = env.list("SHOP_INTERNAL_PICTURE_HOSTS", default=[])

DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
