"""Outbox: tell other rooms that something happened, exactly when it is committed.

``publish`` writes the event in the caller's transaction. The relay delivers it at least once, and its
effect happens once, because each handler runs in the transaction that records it as handled.
"""

from shop.core.outbox.conditions import only_if
from shop.core.outbox.deadletters import retry_dead_letter
from shop.core.outbox.publishing import Event, publish, publish_many
from shop.core.outbox.relaying import relay

__all__ = ["Event", "only_if", "publish", "publish_many", "relay", "retry_dead_letter"]
