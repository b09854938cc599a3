"""Runtime settings: typed, bounded, audited, seen by everyone within two seconds."""

import io
from typing import Any

import pytest
from constance.models import Constance
from django.core.management import CommandError, call_command

from shop.core import runtime
from shop.core.actors import Actor
from shop.core.errors import Forbidden, InvalidInput, NotFound
from shop.core.masking import STARS
from shop.core.models import AuditEntry
from shop.core.runtime import declare, set_value, value

pytestmark = pytest.mark.django_db(transaction=True)

BOSS = Actor.system("test")


def test_a_setting_has_its_default_until_somebody_changes_it():
    assert (value("shopfloor_patience"), value("shopfloor_open"), value("shopfloor_motto")) == (
        30,
        True,
        "welcome",
    )


def test_a_change_is_seen_and_written_down():
    assert set_value(actor=BOSS, name="shopfloor_patience", value=60, reason="slow bank") == 60
    assert value("shopfloor_patience") == 60
    entry = AuditEntry.objects.get()
    assert (entry.subject_kind, entry.subject_id) == ("setting", "shopfloor_patience")
    assert (entry.before, entry.after, entry.reason) == ({"value": 30}, {"value": 60}, "slow bank")


def test_setting_what_is_there_already_records_nothing():
    set_value(actor=BOSS, name="shopfloor_patience", value=30)
    assert AuditEntry.objects.count() == 0
    assert Constance.objects.count() == 0


@pytest.mark.parametrize(
    ("name", "given", "code"),
    [
        ("shopfloor_patience", 0, "min_value"),
        ("shopfloor_patience", 3601, "max_value"),
        ("shopfloor_patience", True, "invalid"),
        ("shopfloor_patience", 5.0, "invalid"),
        ("shopfloor_patience", None, "invalid"),
        ("shopfloor_patience", "soon", "invalid"),
        ("shopfloor_patience", "9" * 5000, "max_value"),
        ("shopfloor_open", "maybe", "invalid"),
        ("shopfloor_open", 1, "invalid"),
        ("shopfloor_motto", "x" * 21, "max_length"),
        ("shopfloor_motto", "a\x00", "null_characters_not_allowed"),
        ("shopfloor_motto", 5, "invalid"),
        ("shopfloor_mode", "wild", "invalid_choice"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_changes(name: str, given: Any, code: str):
    before = value(name)
    with pytest.raises(InvalidInput) as refused:
        set_value(actor=BOSS, name=name, value=given)
    assert [(error.field, error.code) for error in refused.value.errors] == [(name, code)]
    runtime.forget()
    assert value(name) == before
    assert (AuditEntry.objects.count(), Constance.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("name", "text", "stored"),
    [
        ("shopfloor_patience", " 61 ", 61),
        ("shopfloor_open", "OFF", False),
        ("shopfloor_motto", " hello ", "hello"),
        ("shopfloor_mode", "brisk", "brisk"),
    ],
)
def test_text_from_a_form_or_the_command_line_is_understood(name: str, text: str, stored: Any):
    assert set_value(actor=BOSS, name=name, value=text) == stored
    assert value(name) == stored


def test_only_who_may_change_settings_does(django_user_model: Any):
    clerk = Actor.staff(django_user_model.objects.create_user("clerk", is_staff=True))
    for actor in (clerk, Actor.member(1)):
        with pytest.raises(Forbidden):
            set_value(actor=actor, name="shopfloor_patience", value=60)
    runtime.forget()
    assert value("shopfloor_patience") == 30


def test_a_secret_is_stored_but_never_recorded():
    for address in (
        "https://robot.example.com/send?key=693axxx6",
        "https://robot.example.com/send?key=new",
        "",
    ):
        set_value(actor=BOSS, name="shopfloor_robot", value=address)
        runtime.forget()
        assert value("shopfloor_robot") == address
    entries = AuditEntry.objects.order_by("id").values_list("before", "after")
    assert list(entries) == [
        ({"value": ""}, {"value": STARS}),
        ({"value": STARS}, {"value": STARS}),
        ({"value": STARS}, {"value": ""}),
    ]


def test_unknown_settings_are_refused():
    with pytest.raises(NotFound):
        set_value(actor=BOSS, name="no_such", value=1)
    with pytest.raises(LookupError):
        value("no_such")


def test_values_are_remembered_without_queries_and_read_again_after_two_seconds(
    django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
):
    now = [1000.0]
    monkeypatch.setattr("shop.core.runtime.time.monotonic", lambda: now[0])
    with django_assert_num_queries(1):
        assert [value("shopfloor_patience"), value("shopfloor_open")] == [30, True]
    Constance.objects.create(key="shopfloor_patience", value='{"__type__": "default", "__value__": 90}')
    now[0] += 1.9
    with django_assert_num_queries(0):
        assert value("shopfloor_patience") == 30
    now[0] += 0.2
    assert value("shopfloor_patience") == 90


def test_a_stored_value_of_another_type_falls_back_to_the_default():
    Constance.objects.create(key="shopfloor_patience", value='{"__type__": "default", "__value__": "90"}')
    assert value("shopfloor_patience") == 30


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "Upper", "default": 1},
        {"name": "with space", "default": 1},
        {"name": "too_low", "default": 0, "minimum": 1},
        {"name": "shopfloor_patience", "default": 31},
    ],
)
def test_a_bad_declaration_does_not_load(wrong: dict[str, Any]):
    with pytest.raises((ValueError, InvalidInput)):
        declare(title="t", group="g", **wrong)
    assert runtime.declared()["shopfloor_patience"].default == 30


def run(*args: str) -> str:
    out = io.StringIO()
    call_command("setting", *args, stdout=out)
    return out.getvalue()


def test_the_command_lists_shows_and_sets():
    assert "shopfloor_patience = 30\n" in run()
    assert run("shopfloor_patience") == "30\n"
    assert run("shopfloor_open", "no", "--reason", "stocktaking") == "shopfloor_open = false\n"
    assert run("shopfloor_open") == "false\n"
    entry = AuditEntry.objects.get()
    assert (entry.actor_label, entry.reason) == ("manage.py setting", "stocktaking")


def test_the_command_refuses_with_an_explanation():
    with pytest.raises(CommandError, match="no setting 'nothing'"):
        run("nothing")
    with pytest.raises(CommandError, match="shopfloor_patience"):
        run("shopfloor_patience", "0")
    assert run("shopfloor_patience") == "30\n"
