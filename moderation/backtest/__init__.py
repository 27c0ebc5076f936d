"""Backtests: a policy decides again on a history, with the functions that decide live, and both are compared."""
