"""The storefront's console pages: the home page's sections, and what goes with a product."""

from shop.storefront.admin import home, lookup, related

__all__ = ["home", "lookup", "related"]
