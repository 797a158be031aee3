"""Where the user's own files of the program are, on each system."""

import os
from pathlib import Path
from typing import Final

CONFIG_VARIABLE: Final = "SQTOOL_CONFIG_DIR"


def config_dir() -> Path:
    """Return the folder of settings and keys; it need not exist."""
    given = os.environ.get(CONFIG_VARIABLE)
    if given:
        return Path(given)
    from platformdirs import user_config_path

    return user_config_path("sqtool", appauthor=False)


def data_dir() -> Path:
    """Return the folder of the user's store; it need not exist."""
    from platformdirs import user_data_path

    return user_data_path("sqtool", appauthor=False)
