"""Member lists of tiny chats: what a test needs to say about who stood on a list."""

import polars as pl

from sqtool.snapshots import SNAPSHOTS
from tests._chat import moment


def listing(
    when: str,
    people: str,
    *,
    chat_id: str = "c",
    ids: bool = True,
    joined: dict[str, str] | None = None,
    complete: bool = True,
    **extras: dict[str, str],
) -> pl.DataFrame:
    """Return a list of a chat.

    Args:
        when: Its moment (``d3 09:00``; ``d3`` alone is its last second).
        people: Words separated by blanks: ids, the name being the word with a capital.
        chat_id: The chat.
        ids: Whether the list shows the ids, or names alone.
        joined: Moment of joining by word.
        complete: Whether it is the whole list.
        extras: The keeper's own columns: value by word; ``role`` is the role.
    """
    roles = extras.pop("role", {})
    rows = []
    for who in people.split():
        own = {title: values[who] for title, values in extras.items() if who in values}
        rows.append(
            {
                "chat_id": chat_id,
                "taken_at": moment(when),
                "file": f"{when.split()[0]}.csv",
                "complete": complete,
                "member_id": who if ids else None,
                "display_name": who.capitalize(),
                "role": roles.get(who),
                "joined_at": moment(joined[who]) if joined and who in joined else None,
                "extra_columns": [*own],
                "extra_values": [*own.values()],
            }
        )
    return pl.DataFrame(rows, schema=SNAPSHOTS)
