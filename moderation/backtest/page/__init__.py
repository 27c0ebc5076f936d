"""The report of a backtest as one page that needs nothing else: for people who decide, and for those they ask."""

from moderation.backtest.page.document import page

__all__ = ["page"]
