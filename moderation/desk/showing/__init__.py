"""From a review item and its policy to what a reviewer sees: pure, without pages and without the database."""
