"""Write a made-up reading club as export files, to try everything on.

造一个虚构的读书群导出文件,所有命令都可以拿它试。
"""

from pathlib import Path
from typing import Annotated

import typer

from sqtool.cli._base import Command, Example
from sqtool.cli._flags import DebugOption, LangOption, QuietOption, option
from sqtool.cli._takes import takes
from sqtool.i18n import t

Folder = Annotated[
    Path,
    typer.Argument(
        metavar="DIR", help=t("Where to write (./sqtool-demo).", "写到哪里(默认 ./sqtool-demo)。")
    ),
]


@takes
def demo(
    folder: Folder = Path("sqtool-demo"),
    weeks: Annotated[
        int, option("--weeks", en="How many weeks (16).", zh="多少周(默认 16)。", value="N")
    ] = 16,
    seed: Annotated[
        int,
        option("--seed", en="Another seed, another group (7).", zh="换种子就换群(7)。", value="N"),
    ] = 7,
    lang: LangOption = None,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Write the files and say what to run next."""
    from sqtool.cli._tell import note
    from sqtool.demo import write_demo
    from sqtool.errors import UsageError

    if not 1 <= weeks <= 520:
        raise UsageError(t("--weeks: between 1 and 520", "--weeks:1 到 520 之间"))
    try:
        paths = write_demo(folder, weeks=weeks, seed=seed)
    except OSError as error:
        raise UsageError(
            t("cannot be written", "写不进去"), where=str(folder), hint=error.strerror or ""
        ) from error
    for path in paths:
        note(t(f"wrote {path}", f"已写入 {path}"), quiet=quiet)
    if paths:
        note(
            t(f"now try: sqtool report {paths[0]}", f"接着试试:sqtool report {paths[0]}"),
            quiet=quiet,
        )


COMMAND = Command(
    demo,
    (
        Example("sqtool demo", "sixteen weeks in ./sqtool-demo", "16 周,写到 ./sqtool-demo"),
        Example("sqtool demo /tmp/club --weeks 4", "a short one elsewhere", "短一点,写到别处"),
    ),
)
