"""`python -m moderation`, the same as `moderation`."""

from moderation.cli.main import main

if __name__ == "__main__":
    main()
