"""Which kind of message a file makes: by its name, by its media type."""

from typing import Final

import polars as pl

_SUFFIXES: Final = {
    "image": "jpg jpeg jfif png gif webp bmp heic heif avif tif tiff svg",
    "video": "mp4 mov m4v avi mkv webm 3gp mpg mpeg wmv flv",
    "voice": "ogg oga opus amr m4a aac wav caf silk",
}
KIND_BY_SUFFIX: Final = {
    suffix: kind for kind, line in _SUFFIXES.items() for suffix in line.split()
}
"""Music files (mp3, flac) are not here: nobody speaks into them, they are files sent along."""

_BY_MEDIA_TYPE: Final = {"image": "image", "video": "video", "audio": "voice"}


def kind_by_name(name: pl.Expr) -> pl.Expr:
    """Return the kind (String) of a file name or address: ``file`` if its suffix is not known."""
    path = name.str.replace(r"[?#].*$", "")
    suffix = path.str.extract(r"\.([A-Za-z0-9]{1,5})$").str.to_lowercase()
    return suffix.replace_strict(KIND_BY_SUFFIX, default="file", return_dtype=pl.String)


def kind_by_media_type(media_type: str | None) -> str:
    """Return the kind for ``image/png`` and the like: ``file`` where it says nothing."""
    return _BY_MEDIA_TYPE.get((media_type or "").partition("/")[0].lower(), "file")
