"""What serves any model: batches, sessions and the threads that keep the sessions busy."""
