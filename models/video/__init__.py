"""The video lane: clips, frame by frame."""
