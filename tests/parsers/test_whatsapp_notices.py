"""The notices of WhatsApp, one row each, in every language they are read in."""

import polars as pl
import pytest

from sqtool.parsers import _whatsapp_media as marks
from sqtool.parsers import _whatsapp_words as words
from sqtool.parsers._notices import SELF, read_notices
from sqtool.parsers._whatsapp_bodies import read_odd

# wording, event, actor, targets
WORDINGS = [
    # English
    ("阿澈 joined using this group's invite link", "join", None, ["阿澈"]),
    ("阿澈 joined using this group’s invite link", "join", None, ["阿澈"]),
    ("阿澈 joined using a group link.", "join", None, ["阿澈"]),
    ("阿澈 joined using this community's invite link", "join", None, ["阿澈"]),
    ("阿澈 joined via an invite link", "join", None, ["阿澈"]),
    ("阿澈 joined using your invite", "join", None, ["阿澈"]),
    ("阿澈 joined", "join", None, ["阿澈"]),
    ("Nora added 阿澈", "invite", "Nora", ["阿澈"]),
    ("Nora added you", "invite", "Nora", [SELF]),
    ("You added 阿澈", "invite", SELF, ["阿澈"]),
    ("You added 阿澈 and 米粒", "invite", SELF, ["阿澈", "米粒"]),
    ("You were added", "invite", None, [SELF]),
    ("+44 7700 900123 left", "leave", None, ["+44 7700 900123"]),
    ("You left", "leave", None, [SELF]),
    ("Nora removed 阿澈", "removed", "Nora", ["阿澈"]),
    ("You removed 阿澈", "removed", SELF, ["阿澈"]),
    ("You were removed", "removed", None, [SELF]),
    ('Nora changed the subject from "A" to "B: C"', "rename", "Nora", None),
    ("Nora changed the group name from “A” to “B”", "rename", "Nora", None),
    ("Nora changed the group name", "rename", "Nora", None),
    ("You changed the group name", "rename", SELF, None),
    ("阿澈 is now an admin", "admin", None, ["阿澈"]),
    ("You're now an admin", "admin", None, [SELF]),
    ("You’re now an admin", "admin", None, [SELF]),
    ("Nora pinned a message", "pinned", "Nora", None),
    ("This message was deleted by admin Nora.", "recall", "Nora", None),
    ("Nora changed this group's icon", "other", None, None),
    ('Nora created group "夜猫"', "other", None, None),
    ("Nora turned on disappearing messages.", "other", None, None),
    (
        "Messages and calls are end-to-end encrypted. No one outside of this chat, not even"
        " WhatsApp, can read or listen to them. Tap to learn more.",
        "other",
        None,
        None,
    ),
    # Chinese
    ("阿澈加入群组", "join", None, ["阿澈"]),
    ("阿澈加入了群組", "join", None, ["阿澈"]),
    ("阿澈使用此群组的邀请链接加入", "join", None, ["阿澈"]),
    ("阿澈使用此群組的邀請連結加入", "join", None, ["阿澈"]),
    ("诺拉添加了阿澈", "invite", "诺拉", ["阿澈"]),
    ("诺拉已新增阿澈", "invite", "诺拉", ["阿澈"]),
    ("阿澈退出了群组", "leave", None, ["阿澈"]),
    ("阿澈已離開群組", "leave", None, ["阿澈"]),
    ("诺拉移除了阿澈", "removed", "诺拉", ["阿澈"]),
    ("诺拉已移除阿澈", "removed", "诺拉", ["阿澈"]),
    ("诺拉更改了本群组的名称", "rename", "诺拉", None),
    ("诺拉已變更本群組的名稱", "rename", "诺拉", None),
    ("诺拉置顶了一条消息", "pinned", "诺拉", None),
    ("诺拉创建了此群组", "other", None, None),
    # Hebrew
    ("טל הצטרף/ה לקבוצה באמצעות קישור ההזמנה", "join", None, ["טל"]),
    ("טל הצטרף.ה", "join", None, ["טל"]),
    ("הצטרפת לקבוצה דרך קישור הזמנה של הקבוצה", "join", None, [SELF]),
    ("נורה צירף/ה את טל", "invite", "נורה", ["טל"]),
    ("נורה הוסיף/ה את טל", "invite", "נורה", ["טל"]),
    ("צירפת את טל", "invite", SELF, ["טל"]),
    ("טל צורף/ה", "invite", None, ["טל"]),
    ("טל צורף/ה על ידי נורה", "invite", "נורה", ["טל"]),
    ("טל ו-גיל צורפו על ידי נורה", "invite", "נורה", ["טל", "גיל"]),
    ("צורפת על ידי נורה", "invite", "נורה", [SELF]),
    ("נורה הסיר/ה את טל", "removed", "נורה", ["טל"]),
    ("טל הוסר/ה", "removed", None, ["טל"]),
    ("הסרת את טל", "removed", SELF, ["טל"]),
    ("הוסרת", "removed", None, [SELF]),
    ("טל יצא/ה", "leave", None, ["טל"]),
    ("טל יצא/ה מהקבוצה", "leave", None, ["טל"]),
    ("טל עזב/ה את הקבוצה", "leave", None, ["טל"]),
    ("יצאת מהקבוצה", "leave", None, [SELF]),
    ('נורה שינה/תה את נושא הקבוצה מ"א" ל"ב"', "rename", "נורה", None),
    ("שם הקבוצה השתנה על ידי נורה", "rename", "נורה", None),
    ("ההודעה נמחקה על ידי נורה", "recall", "נורה", None),
    ('נורה יצר/ה את הקבוצה "קריאה"', "other", None, None),
    # German
    ("Nora hat Tom hinzugefügt.", "invite", "Nora", ["Tom"]),
    ("Nora hat Tom und 阿澈 hinzugefügt.", "invite", "Nora", ["Tom", "阿澈"]),
    ("Nora hat dich hinzugefügt.", "invite", "Nora", [SELF]),
    ("Du hast Tom hinzugefügt.", "invite", SELF, ["Tom"]),
    ("Du wurdest hinzugefügt.", "invite", None, [SELF]),
    ("Tom ist der Gruppe mit einem Einladungslink beigetreten.", "join", None, ["Tom"]),
    ("Tom ist dieser Gruppe über den Einladungslink beigetreten", "join", None, ["Tom"]),
    ("Tom hat die Gruppe verlassen.", "leave", None, ["Tom"]),
    ("Du hast die Gruppe verlassen.", "leave", None, [SELF]),
    ("Nora hat Tom entfernt.", "removed", "Nora", ["Tom"]),
    ("Nora hat den Betreff von „A“ zu „B“ geändert.", "rename", "Nora", None),
    ("Nora hat den Gruppennamen von „A“ zu „B“ geändert.", "rename", "Nora", None),
    ("Du bist jetzt ein Admin", "admin", None, [SELF]),
    ("Nora hat die Gruppe „夜猫“ erstellt.", "other", None, None),
    ("Nora hat das Gruppenbild geändert.", "other", None, None),
    # Spanish
    ("Nora añadió a Tom", "invite", "Nora", ["Tom"]),
    ("Nora agregó a Tom", "invite", "Nora", ["Tom"]),
    ("Nora te añadió", "invite", "Nora", [SELF]),
    ("Añadiste a Tom", "invite", SELF, ["Tom"]),
    ("Tom se unió usando el enlace de invitación de este grupo", "join", None, ["Tom"]),
    ("Tom se unió con el enlace de invitación", "join", None, ["Tom"]),
    ("Tom salió del grupo", "leave", None, ["Tom"]),
    ("Tom salió", "leave", None, ["Tom"]),
    ("Saliste del grupo", "leave", None, [SELF]),
    ("Nora eliminó a Tom", "removed", "Nora", ["Tom"]),
    ("Eliminaste a Tom", "removed", SELF, ["Tom"]),
    ('Nora cambió el asunto de "A" a "B"', "rename", "Nora", None),
    ("Nora cambió el nombre del grupo", "rename", "Nora", None),
    # French
    ("Nora a ajouté Tom", "invite", "Nora", ["Tom"]),
    ("Vous avez ajouté Tom", "invite", SELF, ["Tom"]),
    ("Nora vous a ajouté", "invite", "Nora", [SELF]),
    ("Tom a rejoint le groupe en utilisant le lien d'invitation", "join", None, ["Tom"]),
    ("Tom a quitté le groupe", "leave", None, ["Tom"]),
    ("Tom est parti", "leave", None, ["Tom"]),
    ("Nora a retiré Tom", "removed", "Nora", ["Tom"]),
    ("Nora a changé le sujet de « A » à « B »", "rename", "Nora", None),
    ("Nora a modifié le nom du groupe", "rename", "Nora", None),
    # Portuguese
    ("Nora adicionou Tom", "invite", "Nora", ["Tom"]),
    ("Você adicionou Tom", "invite", SELF, ["Tom"]),
    ("Nora adicionou você", "invite", "Nora", [SELF]),
    ("Tom entrou usando o link de convite deste grupo", "join", None, ["Tom"]),
    ("Tom saiu", "leave", None, ["Tom"]),
    ("Você saiu", "leave", None, [SELF]),
    ("Nora removeu Tom", "removed", "Nora", ["Tom"]),
    ('Nora mudou o nome do grupo de "A" para "B"', "rename", "Nora", None),
    ("Nora mudou a descrição do grupo", "other", None, None),
    # Italian
    ("Nora ha aggiunto Tom", "invite", "Nora", ["Tom"]),
    ("Hai aggiunto Tom", "invite", SELF, ["Tom"]),
    ("Nora ti ha aggiunto", "invite", "Nora", [SELF]),
    ("Tom si è unito usando il link di invito di questo gruppo", "join", None, ["Tom"]),
    ("Tom ha abbandonato il gruppo", "leave", None, ["Tom"]),
    ("Nora ha rimosso Tom", "removed", "Nora", ["Tom"]),
    ("Nora ha cambiato l'oggetto da “A” a “B”", "rename", "Nora", None),
    # Dutch
    ("Nora heeft Tom toegevoegd", "invite", "Nora", ["Tom"]),
    ("Je hebt Tom toegevoegd", "invite", SELF, ["Tom"]),
    ("Nora heeft jou toegevoegd", "invite", "Nora", [SELF]),
    ("Tom is lid geworden via de uitnodigingslink van deze groep", "join", None, ["Tom"]),
    ("Tom heeft de groep verlaten", "leave", None, ["Tom"]),
    ("Nora heeft Tom verwijderd", "removed", "Nora", ["Tom"]),
    ('Nora heeft het onderwerp gewijzigd van "A" naar "B"', "rename", "Nora", None),
    # Russian
    ("Нора добавила Тома", "invite", "Нора", ["Тома"]),
    ("Нора добавил(-а) Тома", "invite", "Нора", ["Тома"]),
    ("Вы добавили Тома", "invite", SELF, ["Тома"]),
    ("Нора добавил(а) вас", "invite", "Нора", [SELF]),
    ("Том присоединился(-ась) к группе по ссылке-приглашению", "join", None, ["Том"]),
    ("Том присоединился по ссылке-приглашению", "join", None, ["Том"]),
    ("Том вышел", "leave", None, ["Том"]),
    ("Нора вышла", "leave", None, ["Нора"]),
    ("Том покинул(-а) группу", "leave", None, ["Том"]),
    ("Нора удалила Тома", "removed", "Нора", ["Тома"]),
    ("Нора изменил(-а) тему с «А» на «Б»", "rename", "Нора", None),
    # Turkish
    ("Nora, Tom kişisini ekledi", "invite", "Nora", ["Tom"]),
    ("Nora sizi ekledi", "invite", "Nora", [SELF]),
    ("Tom bu grubun davet bağlantısını kullanarak katıldı", "join", None, ["Tom"]),
    ("Tom gruptan ayrıldı", "leave", None, ["Tom"]),
    ("Tom ayrıldı", "leave", None, ["Tom"]),
    ("Nora, Tom kişisini çıkardı", "removed", "Nora", ["Tom"]),
    ("Nora grubun adını değiştirdi", "rename", "Nora", None),
    # Indonesian
    ("Nora menambahkan Tom", "invite", "Nora", ["Tom"]),
    ("Anda menambahkan Tom dan Siti", "invite", SELF, ["Tom", "Siti"]),
    ("Tom bergabung menggunakan tautan undangan grup ini", "join", None, ["Tom"]),
    ("Tom keluar", "leave", None, ["Tom"]),
    ("Nora mengeluarkan Tom", "removed", "Nora", ["Tom"]),
    # Japanese
    ("诺拉が阿澈を追加しました", "invite", "诺拉", ["阿澈"]),
    ("あなたが阿澈を追加しました", "invite", SELF, ["阿澈"]),
    ("阿澈がグループの招待リンクを使って参加しました", "join", None, ["阿澈"]),
    ("阿澈が退出しました", "leave", None, ["阿澈"]),
    ("诺拉が阿澈を削除しました", "removed", "诺拉", ["阿澈"]),
    # Korean
    ("노라님이 민수님을 추가했습니다", "invite", "노라", ["민수"]),
    ("민수님이 이 그룹의 초대 링크를 사용하여 참여했습니다", "join", None, ["민수"]),
    ("민수님이 나갔습니다", "leave", None, ["민수"]),
    ("노라님이 민수님을 내보냈습니다", "removed", "노라", ["민수"]),
]


@pytest.mark.parametrize(("text", "event", "actor", "targets"), WORDINGS)
def test_each_wording_gives_its_event_actor_and_targets(
    text: str, event: str, actor: str | None, targets: list[str] | None
) -> None:
    got = read_notices(pl.Series([text])).row(0, named=True)
    assert (got["event"], got["actor_name"], got["target_names"]) == (event, actor, targets)


def test_reading_all_wordings_together_gives_the_same_as_one_by_one() -> None:
    together = read_notices(pl.Series([text for text, *_ in WORDINGS]))
    expected = [(event, actor, targets) for _, event, actor, targets in WORDINGS]
    assert together.select("event", "actor_name", "target_names").rows() == expected


def _kinds(bodies: list[str]) -> pl.DataFrame:
    return read_odd(pl.Series(bodies), pl.Series(["阿澈"] * len(bodies)))


@pytest.mark.parametrize("mark", ["", "\u200e"])
@pytest.mark.parametrize("stop", ["", ".", "。"])
def test_a_deleted_message_is_a_recall_in_every_language(mark: str, stop: str) -> None:
    read = _kinds([mark + word[:1].upper() + word[1:] + stop for word in sorted(words.DELETED)])
    assert read["deleted"].all()
    assert set(read["kind"]) == {"system"}


def test_what_was_left_out_has_a_kind_and_no_text() -> None:
    shown = sorted(marks.OMITTED)
    read = _kinds([f"\u200e{word}" for word in shown])
    assert read["kind"].to_list() == [marks.OMITTED[word] for word in shown]
    assert read["text"].null_count() == len(shown)
    vague = _kinds([word.title() for word in sorted(marks.MEDIA_OMITTED)])
    assert set(vague["kind"]) == {"other"}
    assert vague["text"].null_count() == len(marks.MEDIA_OMITTED)


@pytest.mark.parametrize(
    ("body", "kind", "text"),
    [
        ("IMG-20250301-WA0003.jpg (file attached)", "image", None),
        ("\u200eIMG-20250301-WA0003.jpg (file attached)\nmy caption", "image", "my caption"),
        ("PTT-20250301-WA0004.opus (Datei angehängt)", "voice", None),
        ("VID-20250301-WA0004.mp4 (archivo adjunto)", "video", None),
        ("STK-20250301-WA0004.webp (fichier joint)", "sticker", None),
        ("书单.pdf (文件附件)", "file", "书单.pdf"),
        ("DOC-20250301-WA0006. (bestand bijgevoegd)\n书单.pdf", "file", "书单.pdf"),
        ("小林.vcf (file attached)", "contact", None),
        ("\u200e<attached: 00000012-PHOTO-2025-03-01-09-05-00.jpg>", "image", None),
        ("<attached: 00000012-PHOTO-2025-03-01-09-05-00.jpg>", "image", None),
        ("< attached: 00000012-VIDEO-2025-03-01-09-05-00.mp4 >", "video", None),
        ("<attached: PTT-20250301-WA0025.opus>", "voice", None),
        ("<attached: 随便写的>", "text", "<attached: 随便写的>"),
        ("3.jpg <\u200eattached>", "image", None),
        ("书单.pdf <attached>", "file", "书单.pdf"),
        ("3.jpg <随便写的>", "text", "3.jpg <随便写的>"),
        ("\u200eהתמונה הושמטה", "image", None),
        ("\u200eסטיקר הושמט", "sticker", None),
        ("\u200ebillede udeladt", "image", None),
        ("\u200eđã bỏ video", "video", None),
        ("שיחה קולית שלא נענתה", "call", None),
        ("Det här meddelandet raderades", "system", "Det här meddelandet raderades"),
        ("חדש <ההודעה נערכה>", "text", "חדש"),
        ("早上好 \u200e<attached: 00000012-PHOTO-2025-03-01-09-05-00.jpg>", "image", "早上好"),
        ("\u200e<附件：00000013-AUDIO-2025-03-01-09-05-00.opus>", "voice", None),
        ("\u200e<angehängt: 00000014-STICKER-2025-03-01-09-05-00.webp>", "sticker", None),
        ("书单.pdf • \u200e2 pages \u200e<attached: 00000017-书单.pdf>", "file", "书单.pdf"),
        ("书单.pdf • \u200e2 pages \u200edocument omitted", "file", "书单.pdf"),
        ("看这个 \u200eimage omitted", "image", "看这个"),
        ("\u200ePOLL:\n周末几点?\n\u200eOPTION: 上午 (16 votes)\n\u200eOPTION: 下午 (1 vote)",
         "share", "周末几点?"),
        ("POLL:\n周末几点?\nOPTION: 上午 (16 votes)", "share", "周末几点?"),
        ("location: https://maps.google.com/?q=30.1,120.2", "location", None),
        ("\u200eLocation: https://maps.google.com/?q=30.1,-120.2", "location", None),
        ("live location shared", "location", None),
        ("Waiting for this message. This may take a while.", "other", None),
        ("null", "other", None),
        ("", "other", None),
        ("\u200eMissed voice call", "call", None),
        ("改过的话 \u200e<This message was edited>", "text", "改过的话"),
        ("改过的话 <This message was edited>", "text", "改过的话"),
        ("geändert <Diese Nachricht wurde bearbeitet.>", "text", "geändert"),
        ("我写 <b>粗体</b>", "text", "我写 <b>粗体</b>"),
        ("笑 :)", "text", "笑 :)"),
        ("提醒:", "text", "提醒:"),
        ("(括号里)", "text", "(括号里)"),
        ("看 https://maps.google.com/?q=1,2 吧", "text", "看 https://maps.google.com/?q=1,2 吧"),
        ("\u200eOpen this link to join my WhatsApp Group: https://chat.whatsapp.com/x", "text",
         "\u200eOpen this link to join my WhatsApp Group: https://chat.whatsapp.com/x"),
        ("\u200e阿澈 changed this group's icon", "system", "阿澈 changed this group's icon"),
        ("\u200eDu hast das Gruppenbild geändert.", "system", "Du hast das Gruppenbild geändert."),
        ("\u200e一种没有见过的占位", "other", "一种没有见过的占位"),
    ],
)  # fmt: skip
def test_placeholders_files_and_sentences_are_told_from_texts(
    body: str, kind: str, text: str | None
) -> None:
    read = _kinds([body])
    assert (read["kind"][0], read["text"][0]) == (kind, text)
