"""Who gets what answer where: one row per route and method. A route that is not listed fails the suite.

``anonymous``: no token. ``member``: a fresh member who owns nothing. A path with parameters is called with
the sample given; it names nothing that exists, so a member gets 404. Bodies are empty, so a method that needs
a body answers 400 to whoever may call it. Floors above add their rows to ``TABLE``.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    route: str
    method: str
    anonymous: int
    member: int
    sample: str = ""

    @property
    def path(self) -> str:
        return "/" + (self.sample or self.route)


TABLE: tuple[Row, ...] = (
    Row("healthz", "GET", 200, 200),
    Row("readyz", "GET", 200, 200),
    Row("metrics", "GET", 403, 403),
    Row("media/<path:path>", "GET", 404, 404, "media/products/absent.jpg"),
    Row("api/schema/", "GET", 200, 200),
    Row("api/docs/", "GET", 200, 200),
    Row("api/v1/auth/refresh", "POST", 400, 400),
    Row("api/v1/auth/logout", "POST", 401, 400),
    Row("api/v1/payments/<number:number>", "GET", 401, 404, "api/v1/payments/ABSENT1"),
    # WeChat's own addresses: whoever cannot sign is not believed.
    Row("api/v1/wechat/pay/notify", "POST", 401, 401),
    Row("api/v1/wechat/refund/notify", "POST", 401, 401),
    Row("api/v1/wechat/transfer/notify", "POST", 401, 401),
    Row("api/v1/wechat/messages", "GET", 401, 401),
    Row("api/v1/wechat/messages", "POST", 401, 401),
    Row("api/v1/auth/wechat", "POST", 400, 400),
    Row("api/v1/me", "GET", 401, 200),
    Row("api/v1/me", "PATCH", 401, 200),
    Row("api/v1/me", "DELETE", 401, 204),
    Row("api/v1/me/phone", "POST", 401, 400),
    Row("api/v1/me/consents", "POST", 401, 400),
    Row("api/v1/me/touches", "POST", 401, 204),
    Row("api/v1/me/export", "GET", 401, 200),
    Row("api/v1/me/addresses", "GET", 401, 200),
    Row("api/v1/me/addresses", "POST", 401, 400),
    Row("api/v1/me/addresses/<id:address_id>", "GET", 401, 404, "api/v1/me/addresses/1"),
    Row("api/v1/me/addresses/<id:address_id>", "PUT", 401, 404, "api/v1/me/addresses/1"),
    Row("api/v1/me/addresses/<id:address_id>", "PATCH", 401, 404, "api/v1/me/addresses/1"),
    Row("api/v1/me/addresses/<id:address_id>", "DELETE", 401, 404, "api/v1/me/addresses/1"),
    Row("api/v1/me/favourites", "GET", 401, 200),
    Row("api/v1/me/favourites", "DELETE", 401, 204),
    Row("api/v1/me/favourites/<id:product_id>", "PUT", 401, 404, "api/v1/me/favourites/1"),
    Row("api/v1/me/favourites/<id:product_id>", "DELETE", 401, 204, "api/v1/me/favourites/1"),
    Row("api/v1/me/history", "GET", 401, 200),
    Row("api/v1/me/history", "DELETE", 401, 204),
    Row("api/v1/me/history/<id:product_id>", "PUT", 401, 404, "api/v1/me/history/1"),
    Row("api/v1/me/history/<id:product_id>", "DELETE", 401, 204, "api/v1/me/history/1"),
    Row("api/v1/regions", "GET", 200, 200),
    Row("api/v1/scenes/<scene:name>", "GET", 404, 404, "api/v1/scenes/nowhere"),
    Row(
        "api/v1/agreements/<slug:document>/<version:version>", "GET", 404, 404, "api/v1/agreements/terms/0.0"
    ),
    Row("api/v1/categories", "GET", 200, 200),
    Row("api/v1/stores", "GET", 200, 200),
    Row("api/v1/search/suggestions", "GET", 200, 200),
    Row("api/v1/search/hot", "GET", 200, 200),
    Row("api/v1/cart", "GET", 401, 200),
    Row("api/v1/cart/items", "POST", 401, 400),
    Row("api/v1/cart/items/<id:item_id>", "PATCH", 401, 404, "api/v1/cart/items/1"),
    Row("api/v1/cart/items/<id:item_id>", "DELETE", 401, 404, "api/v1/cart/items/1"),
    Row("api/v1/cart/select", "POST", 401, 400),
    Row("api/v1/checkout/quote", "POST", 401, 400),
    Row("api/v1/orders", "GET", 401, 200),
    Row("api/v1/orders", "POST", 401, 400),
    Row("api/v1/orders/counts", "GET", 401, 200),
    Row("api/v1/orders/<number:number>", "GET", 401, 404, "api/v1/orders/ABSENT1"),
    Row("api/v1/orders/<number:number>", "DELETE", 401, 404, "api/v1/orders/ABSENT1"),
    Row("api/v1/orders/<number:number>/payments", "POST", 401, 400, "api/v1/orders/ABSENT1/payments"),
    Row("api/v1/orders/<number:number>/cancel", "POST", 401, 404, "api/v1/orders/ABSENT1/cancel"),
    Row("api/v1/orders/<number:number>/confirm", "POST", 401, 404, "api/v1/orders/ABSENT1/confirm"),
    Row("api/v1/orders/<number:number>/remind", "POST", 401, 404, "api/v1/orders/ABSENT1/remind"),
    Row("api/v1/orders/<number:number>/tracking", "GET", 401, 404, "api/v1/orders/ABSENT1/tracking"),
    Row("api/v1/carriers", "GET", 200, 200),
    # The points room.
    Row("api/v1/me/points", "GET", 401, 200),
    Row("api/v1/me/points/entries", "GET", 401, 200),
    Row("api/v1/me/points/pending", "GET", 401, 200),
    Row("api/v1/me/shares/<id:product_id>", "PUT", 401, 404, "api/v1/me/shares/1"),
    Row("api/v1/me/growth", "GET", 401, 200),
    Row("api/v1/me/growth/entries", "GET", 401, 200),
    Row("api/v1/points-mall", "GET", 200, 200),
    # The wallet room.
    Row("api/v1/recharge-packages", "GET", 200, 200),
    Row("api/v1/me/wallet", "GET", 401, 200),
    Row("api/v1/me/wallet/entries", "GET", 401, 200),
    Row("api/v1/me/wallet/statements/<month:month>", "GET", 401, 200, "api/v1/me/wallet/statements/2026-01"),
    Row("api/v1/me/wallet/password", "POST", 401, 400),
    Row("api/v1/me/wallet/verifications", "POST", 401, 400),
    Row("api/v1/me/wallet/recharges", "GET", 401, 200),
    Row("api/v1/me/wallet/recharges", "POST", 401, 400),
    Row("api/v1/me/wallet/recharges/<number:number>", "GET", 401, 404, "api/v1/me/wallet/recharges/ABSENT1"),
    Row(
        "api/v1/me/wallet/recharges/<number:number>/payments",
        "POST",
        401,
        400,
        "api/v1/me/wallet/recharges/ABSENT1/payments",
    ),
    Row(
        "api/v1/me/wallet/recharges/<number:number>/cancel",
        "POST",
        401,
        404,
        "api/v1/me/wallet/recharges/ABSENT1/cancel",
    ),
    # The tiers room.
    Row("api/v1/tiers", "GET", 200, 200),
    Row("api/v1/me/tier", "GET", 401, 200),
    # The card room.
    Row("api/v1/member-cards", "GET", 200, 200),
    Row("api/v1/me/cards", "GET", 401, 200),
    Row("api/v1/me/cards", "POST", 401, 400),
    Row("api/v1/me/cards/redemptions", "POST", 401, 400),
    Row("api/v1/me/cards/purchases", "GET", 401, 200),
    Row("api/v1/me/cards/purchases/<number:number>", "GET", 401, 404, "api/v1/me/cards/purchases/ABSENT1"),
    Row(
        "api/v1/me/cards/purchases/<number:number>/payments",
        "POST",
        401,
        400,
        "api/v1/me/cards/purchases/ABSENT1/payments",
    ),
    Row(
        "api/v1/me/cards/purchases/<number:number>/cancel",
        "POST",
        401,
        404,
        "api/v1/me/cards/purchases/ABSENT1/cancel",
    ),
    # The rewards room.
    Row("api/v1/me/check-ins", "GET", 401, 200),
    Row("api/v1/me/check-ins", "POST", 401, 201),
    Row("api/v1/me/invites", "GET", 401, 200),
    Row("api/v1/me/tasks", "GET", 401, 200),
    Row("api/v1/me/tasks/<id:task_id>/claims", "POST", 401, 404, "api/v1/me/tasks/1/claims"),
    # The storefront.
    Row("api/v1/config", "GET", 200, 200),
    Row("api/v1/home", "GET", 200, 200),
    Row("api/v1/products", "GET", 200, 200),
    Row("api/v1/products/<id:product_id>", "GET", 404, 404, "api/v1/products/1"),
    Row("api/v1/products/<id:product_id>/related", "GET", 404, 404, "api/v1/products/1/related"),
    Row("api/v1/uploads", "POST", 401, 400),
)

CONSOLE_PREFIX = "admin/"
"""Console pages have a table of their own; here they only must turn away whoever is not staff."""
