"""`python -m bot` is `callsheet`."""

import sys

from bot.cli import main

sys.exit(main())
