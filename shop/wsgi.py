"""WSGI entry point, served by granian."""

import os

from django.core.wsgi import get_wsgi_application

import shop.celery  # noqa: F401  binds shared tasks to our Celery application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")

django_application = get_wsgi_application()

from shop.storefront.repeating import RepeatKeptAnswers  # noqa: E402  needs the applications loaded

application = RepeatKeptAnswers(django_application)
