"""The stages after the preparation, each from the results of the one before."""
