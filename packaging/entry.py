"""Where the frozen application starts: the same commands as the installed one."""

import multiprocessing
import sys

from workbook_desktop.commands import main

if __name__ == "__main__":
    multiprocessing.freeze_support()
    sys.exit(main())
