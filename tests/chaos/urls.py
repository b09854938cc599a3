"""The shop's URLs and the bill counter's."""

from django.urls import include, path

from shop.urls import handler400, handler403, handler404, handler500
from shop.urls import urlpatterns as shop_urls

__all__ = ["handler400", "handler403", "handler404", "handler500"]

urlpatterns = [path("api/v1/", include("tests.shopfloor.api")), *shop_urls]
