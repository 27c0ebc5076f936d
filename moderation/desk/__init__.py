"""The review desk on the web: pages for people, an API for programs, over `moderation.review`."""
