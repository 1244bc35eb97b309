"""``python -m bench`` is ``signal-core``."""

import sys

from bench.cli import main

sys.exit(main())
