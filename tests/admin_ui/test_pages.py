"""Every console page: it opens for those who may, and only for them."""

import pytest
from django.contrib import admin
from django.urls import reverse

from shop.core.permissions import Role
from tests.admin_ui.conftest import Login

pytestmark = pytest.mark.django_db


def test_owner_opens_every_page(login: Login) -> None:
    browser = login("owner")
    for entry in ("index",):
        assert browser.get(reverse(f"admin:{entry}")).status_code == 200
    from admin_ui.navigation import entries
    from django.test import RequestFactory
    request = RequestFactory().get("/admin/")
    from django.contrib.auth.models import User
    request.user = User.objects.get()
    for e in entries(request):
        r = browser.get(e.link)
        print(e.link, r.status_code)
        assert r.status_code == 200, e.link
    for model in admin.site._registry:
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        print(url, browser.get(url).status_code)
    print(browser.get("/admin/").content.decode()[:1500])
