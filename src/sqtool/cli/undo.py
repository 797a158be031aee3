"""Take back the newest changes of the store.

撤销存储库最近的修改。
"""

from typing import Annotated

from sqtool.cli._base import Command, Example
from sqtool.cli._flags import DebugOption, LangOption, QuietOption, StoreOption, option
from sqtool.cli._takes import takes
from sqtool.errors import UsageError
from sqtool.i18n import t


@takes
def undo(
    store: StoreOption = None,
    count: Annotated[
        int, option("-n", "--count", en="How many (1).", zh="撤销几次(默认 1)。", value="N")
    ] = 1,
    lang: LangOption = None,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> None:
    """Undo, and say what was taken back."""
    from sqtool.cli._store import told
    from sqtool.cli._tell import note
    from sqtool.store._place import Place
    from sqtool.store.history import undo as run

    if count < 1:
        raise UsageError(t("-n needs a number from 1 on", "-n 要 1 以上的整数"))
    for row in run(Place.of(store), count).iter_rows(named=True):
        note(t("taken back: ", "已撤销:") + told(row), quiet=quiet)


COMMAND = Command(
    undo,
    (
        Example("sqtool undo", "the newest import", "撤销最近一次导入"),
        Example("sqtool undo -n 3", "the last three changes", "撤销最近三次修改"),
    ),
)
