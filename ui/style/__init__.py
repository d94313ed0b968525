"""Palettes, focus ring, icons and the style that paints with them."""
