"""Every URL of the shop is assembled here."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, path
from django.views.i18n import set_language

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/language/", set_language, name="set_language"),
    path("admin/", admin.site.urls),
]
