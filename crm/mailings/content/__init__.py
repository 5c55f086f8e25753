"""What a mailing says: placeholders, harmless HTML, its twin in plain text, and the bytes that go out. Pure."""
