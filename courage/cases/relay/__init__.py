"""Events between engines that share a database: what one publishes, the others' listeners hear."""
