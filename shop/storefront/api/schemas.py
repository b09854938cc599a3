"""What storefront reads answer."""

from rest_framework import serializers

from shop.core.api.serializers import StrictSerializer


class CardBody(StrictSerializer):
    """A product in a list. Prices in fen; ``price`` is the lowest of its SKUs.

    ``member_price`` is null where the reader's tier has no price of its own, ``activity`` null while the
    product takes part in none.
    """

    id = serializers.IntegerField(read_only=True)
    title = serializers.CharField(read_only=True)
    subtitle = serializers.CharField(read_only=True)
    image = serializers.CharField(read_only=True)
    price = serializers.IntegerField(read_only=True)
    market_price = serializers.IntegerField(read_only=True, allow_null=True)
    member_price = serializers.IntegerField(read_only=True, allow_null=True)
    sales = serializers.IntegerField(read_only=True)
    tags = serializers.ListField(child=serializers.CharField(), read_only=True)
    in_stock = serializers.BooleanField(read_only=True)
    activity = serializers.DictField(read_only=True, allow_null=True)


class CardsBody(StrictSerializer):
    """A short list of products; always complete."""

    results = CardBody(many=True, read_only=True)
    next = serializers.CharField(read_only=True, allow_null=True)
    previous = serializers.CharField(read_only=True, allow_null=True)


class NamedBody(StrictSerializer):
    """A category or brand by id and name."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(read_only=True)


class MediaBody(StrictSerializer):
    """A picture or video of the product; ``url`` is sized for the page, ``original`` as uploaded."""

    kind = serializers.CharField(read_only=True)
    url = serializers.CharField(read_only=True)
    original = serializers.CharField(read_only=True)
    width = serializers.IntegerField(read_only=True)
    height = serializers.IntegerField(read_only=True)


class SkuBody(StrictSerializer):
    """What can be bought; ``available`` is live."""

    id = serializers.IntegerField(read_only=True)
    code = serializers.CharField(read_only=True)
    spec = serializers.DictField(child=serializers.CharField(), read_only=True)
    price = serializers.IntegerField(read_only=True)
    market_price = serializers.IntegerField(read_only=True, allow_null=True)
    member_price = serializers.IntegerField(read_only=True, allow_null=True)
    available = serializers.IntegerField(read_only=True)
    image = serializers.CharField(read_only=True)
    barcode = serializers.CharField(read_only=True)
    weight_g = serializers.IntegerField(read_only=True)


class SpecBody(StrictSerializer):
    """A specification with the values that the SKUs have."""

    name = serializers.CharField(read_only=True)
    values = serializers.ListField(child=serializers.CharField(), read_only=True)


class AttributeBody(StrictSerializer):
    """A property of the product."""

    name = serializers.CharField(read_only=True)
    value = serializers.CharField(read_only=True)


class FreightBody(StrictSerializer):
    """What express delivery costs, in fen; free from ``free_over`` upwards."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(read_only=True)
    flat_fee = serializers.IntegerField(read_only=True)
    free_over = serializers.IntegerField(read_only=True, allow_null=True)


class PromiseBody(StrictSerializer):
    """A service promise."""

    id = serializers.IntegerField(read_only=True)
    name = serializers.CharField(read_only=True)
    description = serializers.CharField(read_only=True)


class ProductBody(StrictSerializer):
    """A product's page; ``freight`` is null for virtual goods, ``rating`` while nobody has rated it."""

    id = serializers.IntegerField(read_only=True)
    title = serializers.CharField(read_only=True)
    subtitle = serializers.CharField(read_only=True)
    category = NamedBody(read_only=True)
    brand = NamedBody(read_only=True, allow_null=True)
    image = serializers.CharField(read_only=True)
    price = serializers.IntegerField(read_only=True)
    max_price = serializers.IntegerField(read_only=True)
    market_price = serializers.IntegerField(read_only=True, allow_null=True)
    member_price = serializers.IntegerField(read_only=True, allow_null=True)
    sales = serializers.IntegerField(read_only=True)
    tags = serializers.ListField(child=serializers.CharField(), read_only=True)
    media = MediaBody(many=True, read_only=True)
    detail = serializers.CharField(read_only=True)
    attributes = AttributeBody(many=True, read_only=True)
    specs = SpecBody(many=True, read_only=True)
    skus = SkuBody(many=True, read_only=True)
    min_quantity = serializers.IntegerField(read_only=True)
    limit_per_order = serializers.IntegerField(read_only=True, allow_null=True)
    limit_per_member = serializers.IntegerField(read_only=True, allow_null=True)
    is_virtual = serializers.BooleanField(read_only=True)
    no_reason_return = serializers.BooleanField(read_only=True)
    freight = FreightBody(read_only=True, allow_null=True)
    promises = PromiseBody(many=True, read_only=True)
    activities = serializers.ListField(child=serializers.DictField(), read_only=True)
    coupons = serializers.ListField(child=serializers.DictField(), read_only=True)
    rating = serializers.DictField(read_only=True, allow_null=True)


class LinkBody(StrictSerializer):
    """Where a tap leads: ``product`` or ``category`` by ``id``, ``path`` to a page, ``none`` nowhere."""

    kind = serializers.CharField(read_only=True)
    id = serializers.IntegerField(read_only=True, allow_null=True)
    path = serializers.CharField(read_only=True)


class SectionItemBody(StrictSerializer):
    """One banner, shortcut or notice."""

    title = serializers.CharField(read_only=True)
    image = serializers.CharField(read_only=True)
    link = LinkBody(read_only=True)


class SectionBody(StrictSerializer):
    """One section: ``items`` for banners, shortcuts and notices, ``products`` for groups of products.

    ``more`` is the path of the list from which a group was taken; null for hand-picked products.
    """

    id = serializers.IntegerField(read_only=True)
    kind = serializers.CharField(read_only=True)
    title = serializers.CharField(read_only=True)
    items = SectionItemBody(many=True, read_only=True)
    products = CardBody(many=True, read_only=True)
    more = serializers.CharField(read_only=True, allow_null=True)


class HomeBody(StrictSerializer):
    """The home page, in the merchant's order."""

    sections = SectionBody(many=True, read_only=True)


class AgreementLinkBody(StrictSerializer):
    """The version of a document in force; ``url`` is the path of its text."""

    document = serializers.CharField(read_only=True)
    version = serializers.CharField(read_only=True)
    title = serializers.CharField(read_only=True)
    url = serializers.CharField(read_only=True)


class ConfigBody(StrictSerializer):
    """What a client asks once when it starts."""

    server_time = serializers.DateTimeField(read_only=True)
    templates = serializers.ListField(child=serializers.DictField(), read_only=True)
    agreements = AgreementLinkBody(many=True, read_only=True)
    claims_base_url = serializers.CharField(read_only=True)
    features = serializers.ListField(child=serializers.CharField(), read_only=True)
