"""Personal data at rest: unreadable without the key, bound to its place, found by hash, re-encrypted."""

import base64
import io
from typing import Any

import pytest
from django.core.exceptions import FieldError
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import override_settings

from shop.core.configuration import check_secrets
from shop.core.crypto import DecryptionError, decrypt, encrypt, hash_phone, keyed_hash
from shop.core.crypto.keys import KeyRingError, parse_key_ring
from tests.shopfloor.models import Vault

pytestmark = pytest.mark.django_db

OLD = "old:" + base64.b64encode(b"o" * 32).decode()
NEW = "new:" + base64.b64encode(b"n" * 32).decode()
PHONE = "13812345678"


def raw(column: str = "phone") -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone, note FROM shopfloor_vault ORDER BY id")
        return [row[("phone", "note").index(column)] for row in cursor.fetchall()]


@override_settings(SHOP_ENCRYPTION_KEYS=OLD)
def test_the_table_holds_ciphertext_and_the_model_plain_text():
    vault = Vault.objects.create(phone=PHONE, note="门口放快递 🙂")
    assert PHONE not in raw()[0]
    assert raw()[0].startswith("old:")
    found = Vault.objects.get(pk=vault.pk)
    assert (found.phone, found.note) == (PHONE, "门口放快递 🙂")
    assert list(Vault.objects.values_list("phone", flat=True)) == [PHONE]


def test_equal_values_look_different():
    Vault.objects.bulk_create([Vault(phone=PHONE), Vault(phone=PHONE)])
    assert len(set(raw())) == 2


def test_empty_and_absent_stay_themselves():
    Vault.objects.create()
    assert (raw("phone"), raw("note")) == ([""], [None])
    assert Vault.objects.filter(note__isnull=True).count() == 1
    assert Vault.objects.get().note is None


def test_update_encrypts_too():
    Vault.objects.create(phone=PHONE)
    Vault.objects.update(phone="13900000000")
    assert "13900000000" not in raw()[0]
    assert Vault.objects.get().phone == "13900000000"


@pytest.mark.parametrize("lookup", ["phone", "phone__exact", "phone__contains", "phone__in", "phone__gt"])
def test_searching_ciphertext_is_refused(lookup: str):
    with pytest.raises(FieldError):
        Vault.objects.filter(**{lookup: PHONE}).first()


def test_a_value_moved_to_another_column_does_not_decrypt():
    vault = Vault.objects.create(phone=PHONE)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE shopfloor_vault SET note = phone WHERE id = %s", [vault.pk])
    with pytest.raises(DecryptionError):
        Vault.objects.get()


@pytest.mark.parametrize("damage", ["", "nokid", "test1:", "test1:!!!", "test1:AAAA", "unknown:AAAA"])
def test_a_damaged_value_is_never_guessed(damage: str):
    with pytest.raises(DecryptionError):
        decrypt(damage, place="p")


def test_a_single_changed_character_is_noticed():
    sealed = encrypt(PHONE, place="p")
    kid, _, body = sealed.partition(":")
    altered = body[:20] + ("A" if body[20] != "A" else "B") + body[21:]
    with pytest.raises(DecryptionError) as error:
        decrypt(f"{kid}:{altered}", place="p")
    assert PHONE not in str(error.value)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "no key"),
        ("nocolon", "not kid:key"),
        ("a b:AAAA", "not kid:key"),
        ("a:***", "not base64"),
        ("a:" + base64.b64encode(b"short").decode(), "5 bytes"),
        (f"{OLD},{OLD}", "twice"),
    ],
)
def test_a_bad_ring_is_explained_without_showing_a_key(text: str, complaint: str):
    with pytest.raises(KeyRingError, match=complaint) as error:
        parse_key_ring(text)
    assert "AAAA" not in str(error.value)
    with override_settings(SHOP_ENCRYPTION_KEYS=text):
        assert [message.id for message in check_secrets(None)] == ["core.E011"]


def test_missing_secrets_stop_the_start():
    with override_settings(SHOP_HASH_KEY="", SECRET_KEY="short"):
        assert [message.id for message in check_secrets(None)] == ["core.E010", "core.E010"]
    assert check_secrets(None) == []


def rotate(*args: str) -> str:
    out = io.StringIO()
    call_command("rotate_encryption", *args, stdout=out)
    return out.getvalue()


def fill(count: int) -> None:
    with override_settings(SHOP_ENCRYPTION_KEYS=OLD):
        Vault.objects.bulk_create(
            [Vault(phone=f"1380000{n:04}", note=None if n % 2 else f"n{n}") for n in range(count)]
        )


@override_settings(SHOP_ENCRYPTION_KEYS=f"{NEW},{OLD}")
def test_rotation_moves_every_value_in_batches_and_is_safe_to_repeat():
    fill(25)
    assert "shopfloor.vault.phone: 25 rotated, 0 unreadable" in rotate("--batch", "10")
    assert all(value.startswith("new:") for value in raw())
    assert [value for value in raw("note") if value and not value.startswith("new:")] == []
    before = raw()
    assert "shopfloor.vault.phone: 0 rotated, 0 unreadable" in rotate()
    assert raw() == before
    with override_settings(SHOP_ENCRYPTION_KEYS=NEW):
        assert sorted(Vault.objects.values_list("phone", flat=True)) == [f"1380000{n:04}" for n in range(25)]


@override_settings(SHOP_ENCRYPTION_KEYS=f"{NEW},{OLD}")
def test_a_stopped_rotation_goes_on_where_it_stopped(monkeypatch: pytest.MonkeyPatch):
    from shop.core.crypto import rotation

    fill(25)
    decrypted: list[int] = []

    def stopping(*args: Any, **kwargs: Any) -> str:
        decrypted.append(1)
        if len(decrypted) == 15:
            raise KeyboardInterrupt
        return decrypt(*args, **kwargs)

    monkeypatch.setattr(rotation, "decrypt", stopping)
    with pytest.raises(KeyboardInterrupt):
        rotate("--batch", "5")
    assert len([value for value in raw() if value.startswith("new:")]) == 10
    monkeypatch.undo()
    assert "shopfloor.vault.phone: 15 rotated" in rotate("--batch", "5")


@override_settings(SHOP_ENCRYPTION_KEYS=f"{NEW},{OLD}")
def test_unreadable_values_are_left_and_reported():
    fill(3)
    with override_settings(SHOP_ENCRYPTION_KEYS="lost:" + base64.b64encode(b"l" * 32).decode()):
        Vault.objects.create(phone=PHONE)
    lost = raw()[3]
    with pytest.raises(CommandError, match="1 values cannot be decrypted"):
        rotate("--batch", "2")
    assert raw()[3] == lost
    assert [value[:4] for value in raw()[:3]] == ["new:"] * 3


def test_the_hash_finds_equal_values_whatever_their_spelling_and_nothing_else():
    assert len(keyed_hash("x")) == 64
    assert keyed_hash(" x ") == keyed_hash("ｘ") == keyed_hash("x")
    assert keyed_hash("x", purpose="a") != keyed_hash("x", purpose="b")
    assert keyed_hash("oABC") != keyed_hash("oabc")
    with override_settings(SHOP_HASH_KEY="another key of at least 32 characters"):
        other = keyed_hash("x")
    assert other != keyed_hash("x")


@pytest.mark.parametrize(
    "phone", [PHONE, "+86 138 1234 5678", "0086-138-1234-5678", "8613812345678", "１３８12345678"]
)
def test_a_phone_hashes_the_same_however_it_is_written(phone: str):
    assert hash_phone(phone) == hash_phone(PHONE)
    assert hash_phone(phone) != hash_phone("13812345679")
