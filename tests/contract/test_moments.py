"""Every moment in every answer is written the same way: RFC 3339, with Beijing's offset."""

import re

MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
WRITTEN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+08:00")
