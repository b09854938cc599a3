"""The yardstick: the least that Django behind granian can do for a request, on the machine of the run."""

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, JsonResponse
from django.urls import path

settings.configure(
    DEBUG=False,
    SECRET_KEY="only-a-yardstick",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    LOGGING_CONFIG=None,
    USE_TZ=True,
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.middleware.common.CommonMiddleware",
    ],
)
django.setup()


def plain(request: HttpRequest) -> JsonResponse:
    """Answer without touching anything."""
    return JsonResponse({"code": 0, "message": "ok", "data": {"hello": "world"}})


urlpatterns = [path("plain", plain)]
application = get_wsgi_application()
