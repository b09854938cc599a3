"""Make the tables of the bare order view, anew, in the database of YARDSTICK_DATABASE_URL."""

import os

import psycopg2

from bench.yardstick import ITEMS

_TABLES = """
DROP TABLE IF EXISTS item, placed, placed_line;
CREATE TABLE item (id bigint PRIMARY KEY, stock bigint NOT NULL CHECK (stock >= 0));
INSERT INTO item SELECT number, 1000000000 FROM generate_series(1, %s) AS number;
CREATE TABLE placed (id bigserial PRIMARY KEY, buyer bigint NOT NULL, amount bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX ON placed (buyer, created_at);
CREATE TABLE placed_line (id bigserial PRIMARY KEY, placed_id bigint NOT NULL, item_id bigint NOT NULL,
    quantity int NOT NULL, price bigint NOT NULL);
CREATE INDEX ON placed_line (placed_id);
ANALYZE item;
"""


def main() -> None:
    """Make them."""
    with psycopg2.connect(os.environ["YARDSTICK_DATABASE_URL"]) as connection, connection.cursor() as cursor:
        cursor.execute(_TABLES, [ITEMS])


if __name__ == "__main__":
    main()
