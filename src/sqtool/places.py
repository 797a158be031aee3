"""Where the user's own files live on this machine: settings and keys, the archive, a cache.

Environment variables decide, else the usual folders of the operating system.
"""

import os
from pathlib import Path

APP = "sqtool"
CONFIG_VARIABLE = "SQTOOL_CONFIG_DIR"
STORE_VARIABLE = "SQTOOL_STORE"
CACHE_VARIABLE = "SQTOOL_CACHE_DIR"


def config_dir() -> Path:
    """Return the folder of settings and keys (``SQTOOL_CONFIG_DIR``); it need not exist."""
    given = os.environ.get(CONFIG_VARIABLE)
    if given:
        return Path(given).expanduser()
    # Imported here: most commands need neither folder.
    import platformdirs

    return platformdirs.user_config_path(APP, appauthor=False)


def cache_dir() -> Path:
    """Return the folder of what can be made again at any time; it need not exist."""
    given = os.environ.get(CACHE_VARIABLE)
    if given:
        return Path(given).expanduser()
    import platformdirs

    return platformdirs.user_cache_path(APP, appauthor=False)


def store_place() -> str:
    """Return the place of the archive: ``SQTOOL_STORE`` (a folder or a URL), else a folder."""
    given = os.environ.get(STORE_VARIABLE)
    if given:
        return given
    import platformdirs

    return str(platformdirs.user_data_path(APP, appauthor=False) / "store")
