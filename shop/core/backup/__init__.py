"""Backup and restore of everything a shop owns on this machine: its database and its uploaded media.

A backup is a directory. It appears under its name only when it is complete, every byte in it is covered by
a SHA-256, and it is restored whole or not at all. Encryption keys are deployment secrets and are never in it.
"""
