"""A small drawing library on Pillow: paths, paints, light and shadow. The same call gives the same pixels."""
