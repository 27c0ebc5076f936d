"""Pictures and clips in front of reviewers: decoded elsewhere, shown as little as can be."""
