"""Reactions of the members' floor: WeChat's verdict about a picture."""

from collections.abc import Mapping
from typing import Any

from members.services.checks import settle_trace
from shop.wechat.mini.types import Suggestion


def picture_judged(message: object, resource: Mapping[str, Any]) -> None:
    """wxa_media_check: the verdict of ``media_check_async``. A check that failed is left to staff."""
    result = resource.get("result")
    failed = str(resource.get("errcode", 0)) != "0" or not isinstance(result, Mapping)
    verdict = Suggestion.REVIEW if failed else str(result.get("suggest", ""))  # type: ignore[union-attr]
    settle_trace(trace_id=str(resource.get("trace_id", "")), verdict=verdict)
