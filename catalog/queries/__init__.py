"""Reads of the catalog: typed rows, in a number of queries that does not grow with the rows."""

from catalog.queries.sellable import FreightTerms, SellableSku, sellable_skus

__all__ = ["FreightTerms", "SellableSku", "sellable_skus"]
