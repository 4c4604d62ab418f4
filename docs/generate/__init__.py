"""What the site generates from the code: reference, commands, the table of the record, and the
check of its links."""
