"""The worker's part of mail: messages are read from mailboxes, and what people wrote goes out."""
