"""Write exports as ChatLab JSON/JSONL, CSV, Parquet or a workbook.

把导出转换成 ChatLab JSON/JSONL、CSV、Parquet 或 Excel。
"""

import difflib
from pathlib import Path
from typing import Annotated

from sqtool.cli._base import Command, Example
from sqtool.cli._flags import DebugOption, LangOption, QuietOption, option
from sqtool.cli._options import AnonymiseOption, Files
from sqtool.cli._takes import takes
from sqtool.errors import UsageError
from sqtool.i18n import t


@takes
def convert(
    files: Files,
    output: Annotated[
        str | None,
        option(
            "-o",
            "--output",
            en="File (its suffix is the format) or folder (DIR/, a file per chat).",
            zh="文件(后缀决定格式)或文件夹(以 / 结尾,每个群一个文件)。",
            value="PATH",
        ),
    ] = None,
    to: Annotated[
        str | None,
        option(
            "--to",
            en="Format by name: jsonl, json, csv, parquet, xlsx.",
            zh="按名称指定格式:jsonl、json、csv、parquet、xlsx。",
            value="FORMAT",
        ),
    ] = None,
    anonymise: AnonymiseOption = False,
    lang: LangOption = None,
    quiet: QuietOption = False,
    debug: DebugOption = False,
) -> int:
    """Convert in a stream and say what the format could not hold."""
    from sqtool.cli._anonymous import unnamed
    from sqtool.cli._input import given, request, tell_repeated, tell_skipped, write_issues
    from sqtool.cli._tell import ProgressBar, note
    from sqtool.convert import convert as run
    from sqtool.files import folder_for_files
    from sqtool.writers import WRITERS

    if output is None:
        raise UsageError(
            t("no -o: where shall it be written?", "缺少 -o:写到哪里?"), hint="-o chat.jsonl"
        )
    if output == "-":
        raise UsageError(
            t("convert writes files, not to standard output", "convert 只写文件,不写标准输出"),
            hint="-o chat.jsonl",
        )
    target = Path(output)
    into_folder = output.endswith(("/", "\\")) or target.is_dir()
    word = (to or ("jsonl" if into_folder else target.suffix)).lower().removeprefix(".")
    if word not in WRITERS.names():
        close = difflib.get_close_matches(word, WRITERS.names(), 1, cutoff=0.5)
        near = t(f"did you mean {close[0]}? ", f"是不是 {close[0]}?") if close else ""
        raise UsageError(
            t(f"cannot write {word or output}", f"不能写成 {word or output}"),
            hint=near + t("possible: ", "可用:") + ", ".join(WRITERS.names()),
        )
    given(files)  # complain before making folders
    if into_folder:
        folder_for_files(target)
    key = None
    if anonymise:
        from sqtool.keys import anonymise_key

        key = anonymise_key()  # before reading for a minute
    with (
        unnamed(output, *given(files), wanted=anonymise),
        ProgressBar(quiet=quiet, names=not anonymise) as progress,
    ):
        asked = request(files, progress)
        done = run(asked, WRITERS.get(word), target, into_folder=into_folder, key=key)
    if files.issues is not None:
        write_issues(done.issues, files.issues, quiet=quiet)
    for path in done.files:
        note(t(f"wrote {path}", f"已写入 {path}"), quiet=quiet)
    noun = "message" if done.messages == 1 else "messages"
    note(t(f"{done.messages:,} {noun}", f"共 {done.messages:,} 条消息"), quiet=quiet)
    tell_repeated(done.imports, quiet=quiet)
    for (en, zh), count in done.losses.counts.items():
        note(t(f"not in {word}: {count:,} {en}", f"{word} 装不下:{count:,} {zh}"), quiet=quiet)
    return tell_skipped(files, done.issues, quiet=quiet)


COMMAND = Command(
    convert,
    (
        Example(
            "sqtool convert chat.txt -o chat.jsonl", "for ChatLab and others", "供 ChatLab 等使用"
        ),
        Example(
            "sqtool convert exports/ -o all.parquet",
            "all chats with everything, for pandas or DuckDB",
            "所有群的全部信息,供 pandas、DuckDB 使用",
        ),
        Example("sqtool convert exports/ -o chats/ --to csv", "a file per chat", "每个群一个文件"),
        Example(
            "sqtool convert chat.txt --anonymise -o chat.jsonl",
            "with pseudonyms, to give to others",
            "换成化名,再交给别人",
        ),
    ),
)
