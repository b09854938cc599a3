"""ASGI entry point, for servers that speak only ASGI; granian with WSGI is what we measure and deploy."""

import os

from django.core.asgi import get_asgi_application

import shop.celery  # noqa: F401  binds shared tasks to our Celery application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")

application = get_asgi_application()
