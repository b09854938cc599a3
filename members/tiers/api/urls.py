"""Routes of the tiers room."""

from django.urls import path

from members.tiers.api import views

urlpatterns = [
    path("tiers", views.TiersView.as_view(), name="tiers"),
    path("me/tier", views.MyTierView.as_view(), name="me-tier"),
]
