"""Routes of the points room."""

from django.urls import path

from members.points.api import views

urlpatterns = [
    path("me/points", views.PointsView.as_view(), name="me-points"),
    path("me/points/entries", views.PointsEntriesView.as_view(), name="me-points-entries"),
    path("me/points/pending", views.PendingView.as_view(), name="me-points-pending"),
    path("me/growth", views.GrowthView.as_view(), name="me-growth"),
    path("me/growth/entries", views.GrowthEntriesView.as_view(), name="me-growth-entries"),
    path("me/shares/<id:product_id>", views.ShareView.as_view(), name="me-share"),
    path("points-mall", views.MallView.as_view(), name="points-mall"),
]
