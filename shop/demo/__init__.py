"""The demonstration shop, and a big one to measure with. A roof room: it writes into every floor below."""
