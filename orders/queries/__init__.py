"""Reads of carts and orders for the API, the console and the floors above."""
