"""The operations page: is everything that should happen by itself happening?"""
