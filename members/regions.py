"""The tree of provinces, cities and districts, and the names of an address made to fit it.

Names are those of WeChat's region picker; ``members/data/NOTICE.md`` tells where they come from.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.utils.translation import gettext as _

from shop.core.errors import FieldError, InvalidInput

_FILE = Path(__file__).parent / "data" / "regions.json"
_CITY_ALIASES = frozenset(("市辖区", "县", "香港岛", "九龙", "新界", "澳门半岛", "澳门外岛", "离岛"))
"""What other lists put between a municipality, Hong Kong or Macau and its districts."""
_DIRECT = "直辖县级行政"

Tree = Mapping[str, Mapping[str, frozenset[str]]]


@dataclass(frozen=True, slots=True)
class Region:
    """Province, city and district as the tree names them; ``district`` may be empty."""

    province: str
    city: str
    district: str


@cache
def document() -> tuple[bytes, str]:
    """Return the answer of ``GET /regions`` and its ETag; the same bytes as long as the data is the same."""
    body = b'{"regions":' + _FILE.read_bytes().strip() + b"}"
    return body, f'"{hashlib.sha256(body).hexdigest()[:32]}"'


@cache
def tree() -> Tree:
    """Return province -> city -> districts."""
    return {
        province["name"]: {
            city["name"]: frozenset(district["name"] for district in city.get("children", ()))
            for city in province["children"]
        }
        for province in json.loads(_FILE.read_bytes())
    }


def normalise_region(*, province: str, city: str, district: str) -> Region:
    """Return the names as the tree has them; raises ``InvalidInput`` naming the field that fits nothing.

    Forgiven: 市辖区 or 县 for a municipality's city, 直辖县级行政单位 in its spellings or a county named as
    its own city (济源市), a city's own name or 市辖区 for "no district", 香港岛 and the like for a city.
    """
    cities = tree().get(province)
    if cities is None:
        raise _unknown("province", _("There is no such province."))
    if not district and (parent := _direct_parent(cities, city)):
        return Region(province, parent, city)
    found = _find_city(province, cities, city, district)
    if found is None:
        raise _unknown("city", _("There is no such city in this province."))
    if district in cities[found]:
        return Region(province, found, district)
    if district in ("", city, found, "市辖区"):
        return Region(province, found, "")
    raise _unknown("district", _("There is no such district in this city."))


def _find_city(province: str, cities: Mapping[str, frozenset[str]], city: str, district: str) -> str | None:
    if city in cities:
        return city
    if province in cities and city in _CITY_ALIASES:
        return province
    if _DIRECT in city or city == district:
        return next((name for name, below in cities.items() if _DIRECT in name and district in below), None)
    return None


def _direct_parent(cities: Mapping[str, frozenset[str]], county: str) -> str | None:
    return next((name for name, below in cities.items() if _DIRECT in name and county in below), None)


def _unknown(field: str, detail: str) -> InvalidInput:
    return InvalidInput(errors=[FieldError(field, "unknown_region", detail)])
