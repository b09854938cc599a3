"""The storefront's console pages, without a browser."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django.fixtures import Settings

from catalog.models import HomeSection, Media
from shop.storefront.models import RelatedChoice
from tests.admin_ui.conftest import Login, login, roles, staff
from tests.catalog.factories import make_product
from tests.storefront.sections import make_section

__all__ = ["login", "roles", "staff"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = str(tmp_path)


def test_who_may_only_look_changes_nothing(login: Login):
    section = make_section()
    browser = login("auditor")
    assert 'name="do"' not in browser.get("/admin/home/").content.decode()
    browser.post("/admin/home/", {"do": f"delete:{section.pk}"})
    assert browser.get(f"/admin/home/{section.pk}/").status_code == 403
    assert browser.post(f"/admin/home/{section.pk}/", {"title": "x"}).status_code == 403
    assert HomeSection.objects.get().title == ""


def test_unknown_sections_kinds_and_actions_are_not_found(login: Login):
    browser = login("operations")
    for path in ("/admin/home/99/", "/admin/home/new/video/"):
        assert browser.get(path).status_code == 404
    for act in ("", "up", "up:x", "explode:1"):
        assert browser.post("/admin/home/", {"do": act}).status_code == 404
    assert browser.post("/admin/home/", {"do": "up:99"}).status_code == 302


def test_a_file_that_is_no_picture_is_said_beside_its_row(login: Login):
    browser = login("operations")
    form = {"row": ["0"], "title-0": "x", "upload-0": SimpleUploadedFile("a.jpg", b"<svg/>")}
    answer = browser.post("/admin/home/new/banners/", form)
    assert answer.status_code == 200
    assert answer.context["rows"][0].errors
    assert not HomeSection.objects.exists()
    assert not Media.objects.exists()


def test_what_was_typed_stays_when_the_form_is_refused(login: Login):
    browser = login("operations")
    form = {"title": "公告", "row": ["0", "1", "x"], "title-0": "", "title-1": "好", "limit": "many"}
    answer = browser.post("/admin/home/new/notices/", form)
    assert answer.status_code == 200
    assert [row.title for row in answer.context["rows"]] == ["", "好"]
    answer = browser.post("/admin/home/new/notices/", {**form, "limit": ""})
    assert answer.context["rows"][0].errors
    assert not HomeSection.objects.exists()
    group = {"source": "category", "limit": "5"}
    answer = browser.post("/admin/home/new/products/", group)
    assert list(answer.context["form"].errors) == ["category"]


def test_finding_products(login: Login):
    product = make_product(title="明前龙井")
    browser = login("operations")

    def found(text: str) -> list[int]:
        answer = browser.get("/admin/storefront/lookup/", {"q": text})
        return [row["id"] for row in answer.json()["results"]]

    assert found("龙井") == found(str(product.pk)) == [product.pk]
    assert found("") == found("没有") == found("\x00") == []


def test_related_choices_by_form(login: Login):
    told, other = make_product(), make_product()
    browser = login("operations")
    for form in (
        {},
        {"product": str(told.pk)},
        {"product": str(told.pk), "other": str(told.pk), "do": "pin"},
        {"product": str(told.pk), "other": str(other.pk), "do": "like"},
        {"product": str(told.pk), "other": str(other.pk), "do": "forget"},
    ):
        assert browser.post("/admin/related/", form).status_code == 302
        assert not RelatedChoice.objects.exists()
    browser.post("/admin/related/", {"product": str(told.pk), "other": str(other.pk), "do": "pin"})
    assert RelatedChoice.objects.get().kind == "pin"
    assert browser.get("/admin/related/?product=987654").status_code == 200
