"""What other rooms do with points and growth; each is one transaction, or part of the caller's."""

from members.points.services.earning import earn_points
from members.points.services.granting import Granted, grant_rule
from members.points.services.growth import add_growth, take_back_growth
from members.points.services.spending import return_points, spend_points, take_back_points

__all__ = [
    "Granted",
    "add_growth",
    "earn_points",
    "grant_rule",
    "return_points",
    "spend_points",
    "take_back_growth",
    "take_back_points",
]
