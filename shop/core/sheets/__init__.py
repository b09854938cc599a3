"""Workbooks in and out: tables of columns, safe reading and writing of xlsx, runs in the background."""
