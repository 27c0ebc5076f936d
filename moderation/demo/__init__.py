"""What `moderation demo` shows: the whole pipeline on this machine, sample posts going through it, live."""
