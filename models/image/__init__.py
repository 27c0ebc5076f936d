"""The image lane: what a post shows."""
