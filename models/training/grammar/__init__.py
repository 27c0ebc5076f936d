"""Generated training examples: attacks and their harmless twins."""

from models.training.grammar.grammar import grammar

__all__ = ["grammar"]
