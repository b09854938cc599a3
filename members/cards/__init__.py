"""Paid member cards: bought, redeemed by code or given; benefits while they run; refunds."""
