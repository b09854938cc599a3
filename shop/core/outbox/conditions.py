"""Conditions: what a handler wants to hear at all, asked before a transaction is opened for it.

Most shops do not use most of what a paid order may set off. A handler with a condition that is not met costs
one cheap question instead of a transaction with its record and its commit.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.module_loading import import_string

Handler = Callable[[Mapping[str, Any]], None]
Condition = Callable[[Mapping[str, Any]], bool]

_conditions: dict[Handler, Condition] = {}


def only_if(condition: Condition) -> Callable[[Handler], Handler]:
    """Declare that the decorated handler has nothing to do unless ``condition(payload)`` is true.

    It is asked outside the handler's transaction and holds no locks, so it may only rule out what the handler
    itself would find out by plain reads. When the event comes again, because another of its handlers failed,
    it is asked again; a handler that has taken effect is never asked nor run again.
    """

    def declare(handler: Handler) -> Handler:
        _conditions[handler] = condition
        return handler

    return declare


def is_wanted(handler: str, payload: Mapping[str, Any]) -> bool:
    """Return whether the dotted ``handler`` has to be run. One that cannot be asked has: there it will fail.

    So what goes wrong here is recorded on the event, like every failure of the handler itself.
    """
    try:
        condition = _conditions.get(import_string(handler))
        return condition is None or condition(payload)
    except Exception:  # noqa: BLE001  the handler's own run comes upon it again, and tells
        return True
