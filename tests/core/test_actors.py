"""Actors are plain values with stable keys."""

from dataclasses import FrozenInstanceError

import pytest
from django.contrib.auth.models import User

from shop.core.actors import Actor


@pytest.mark.parametrize(
    ("actor", "key", "label", "person"),
    [
        (Actor.member(12), "member:12", "member 12", True),
        (Actor.staff(User(pk=3, username="wang")), "staff:3", "wang", True),
        (Actor.system("core.expire"), "system:core.expire", "core.expire", False),
        (Actor.wechat("pay"), "wechat:pay", "pay", False),
    ],
)
def test_every_kind_has_a_key_and_a_label(actor: Actor, key: str, label: str, person: bool):
    assert (actor.key, str(actor), actor.is_person) == (key, label, person)
    with pytest.raises(FrozenInstanceError):
        actor.label = "another"  # type: ignore[misc]
