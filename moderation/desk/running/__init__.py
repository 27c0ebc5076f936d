"""What runs beside the pages: threads between Kafka and the database, and what has to be done every so often."""
