"""The domain: events, taxonomy, policy engine, client, settings, command line."""
