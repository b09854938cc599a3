"""Home, product list, product page, related products, configuration: what a shopper's client reads."""

from typing import Any

import orjson
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from catalog.queries import available_of
from catalog.services.searches import record_search
from shop.core.api.client import client_ip
from shop.core.api.pagination import page_of
from shop.core.db import read_at_once
from shop.core.json import dump
from shop.storefront.api.inputs import ATTRIBUTES, LimitQuery, ProductsQuery, filters_of
from shop.storefront.api.reads import ComposedRead, KeptRead, respond
from shop.storefront.api.schemas import CardBody, CardsBody, ConfigBody, HomeBody, ProductBody
from shop.storefront.cache import digest_of
from shop.storefront.queries.config import config
from shop.storefront.queries.home import home
from shop.storefront.queries.products import product_list, product_page
from shop.storefront.queries.related import related_products
from shop.storefront.readers import Reader

_NOTHING_FOUND = b'{"results":[],'


class ConfigView(ComposedRead):
    """What a client needs to know before anything else."""

    @extend_schema(operation_id="get_config", responses={200: ConfigBody}, tags=["storefront"])
    def get(self, request: Request) -> HttpResponseBase:
        """Give the server's time, the agreements in force, message templates and what this shop offers."""
        return self.answer(request)

    def compose(self, request: HttpRequest, reader: Reader, **kwargs: Any) -> HttpResponseBase:
        """Return the configuration as it is at this moment."""
        self.read_query(request)
        body = dump(config())
        return respond(request, body, f'"{digest_of(body).hex()}"')


class HomeView(KeptRead):
    """The home page."""

    @extend_schema(operation_id="get_home", responses={200: HomeBody}, tags=["storefront"])
    def get(self, request: Request) -> HttpResponseBase:
        """Give the sections of the home page in the merchant's order; empty ones are left out."""
        return self.answer(request)

    def build(self, request: HttpRequest, reader: Reader, **kwargs: Any) -> bytes:
        """Compose the page."""
        self.read_query(request)
        return dump(home(tier=reader.tier))


class ProductsView(KeptRead):
    """Product lists."""

    query_class = ProductsQuery

    @extend_schema(
        operation_id="list_products",
        parameters=[ProductsQuery, ATTRIBUTES],
        responses={200: page_of(CardBody, name="ProductPage")},
        tags=["storefront"],
    )
    def get(self, request: Request) -> HttpResponseBase:
        """List products on sale that match every filter; a search shows the best matches first.

        A category includes all below it. An unknown category, tag or brand lists nothing. Prices are those
        shown: the lowest of each product's SKUs.
        """
        return self.answer(request)

    def scopes(self, request: HttpRequest) -> tuple[str, ...]:
        """Count a search as one."""
        return ("general", "search") if "q=" in request.META.get("QUERY_STRING", "") else ("general",)

    def build(self, request: HttpRequest, reader: Reader, **kwargs: Any) -> bytes:
        """Compose one page of the list."""
        query = self.read_query(request)
        page = product_list(
            request=request, query=query, filters=filters_of(query), sort=query["sort"], tier=reader.tier
        )
        return dump(page)

    def compose(self, request: HttpRequest, reader: Reader, **kwargs: Any) -> HttpResponseBase:
        """Return the kept page, and count what was searched for."""
        kept = self.kept(request, reader, **kwargs)
        if "q=" in request.META.get("QUERY_STRING", "") and "cursor" not in request.GET:
            visitor = f"m{reader.member_id}" if reader.member_id else client_ip(request)
            found = not kept.body.startswith(_NOTHING_FOUND)
            record_search(text=request.GET.get("q", ""), found=found, visitor=visitor)
        return respond(request, kept.body, kept.etag)


class ProductView(KeptRead):
    """A product's page."""

    @extend_schema(operation_id="get_product", responses={200: ProductBody}, tags=["storefront"])
    def get(self, request: Request, product_id: int) -> HttpResponseBase:
        """Give a product on sale with pictures, specifications and SKUs; `available` is live."""
        return self.answer(request, product_id=product_id)

    def build(self, request: HttpRequest, reader: Reader, **kwargs: Any) -> bytes:
        """Compose the page without what changes by the second."""
        self.read_query(request)
        return dump(product_page(kwargs["product_id"], tier=reader.tier))

    def compose(self, request: HttpRequest, reader: Reader, **kwargs: Any) -> HttpResponseBase:
        """Return the kept page with the stock of this moment."""
        page = orjson.loads(self.kept(request, reader, **kwargs).body)
        available = read_at_once(lambda: available_of(kwargs["product_id"]))
        for sku in page["skus"]:
            sku["available"] = available.get(sku["id"], 0)
        body = dump(page)
        return respond(request, body, f'"{digest_of(body).hex()}"')


class RelatedView(KeptRead):
    """Products that go with one."""

    query_class = LimitQuery

    @extend_schema(
        operation_id="list_related_products",
        parameters=[LimitQuery],
        responses={200: CardsBody},
        tags=["storefront"],
    )
    def get(self, request: Request, product_id: int) -> HttpResponseBase:
        """List products in stock that go with this one.

        First those that staff chose, then what others bought with it, then its category and tags.
        """
        return self.answer(request, product_id=product_id)

    def build(self, request: HttpRequest, reader: Reader, **kwargs: Any) -> bytes:
        """Compose the list."""
        limit = self.read_query(request)["limit"]
        cards = related_products(kwargs["product_id"], limit=limit, tier=reader.tier)
        return dump({"results": cards, "next": None, "previous": None})
