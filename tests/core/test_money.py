"""Money: allocation keeps every fen; yuan is read and written exactly."""

from fractions import Fraction

import pytest
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from shop.core.money import MAX_FEN, FenField, YuanFormField, allocate, format_yuan, parse_yuan

totals = st.integers(min_value=-MAX_FEN, max_value=MAX_FEN)
weights = st.lists(st.integers(min_value=0, max_value=10**9), min_size=1, max_size=60).filter(any)


@given(totals, weights)
def test_parts_sum_to_the_total(total, weights):
    assert sum(allocate(total, weights)) == total


@given(totals, weights)
def test_each_part_is_less_than_one_fen_off_its_exact_share(total, weights):
    whole = sum(weights)
    for part, weight in zip(allocate(total, weights), weights, strict=True):
        assert abs(part - Fraction(total * weight, whole)) < 1


@given(st.integers(min_value=0, max_value=MAX_FEN), weights)
def test_a_larger_weight_never_gets_less(total, weights):
    parts = [part for _weight, part in sorted(zip(weights, allocate(total, weights), strict=True))]
    assert parts == sorted(parts)


@given(totals, weights)
def test_a_negative_total_is_the_mirror_image(total, weights):
    assert allocate(-total, weights) == [-part for part in allocate(total, weights)]


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (1, [1, 1], [1, 0]),
        (10, [0, 3, 0], [0, 10, 0]),
        (999, [2999, 5001, 2000], [300, 499, 200]),
        (0, [5, 5], [0, 0]),
        (0, [0, 0], [0, 0]),
        (0, [], []),
    ],
)
def test_worked_examples(total, weights, parts):
    assert allocate(total, weights) == parts


@pytest.mark.parametrize(("total", "weights"), [(1, [0, 0]), (1, []), (-1, [0]), (5, [2, -1]), (0, [-1])])
def test_what_cannot_be_allocated_is_refused(total, weights):
    with pytest.raises(ValueError):
        allocate(total, weights)


@pytest.mark.parametrize(
    ("fen", "text"),
    [
        (0, "0.00"),
        (5, "0.05"),
        (1234, "12.34"),
        (-1234, "-12.34"),
        (-5, "-0.05"),
        (MAX_FEN, "10000000000.00"),
    ],
)
def test_format_yuan(fen, text):
    assert format_yuan(fen) == text


@given(totals)
def test_what_is_formatted_reads_back(fen):
    assert parse_yuan(format_yuan(fen)) == fen


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("12", 1200),
        ("12.3", 1230),
        (" ¥12.34 ", 1234),
        ("￥1,234.50", 123450),
        ("1,234,567", 123456700),
        ("-3", -300),
        ("+3", 300),
        ("-¥0.01", -1),
        ("007", 700),
        ("10000000000", MAX_FEN),
    ],
)
def test_parse_yuan(text, fen):
    assert parse_yuan(text) == fen


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "1.234",
        "1e3",
        "12,34",
        ",1",
        "1.",
        ".5",
        "--1",
        "1 2",
        "NaN",
        "١٢",
        "10000000000.01",
        "9" * 5000,
    ],
)
def test_parse_yuan_refuses(text):
    with pytest.raises(ValueError):
        parse_yuan(text)


class TestField:
    def form_field(self, **options) -> YuanFormField:
        field = FenField("price", **options)
        field.set_attributes_from_name("price")
        form_field = field.formfield()
        assert isinstance(form_field, YuanFormField)
        return form_field

    def test_the_form_shows_and_reads_yuan(self):
        field = self.form_field()
        assert field.prepare_value(1250) == "12.50"
        assert field.prepare_value("as typed") == "as typed"
        assert field.prepare_value(None) is None
        assert field.clean("12.5") == 1250
        assert field.clean(1250) == 1250

    def test_an_empty_optional_amount_is_none(self):
        assert self.form_field(null=True, blank=True).clean("") is None

    def test_an_empty_required_amount_is_refused(self):
        with pytest.raises(ValidationError) as refusal:
            self.form_field().clean("")
        assert refusal.value.code == "required"

    @pytest.mark.parametrize(
        ("text", "code"), [("1.234", "invalid"), ("abc", "invalid"), ("10000000001", "invalid")]
    )
    def test_what_is_no_amount_is_refused(self, text, code):
        with pytest.raises(ValidationError) as refusal:
            self.form_field().clean(text)
        assert refusal.value.code == code

    def test_bounds_come_from_the_validators(self):
        from django.core.validators import MaxValueValidator, MinValueValidator

        field = self.form_field(validators=[MinValueValidator(1), MaxValueValidator(10_000)])
        assert field.clean("100") == 10_000
        with translation.override("en"):
            with pytest.raises(ValidationError, match=r"at least 0\.01 yuan"):
                field.clean("0")
            with pytest.raises(ValidationError, match=r"at most 100\.00 yuan"):
                field.clean("100.01")

    def test_another_spelling_of_the_same_amount_is_no_change(self):
        field = self.form_field()
        assert not field.has_changed(1250, "12.5")
        assert field.has_changed(1250, "12.51")
        assert field.has_changed(1250, "rubbish")

    def test_the_model_validates_the_range(self):
        field = FenField()
        assert field.clean(MAX_FEN, None) == MAX_FEN
        with pytest.raises(ValidationError):
            field.clean(MAX_FEN + 1, None)

    def test_it_is_a_bigint(self):
        assert FenField().get_internal_type() == models.BigIntegerField().get_internal_type()
