"""Shared options that the config file may set: their names in the file, and what is possible."""

from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

from sqtool.cli._options import DateOrder
from sqtool.context import zone
from sqtool.errors import UsageError


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _zone(value: Any) -> Any:
    try:
        return zone(value).key if isinstance(value, str) else value
    except UsageError as error:
        raise ValueError(error.what) from error


Words = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Files = Annotated[tuple[Path, ...], BeforeValidator(_listed)]


class Options(BaseModel):
    """One field an option; None leaves it to the command."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tz: Annotated[str, BeforeValidator(_zone)] | None = None
    lang: Literal["zh", "en"] | None = None
    staff: Words | None = None
    bots: Words | None = None
    self_is_member: bool | None = None
    store: str | None = None
    roster: Files | None = None
    aliases: Path | None = None
    date_order: DateOrder | None = None


PARAMETERS: Final = {"bots": "bot"}
"""Parameters of commands whose name is not that of the key."""

FLAGS: Final = {
    "tz": "Asia/Shanghai", "lang": "", "staff": "", "bots": "", "self_is_member": "false",
    "store": "", "roster": "", "aliases": "", "date_order": "",
}  # fmt: skip
"""What holds where nothing is set, as shown."""
