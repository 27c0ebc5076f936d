"""What is remembered between posts: of authors, domains and contents."""

from moderation.state.change import Change, Kept

__all__ = ["Change", "Kept"]
