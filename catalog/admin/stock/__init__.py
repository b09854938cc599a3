"""Stock screens: what lies where, why it changed, stock-in, stock-take, replenishment."""
