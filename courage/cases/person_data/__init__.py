"""What is kept about one person, given out and erased at their wish: authors of messages, and people of the desk."""
