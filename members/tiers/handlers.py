"""What tiers do when something that counts has changed. Each runs once per event."""

from collections.abc import Mapping
from typing import Any

from members.tiers.runtime import tiers_enabled
from members.tiers.services.evaluating import evaluate_member
from shop.core.outbox import only_if


def _are_there_tiers(event: Mapping[str, Any]) -> bool:
    return tiers_enabled()


@only_if(_are_there_tiers)
def member_joined(event: Mapping[str, Any]) -> None:
    """Whoever logs in for the first time has the lowest tier."""
    evaluate_member(member_id=event["member_id"])


@only_if(_are_there_tiers)
def growth_changed(event: Mapping[str, Any]) -> None:
    """Growth was gained or taken back."""
    evaluate_member(member_id=event["member_id"])
