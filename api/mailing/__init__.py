"""The worker's part that mails: recipients are prepared, and messages go out to mail servers."""
