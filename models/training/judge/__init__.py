"""What a model is worth: measured on sets never trained on, with intervals and counts, and held to its bounds."""
