"""Mail: messages that came and went through the shop's own mailboxes, in threads, tied to parties."""
