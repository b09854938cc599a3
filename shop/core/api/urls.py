"""Routes of the ground floor under ``/api/v1``."""

from django.urls import path

from shop.core.api.sessions import LogoutView, RefreshView

urlpatterns = [
    path("auth/refresh", RefreshView.as_view(), name="auth-refresh"),
    path("auth/logout", LogoutView.as_view(), name="auth-logout"),
]
