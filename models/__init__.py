"""The classifiers, and what serves, imports, trains and judges them."""
