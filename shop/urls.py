"""Every URL of the shop is assembled here."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from shop.core import health, metrics
from shop.core.api import schema as _schema  # noqa: F401  tells drf-spectacular about our fields and scheme
from shop.media import media

# The routes of the console are those of its pages.
admin.autodiscover()

# What is asked most comes first: a request is compared with one route after the other.
api: list[URLPattern | URLResolver] = [
    path("", include("shop.storefront.api.urls")),
    path("", include("orders.api.urls")),
    path("", include("shop.core.api.urls")),
    path("", include("shop.payments.api.urls")),
    path("", include("shop.wechat.api.urls")),
    path("", include("catalog.api.urls")),
    path("", include("members.api.urls")),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include(api)),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
    path("admin/language/", set_language, name="set_language"),
    path("admin/", admin.site.urls),
    path("media/<path:path>", media, name="media"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
]

handler400 = "shop.core.api.handlers.bad_request"
handler403 = "shop.core.api.handlers.permission_denied"
handler404 = "shop.core.api.handlers.page_not_found"
handler500 = "shop.core.api.handlers.server_error"
