"""The JSON schema of the site file, beside the page that describes it."""

from __future__ import annotations

import json
from typing import Any

from mkdocs.structure.files import File, Files

from controllers.cabinet.site import schema

PLACE = "reference/site-file.schema.json"


def on_files(files: Files, config: Any) -> Files:
    """One file more."""
    files.append(File.generated(config, PLACE, content=json.dumps(schema(), indent=1) + "\n"))
    return files
