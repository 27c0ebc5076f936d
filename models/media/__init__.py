"""Pictures and clips: their bytes, and what is in them."""
