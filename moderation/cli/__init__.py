"""The command line: a verb per file, heavy packages imported only by the verb that needs them."""
