"""The Faust topology: topics, agents, delivery."""
