"""Where `lyttepost` starts: light, so that Ctrl-C while the rest loads ends it quietly, too."""

import sys


def main() -> None:
    try:
        from lyttepost.cli import main as run
    except KeyboardInterrupt:
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
