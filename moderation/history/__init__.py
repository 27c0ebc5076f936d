"""History: what lanes found, what was decided and what people answered, one row per post, in files of one schema."""
