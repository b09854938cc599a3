"""Runtime settings of the test-suite."""

from shop.core.runtime import declare

declare(
    name="shopfloor_patience",
    default=30,
    minimum=1,
    maximum=3600,
    title="Patience",
    group="Tests",
    unit="seconds",
)
declare(name="shopfloor_open", default=True, title="Open", group="Tests")
declare(name="shopfloor_motto", default="welcome", maximum=20, title="Motto", group="Tests")
declare(
    name="shopfloor_mode",
    default="calm",
    choices=(("calm", "Calm"), ("brisk", "Brisk")),
    title="Mode",
    group="Tests",
)
declare(name="shopfloor_robot", default="", title="Robot", group="Tests", secret=True)
