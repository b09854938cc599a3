"""Handlers whose effects can be counted, made to fail, and stopped half-way."""

import os
from collections.abc import Mapping
from typing import Any

from django.db import connection

from tests.shopfloor.models import Note

HOLD = 815
"""Advisory lock that a test holds to stop ``count_and_wait`` after its effect and before its commit."""

OUT_OF_MEMORY = 137


class Refused(Exception):
    pass


def count_note(event: Mapping[str, Any]) -> None:
    Note.objects.create(subject=f"count:{event['subject']}", text=event["text"])


def copy_note(event: Mapping[str, Any]) -> None:
    """Fails as long as a note tells it to, after having written something."""
    Note.objects.create(subject=f"copy:{event['subject']}", text=event["text"])
    if Note.objects.filter(subject="refuse", text=event["subject"]).exists():
        raise Refused(f"personal data of {event['subject']}")


def count_aggregate(event: Mapping[str, Any]) -> None:
    Note.objects.create(subject=f"aggregate:{event['aggregate']}")


def count_and_wait(event: Mapping[str, Any]) -> None:
    Note.objects.create(subject=f"held:{event['aggregate']}", text=event["text"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [HOLD])


def kill_the_process(event: Mapping[str, Any]) -> None:
    """What the kernel does to a process that asks for too much memory, after an effect."""
    Note.objects.create(subject=f"deadly:{event['aggregate']}")
    os._exit(OUT_OF_MEMORY)
