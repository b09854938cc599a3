"""Shapes of what this floor reads and answers."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from members.models import Address, Agreement, Member
from members.products import ProductCard
from members.rules import is_printable
from shop.core.api import fields
from shop.core.api.serializers import StrictSerializer


class PlainTextField(fields.CharField):
    """Words of a person: no control or direction characters, which could disguise what is printed."""

    default_error_messages = {"unprintable": _("This text contains characters that cannot be printed.")}

    def to_internal_value(self, data: Any) -> str:
        """Return the text, or refuse with code ``unprintable``."""
        text = super().to_internal_value(data)
        if not is_printable(text):
            self.fail("unprintable")
        return text


def _code() -> fields.CharField:
    return fields.CharField(max_length=128)


def _hint(length: int) -> fields.CharField:
    return fields.CharField(max_length=length, required=False, allow_blank=True, default="")


class TouchBody(StrictSerializer):
    """How somebody came here; all optional."""

    promoter = _hint(32)
    scene = _hint(32)
    channel = _hint(40)


class LoginTouchBody(TouchBody):
    """The touch of a login also carries who invited a newcomer."""

    invite = _hint(32)


class LoginBody(StrictSerializer):
    """The code of ``wx.login``, and how the shopper came here."""

    code = _code()
    touch = LoginTouchBody(required=False, allow_null=True)


class MemberBody(StrictSerializer):
    """A member as they see themselves. ``pending`` holds a nickname or picture that is being checked."""

    id = fields.IdField(read_only=True)
    nickname = fields.CharField(read_only=True)
    avatar = fields.CharField(read_only=True)
    phone = fields.CharField(read_only=True)
    birthday = serializers.DateField(read_only=True, allow_null=True)
    gender = fields.ChoiceField(Member.Gender.choices, read_only=True)
    created_at = fields.InstantField(read_only=True)
    pending = serializers.DictField(child=serializers.CharField(), read_only=True)


class LoginAnswer(StrictSerializer):
    """A pair of tokens and whom they belong to."""

    access = fields.CharField(read_only=True)
    refresh = fields.CharField(read_only=True)
    expires_in = fields.IntegerField(read_only=True)
    member = MemberBody(read_only=True)
    is_new = fields.BooleanField(read_only=True)


class ProfileBody(StrictSerializer):
    """What a member may change about themselves; what is absent stays."""

    nickname = PlainTextField(max_length=Member.NICKNAME_LENGTH, required=False, allow_blank=True)
    avatar = fields.CharField(max_length=Member.AVATAR_LENGTH, required=False, allow_blank=True)
    birthday = serializers.DateField(required=False, allow_null=True)
    gender = fields.ChoiceField(Member.Gender.choices, required=False)


class CodeBody(StrictSerializer):
    """The code of the phone button."""

    code = _code()


class ConsentBody(StrictSerializer):
    """Which version of which document the member agrees to."""

    document = fields.ChoiceField(Agreement.Document.choices)
    version = fields.CharField(max_length=20)


class ConsentAnswer(ConsentBody):
    """A consent, with the moment it was first given."""

    at = fields.InstantField(read_only=True)


class AddressBody(StrictSerializer):
    """An address. Names as WeChat's region picker gives them; ``district`` may be empty."""

    receiver = PlainTextField(max_length=30)
    phone = fields.CharField(max_length=24)
    province = fields.CharField(max_length=30)
    city = fields.CharField(max_length=30)
    district = fields.CharField(max_length=30, required=False, allow_blank=True, default="")
    street = PlainTextField(max_length=60, required=False, allow_blank=True, default="")
    detail = PlainTextField(max_length=120)
    postcode = serializers.RegexField(
        r"^[0-9]{3,6}\Z", max_length=6, required=False, allow_blank=True, default=""
    )
    is_default = fields.BooleanField(required=False)


class AddressAnswer(AddressBody):
    """An address of the member's, with its id."""

    id = fields.IdField(read_only=True)


class ProductCardBody(StrictSerializer):
    """A product in a member's list: lowest price in fen, and whether it can be bought now."""

    id = fields.IdField(read_only=True)
    title = fields.CharField(read_only=True)
    image = fields.CharField(read_only=True)
    price = fields.FenField(read_only=True)
    available = fields.BooleanField(read_only=True)


class FavouriteBody(StrictSerializer):
    """A product that the member keeps."""

    product = ProductCardBody(read_only=True)
    added_at = fields.InstantField(read_only=True)


class VisitBody(StrictSerializer):
    """A product that the member looked at, and when last."""

    product = ProductCardBody(read_only=True)
    visited_at = fields.InstantField(read_only=True)


class SceneBody(StrictSerializer):
    """Where a mini-program code leads."""

    page = fields.CharField(read_only=True)
    query = serializers.DictField(child=serializers.CharField(), read_only=True)


class AgreementBody(StrictSerializer):
    """One published version of a document; ``body`` is plain text, paragraphs apart by empty lines."""

    document = fields.CharField(read_only=True)
    version = fields.CharField(read_only=True)
    title = fields.CharField(read_only=True)
    body = fields.CharField(read_only=True)
    published_at = fields.InstantField(read_only=True)


class RegionBody(StrictSerializer):
    """A province, city or district; ``children`` is absent at the bottom."""

    name = fields.CharField(read_only=True)
    children = serializers.ListField(child=serializers.DictField(), read_only=True, required=False)


class RegionsBody(StrictSerializer):
    """The whole tree."""

    regions = RegionBody(many=True, read_only=True)


def member_body(member: Member, pending: dict[str, str]) -> dict[str, Any]:
    """Return a member as the member sees it."""
    return {
        "id": member.pk,
        "nickname": member.nickname,
        "avatar": member.avatar,
        "phone": member.phone,
        "birthday": member.birthday,
        "gender": member.gender,
        "created_at": member.created_at,
        "pending": pending,
    }


def address_body(address: Address) -> dict[str, Any]:
    """Return an address as its member sees it."""
    return {
        "id": address.pk,
        "receiver": address.receiver,
        "phone": address.phone,
        "province": address.province,
        "city": address.city,
        "district": address.district,
        "street": address.street,
        "detail": address.detail,
        "postcode": address.postcode,
        "is_default": address.is_default,
    }


def card_body(card: ProductCard) -> dict[str, Any]:
    """Return a product as a member's list shows it."""
    return {
        "id": card.id,
        "title": card.title,
        "image": card.image,
        "price": card.price,
        "available": card.available,
    }
