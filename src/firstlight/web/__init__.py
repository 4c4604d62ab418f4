"""Results for readers and programs elsewhere: pages, files, an API and an assistant's tools, over
HTTP or as a folder of files."""
