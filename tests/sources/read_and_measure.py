"""Read a file and print by how many megabytes that raised the memory's peak, and its seconds."""

from __future__ import annotations

import resource
import sys
import time

from firstlight.errors import InputError
from firstlight.sources.documents import read_documents
from firstlight.sources.outlines import read_outlines


def main() -> None:
    """Read the file that the arguments name."""
    kind, path = sys.argv[1:]
    read_documents({"a.csv": b"title,year\na,2010\n"})  # what is imported on the way
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.process_time()
    try:
        (read_outlines if kind == "outlines" else read_documents)(path)
    except InputError as error:
        print(error, file=sys.stderr)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print((after - before) / 1024, time.process_time() - begun)


if __name__ == "__main__":
    main()
