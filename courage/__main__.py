"""``python -m courage``."""

from courage.cli import main

if __name__ == "__main__":
    main()
