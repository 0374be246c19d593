"""The user's own files: attachments, exports to read, and new files to write."""
