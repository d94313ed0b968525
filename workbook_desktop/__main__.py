"""``python -m workbook_desktop`` is the same as the command ``workbook-desktop``."""

from workbook_desktop.commands import main

if __name__ == "__main__":
    raise SystemExit(main())
