"""What the pipeline does per second and how long a post waits, measured on the machine at hand."""
