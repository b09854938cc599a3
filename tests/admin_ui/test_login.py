"""Logging in: bounded tries, no hints, language."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from shop.core.redis import client as redis_client
from shop.core.redis import resume
from tests.admin_ui.conftest import PASSWORD

pytestmark = pytest.mark.django_db
LOGIN = "/admin/login/"


@pytest.fixture(autouse=True)
def boss(settings: Any) -> User:
    resume()
    redis_client().flushdb()
    settings.SHOP_THROTTLE_SCALE = 1.0
    settings.SHOP_THROTTLES = {
        **settings.SHOP_THROTTLES,
        "console_login": (5, 300, "ip"),
        "console_account": (8, 3600, "ip"),
    }
    return User.objects.create_superuser("boss", password=PASSWORD)


def attempt(password: str, username: str = "boss", address: str = "10.0.0.1", language: str = "zh-CN") -> Any:
    browser = Client(REMOTE_ADDR=address, headers={"accept-language": language})
    return browser.post(LOGIN, {"username": username, "password": password})


def test_the_right_password_gets_in() -> None:
    assert attempt(PASSWORD).status_code == 302


def test_an_address_is_stopped_even_with_the_right_password() -> None:
    for _try in range(5):
        assert "请输入一个正确的" in attempt("wrong").content.decode()
    answer = attempt(PASSWORD)
    assert answer.status_code == 200
    assert "尝试次数过多" in answer.content.decode()
    assert attempt(PASSWORD, address="10.0.0.2").status_code == 302


def test_an_account_is_stopped_across_addresses_whatever_its_spelling() -> None:
    for number in range(8):
        attempt("wrong", username="BOSS" if number % 2 else "boss", address=f"10.0.1.{number}")
    assert "尝试次数过多" in attempt(PASSWORD, address="10.0.1.99").content.decode()


def test_without_redis_people_still_get_in(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert attempt(PASSWORD).status_code == 302


def test_unknown_name_and_wrong_password_look_the_same() -> None:
    known = attempt("wrong").context["form"].non_field_errors()
    unknown = attempt("wrong", username="nobody", address="10.0.0.3").context["form"].non_field_errors()
    assert known == unknown


@pytest.mark.parametrize(
    ("preferred", "words"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "欢迎回到"),
        ("fr-FR", "欢迎回到"),
        ("", "欢迎回到"),
        ("en-GB", "Welcome back to"),
    ],
)
def test_language_follows_the_browser_and_is_chinese_otherwise(preferred: str, words: str) -> None:
    assert words in Client(headers={"accept-language": preferred}).get(LOGIN).content.decode()


def test_an_explicit_choice_wins_and_stays() -> None:
    browser = Client(headers={"accept-language": "zh-CN"})
    browser.post("/admin/language/", {"language": "en", "next": LOGIN})
    assert "Welcome back to" in browser.get(LOGIN).content.decode()


def test_the_language_switch_leads_nowhere_else() -> None:
    answer = Client().post("/admin/language/", {"language": "en", "next": "https://evil.example/"})
    assert answer.headers["Location"].startswith("/")
