"""Routes of the rewards room."""

from django.urls import path

from members.rewards.api import views

urlpatterns = [
    path("me/check-ins", views.CheckInsView.as_view(), name="me-check-ins"),
    path("me/invites", views.InvitesView.as_view(), name="me-invites"),
    path("me/tasks", views.TasksView.as_view(), name="me-tasks"),
    path("me/tasks/<id:task_id>/claims", views.TaskClaimsView.as_view(), name="me-task-claims"),
]
