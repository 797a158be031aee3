"""What WhatsApp writes beside what people say, language by language: deletions, calls, polls.

Only data. Case and a final full stop do not matter; what stands here is in lower case.
"""

from typing import Final


def lines(block: str) -> frozenset[str]:
    """Return the lines of a block as a set, in lower case."""
    return frozenset(line.strip().lower() for line in block.strip().splitlines())


DELETED: Final = lines("""
this message was deleted
you deleted this message
diese nachricht wurde gelöscht
du hast diese nachricht gelöscht
se eliminó este mensaje
este mensaje fue eliminado
eliminaste este mensaje
has eliminado este mensaje
ce message a été supprimé
vous avez supprimé ce message
esta mensagem foi apagada
essa mensagem foi apagada
mensagem apagada
você apagou esta mensagem
apagou esta mensagem
eliminou esta mensagem
esta mensagem foi eliminada
questo messaggio è stato eliminato
hai eliminato questo messaggio
dit bericht is verwijderd
dit bericht werd verwijderd
je hebt dit bericht verwijderd
u hebt dit bericht verwijderd
данное сообщение удалено
это сообщение удалено
сообщение удалено
вы удалили данное сообщение
вы удалили это сообщение
bu mesaj silindi
bu mesajı sildiniz
pesan ini telah dihapus
pesan ini dihapus
anda menghapus pesan ini
ta wiadomość została usunięta
usunięto tę wiadomość
このメッセージは削除されました
このメッセージを削除しました
あなたはこのメッセージを削除しました
이 메시지는 삭제되었습니다
삭제된 메시지입니다
메시지를 삭제했습니다
这条消息已删除
此消息已删除
您已删除此消息
您已删除这条消息
此訊息已刪除
這則訊息已刪除
你已刪除此訊息
您已刪除此訊息
تم حذف هذه الرسالة
""")
DELETED_BY_SELF: Final = lines("""
you deleted this message
du hast diese nachricht gelöscht
eliminaste este mensaje
has eliminado este mensaje
vous avez supprimé ce message
você apagou esta mensagem
hai eliminato questo messaggio
je hebt dit bericht verwijderd
u hebt dit bericht verwijderd
вы удалили данное сообщение
вы удалили это сообщение
bu mesajı sildiniz
anda menghapus pesan ini
このメッセージを削除しました
あなたはこのメッセージを削除しました
메시지를 삭제했습니다
您已删除此消息
您已删除这条消息
你已刪除此訊息
您已刪除此訊息
""")
"""Whoever wrote that is the one who made the export."""

EDITED: Final = lines("""
this message was edited
diese nachricht wurde bearbeitet
se editó este mensaje
ce message a été modifié
mensagem editada
esta mensagem foi editada
questo messaggio è stato modificato
dit bericht is bewerkt
данное сообщение изменено
сообщение изменено
bu mesaj düzenlendi
pesan ini diedit
wiadomość edytowana
このメッセージは編集されました
이 메시지는 수정되었습니다
消息已编辑
此消息已编辑
訊息已編輯
此訊息已編輯
""")
"""At the end of an edited message, in angle brackets."""

WAITING: Final = lines("""
waiting for this message. this may take a while
warte auf diese nachricht. dies kann eine weile dauern
esperando este mensaje. esto puede tomar tiempo
en attente de ce message. cela peut prendre un moment
aguardando mensagem. essa ação pode levar alguns instantes
in attesa del messaggio. potrebbe volerci un po' di tempo
wachten op dit bericht. dit kan even duren
ожидание сообщения. это может занять некоторое время
正在等待此消息。这可能需要一段时间
正在等待此消息
正在等待此訊息。這可能需要一些時間
正在等候此訊息
null
<view once voice message omitted>
<view once photo omitted>
<view once video omitted>
<view once message omitted>
""")
"""Messages whose content the phone does not have, or may not show."""

CALLS: Final = lines("""
missed voice call
missed video call
missed group voice call
missed group video call
verpasster sprachanruf
verpasster videoanruf
llamada perdida
videollamada perdida
llamada de voz perdida
appel vocal manqué
appel vidéo manqué
chamada de voz perdida
chamada de vídeo perdida
chiamata vocale persa
videochiamata persa
gemiste spraakoproep
gemiste video-oproep
пропущенный аудиозвонок
пропущенный видеозвонок
cevapsız sesli arama
cevapsız görüntülü arama
不在着信
不在ビデオ通話
부재중 음성통화
부재중 영상통화
未接语音通话
未接视频通话
未接語音通話
未接視訊通話
""")

LIVE_LOCATIONS: Final = lines("""
live location shared
live-standort wird geteilt
live-standort geteilt
ubicación en tiempo real compartida
localisation en direct partagée
localização em tempo real compartilhada
posizione in tempo reale condivisa
live locatie gedeeld
已分享实时位置
已分享即時位置
已共享实时位置
""")

POLLS: Final = lines("""
poll
umfrage
encuesta
sondage
enquete
sondagem
sondaggio
peiling
опрос
anket
jajak pendapat
polling
アンケート
投票
투표
""")
"""The first line of a poll, before a colon; its options end in a number of votes in brackets."""

ENCRYPTED: Final = (
    "end-to-end encrypted", "端到端加密", "端對端加密", "Ende-zu-Ende-verschlüssel",
    "Ende-zu-Ende-Verschlüssel", "de extremo a extremo", "de bout en bout", "de ponta a ponta",
    "crittografati end-to-end", "crittografia end-to-end", "end-to-end versleuteld",
    "end-to-end-versleutel", "сквозным шифрованием", "uçtan uca şifreli", "uçtan uca şifrelenmiş",
    "terenkripsi secara end-to-end", "szyfrowane w pełni", "エンドツーエンド", "종단간 암호화",
    "종단 간 암호화", "Only people in this chat can read", "بين الطرفين", "מקצה לקצה",
)  # fmt: skip
"""A piece of the notice that most chats begin with."""

SETTINGS: Final = (
    # English
    "changed this group's icon", "changed the group icon", "deleted this group's icon",
    "changed the group description", "deleted the group description", "created this group",
    "created group", "changed this group's settings", "changed the settings",
    "turned on admin approval", "turned off admin approval", "disappearing messages",
    "a new number", "security code", "changed to +", "only admins", "is no longer an admin",
    "started a call", "started a video call", "reset this group's invite link",
    "reset the group link", "joined this community", "this group has over", "group creator",
    "can add others to this group", "the community", "this community", "blocked this contact",
    "unblocked this contact", "requested to join", "is in your contacts", "business account",
    # Chinese
    "创建了", "建立了", "更改了", "已变更", "已變更", "安全代码", "安全碼", "限时消息", "限時訊息",
    "邀请链接", "邀請連結", "设置更改", "管理员", "管理員", "广告发起", "商业账号",
    # German
    "erstellt", "geändert", "gelöscht.", "Sicherheitsnummer", "selbstlöschende", "Telefonnummer",
    # Spanish
    "creó", "Creaste", "cambió", "Cambiaste", "código de seguridad", "mensajes temporales",
    # French
    "créé", "a changé", "a modifié", "code de sécurité", "messages éphémères",
    # Portuguese
    "criou", "mudou", "alterou", "código de segurança", "mensagens temporárias",
    # Italian, Dutch, Russian, Turkish
    "ha creato", "ha cambiato", "ha modificato", "codice di sicurezza", "messaggi effimeri",
    "heeft de groep", "gewijzigd", "beveiligingscode", "zelfvernietigende", "создал", "изменил",
    "код безопасности", "исчезающие", "oluşturdu", "değiştirdi", "güvenlik kod", "süreli mesaj",
)  # fmt: skip
"""Pieces of notices that tell of nobody's coming or going."""

TITLES: Final = (
    "WhatsApp Chat with ", "WhatsApp Chat - ", "WhatsApp Chat mit ", "Chat de WhatsApp con ",
    "Conversa do WhatsApp com ", "Conversa no WhatsApp com ", "Discussion WhatsApp avec ",
    "Chat WhatsApp con ", "WhatsApp-chat met ", "Чат WhatsApp с ", "WhatsApp Sohbeti - ",
    "Chat WhatsApp dengan ", "Czat WhatsApp z ", "WhatsApp-chatt med ", "WhatsApp-chat med ",
)  # fmt: skip
"""What file names begin with; the name of the chat follows."""
