"""``python -m firstlight`` is the command line."""

import sys


def main() -> int:
    """Run the command line; 130 where it is interrupted, also while its modules are still being
    imported."""
    try:
        from firstlight.cli import main as run

        return run()
    except KeyboardInterrupt:
        from firstlight.errors import interrupted

        print(f"firstlight: {interrupted()}", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
