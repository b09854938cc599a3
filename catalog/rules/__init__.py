"""Pure calculations of the catalog: no ORM, no clock."""
