"""Tags of the store's chats: city, course, team … to filter and add up by.

给存储库里的群打标签:城市、课程、团队……用来筛选和汇总。
"""

from pathlib import Path
from typing import Annotated

import typer

from sqtool.cli._base import Command, Example
from sqtool.cli._flags import StoreOption, option
from sqtool.cli._options import TableWriting
from sqtool.cli._takes import takes
from sqtool.errors import UsageError
from sqtool.i18n import t

Words = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[CHAT KEY=VALUE...]",
        help=t(
            "A chat (name or id) and its tags; KEY= takes one away. Nothing lists them.",
            "群(群名或群号)和标签;「标签=」去掉一个。不给则列出全部。",
        ),
        show_default=False,
    ),
]
TagsOption = Annotated[
    Path | None,
    option(
        "--tags", en="CSV of chats and tags.", zh="群标签的 CSV 文件。", panel="chats", value="FILE"
    ),
]


@takes
def tag(
    writing: TableWriting, words: Words = None, tags: TagsOption = None, store: StoreOption = None
) -> None:
    """Keep tags, or tell which there are."""
    import polars as pl

    from sqtool.cli._listing import column, listing, table
    from sqtool.cli._stored import open_store
    from sqtool.cli._tags import read_own_tags
    from sqtool.schema import TAGS
    from sqtool.store._place import Place
    from sqtool.store.keeping import put_tags

    opened = open_store(store)
    kept = opened.scan("tags").collect()
    frames = []
    if tags is not None:
        frames.append(read_own_tags(tags, opened.chats, quiet=writing.quiet))
    if words:
        pairs = [word.partition("=") for word in words[1:]]
        if not pairs or not all(key.strip() and sign for key, sign, _ in pairs):
            raise UsageError(
                t("tags are KEY=VALUE", "标签要写成 标签=值"), hint="sqtool tag 3群 城市=北京"
            )
        rows = [
            (chat_id, key.strip(), value.strip())
            for chat_id in opened.find(words[0])
            for key, _, value in pairs
        ]
        frames.append(pl.DataFrame(rows, schema=TAGS, orient="row"))
    if frames:
        given = pl.concat(frames).unique(["chat_id", "tag"], keep="last", maintain_order=True)
        kept = put_tags(Place.of(store), given)
    shown = kept.join(opened.chats.select("chat_id", "name"), on="chat_id").sort("chat_id", "tag")
    columns = [
        column("chat_id", "群 ID", "id", "chat"), column("name", "群名", "name"),
        column("tag", "标签"), column("value", "值"),
    ]  # fmt: skip
    title = ("Tags", "标签")
    rows = shown.select("chat_id", "name", "tag", "value").rows()
    listing("tag", title, [table("tags", title, columns, rows)], writing)


COMMAND = Command(
    tag,
    (
        Example("sqtool tag 3群 城市=北京 团队=小林", "say what a chat is", "给一个群打标签"),
        Example("sqtool tag --tags 群.csv", "many at once", "一次打很多"),
        Example("sqtool portfolio --by 城市", "added up by city", "按城市汇总"),
    ),
)
