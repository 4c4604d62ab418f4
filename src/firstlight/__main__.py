"""``python -m firstlight`` is the command line."""

import sys

from firstlight.cli import main

sys.exit(main())
