"""How well people answer, and what it costs them: known answers, second looks, agreement, exposure."""
