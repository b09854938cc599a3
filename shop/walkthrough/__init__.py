"""A guided purchase through the running shop: what a shopper's client and the staff do, step by step."""
