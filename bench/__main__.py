"""``python -m bench`` is ``signal-core``."""

import sys

from bench.cli.main import main

sys.exit(main())
