"""Starts a real PostgreSQL and a real Redis, and the whole shop on top, without root or Docker.

Standard library only; imports nothing of the shop. `make up` and the tests share this one way.
"""
