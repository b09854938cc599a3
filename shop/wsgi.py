"""WSGI entry point, served by granian."""

import os

from shop.core.loading import loading

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")

with loading():
    from django.core.wsgi import get_wsgi_application

    import shop.celery

    django_application = get_wsgi_application()

    import shop.urls  # noqa: F401  a first request would wait for it
    from shop.storefront.repeating import RepeatKeptAnswers

application = RepeatKeptAnswers(django_application)
