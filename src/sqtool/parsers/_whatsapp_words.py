"""What WhatsApp writes in place of something that is not text, language by language.

Only data. Case and a final full stop do not matter; what stands here is in lower case.
"""

from typing import Final


def _lines(block: str) -> frozenset[str]:
    return frozenset(line.strip().lower() for line in block.strip().splitlines())


MEDIA_OMITTED: Final = _lines("""
<media omitted>
<media weggelaat>
<تم استبعاد الوسائط>
<media buraxıldı>
<media çıxarılmışdır>
<без файл>
<মিডিয়া বাদ দেওয়া হয়েছে>
<মিডিয়া বাদ দেওয়া হয়েছে>
<fitxers multimèdia omesos>
<mitjans omesos>
<média vynechány>
< média vynechána >
<medier udeladt>
<mediefil udeladt>
<medien ausgeschlossen>
<medien weggelassen>
<αρχείο παραλήφθηκε>
<εξαίρεση πολυμέσων>
<multimedia omitido>
<archivo omitido>
<meedia välja jäetud>
<meedia ära jäetud>
<رسانه حذف شد>
< پيوست نما/آهنگ حذف شد >
<media jätettiin pois>
<media jätetty pois>
<médias omis>
<fichier omis>
<મિડિયા છોડી મૂકાયું>
<મીડિયા અવગણવામાં આવ્યા>
<मीडिया के बिना>
<medijski zapis izostavljen>
<média elhagyva>
<hiányzó médiafájl>
<media tidak disertakan>
<media omessi>
<media omesso>
<המדיה לא נכללה>
<מדיה הושמטה>
<メディアなし>
<メディアは含まれていません>
<файлдар қосылмаған>
<файл қосылған жоқ>
<ಮಾಧ್ಯಮ ಕೈಬಿಡಲಾಗಿದೆ>
<미디어 파일 제외됨>
<미디어 파일을 생략한 대화내용>
<ບໍ່ລວມມີເດຍ>
<medija praleista>
<praleistas medijos turinys>
<nav iekļauta multivide>
<bez multivides>
<без фајлови>
<без фајл>
<മീഡിയ ഒഴിവാക്കി>
<मीडिया वगळण्यात आला>
<मीडिया वगळले>
<media dikecualikan>
<media disingkirkan>
<media utelatt>
<uten vedlegg>
<media weggelaten>
<ਮੀਡੀਆ ਛੱਡਿਆ>
<ਮੀਡੀਆ ਛਡਿਆ ਗਿਆ>
<pominięto multimedia>
<pliki pominięto>
<ficheiro não revelado>
<mídia omitida>
<mídia oculta>
<arquivo de mídia oculto>
<média omitida>
<conținut media omis>
<без медиафайлов>
<файл пропущен>
<médiá vynechané>
<datoteke izpuščene>
<medij izpuščen>
<media u hoq>
<media hequr>
<медији су изостављени>
<media utelämnat>
<media har utelämnats>
<media hazijajumuishwa>
<media imerukwa>
<கோப்புகள் விடப்பட்டன>
< ஊடகங்கள் நீக்கப்பட்டது >
<మీడియా విస్మరించబడింది>
<మాధ్యమం విస్మరించబడింది>
<ไฟล์สื่อถูกลบ>
<สื่อถูกลบ>
<inalis ang media>
<walang kalakip na media>
<medya dahil edilmedi>
<medya atlanmış>
<медіа пропущено>
<میڈیا چھوڑ دیا گیا>
<میڈیا ہٹا دیا گیا>
<fayl o‘tkazib yuborildi>
<bỏ qua tệp phương tiện>
<bỏ qua media>
<忽略多媒體檔>
<已省略多媒體檔案>
<省略多媒体文件>
<省略影音内容>
""")
"""Android's one placeholder for pictures, voices, videos and all the rest."""

_OMITTED: Final = {
    "image": """
        image omitted, photo omitted, bild weggelassen, foto weggelassen, imagen omitida,
        image absente, image omise, imagem ocultada, imagem omitida, imagem oculta,
        immagine omessa, afbeelding weggelaten, изображение отсутствует, изображение пропущено,
        görüntü dahil edilmedi, gambar tidak disertakan, pominięto obraz, bild utelämnad,
        画像は含まれていません, 画像が省略されました, 이미지 제외됨, 사진 제외됨, 이미지 생략,
        图片已忽略, 图像已忽略, 省略图片, 圖片已略去, 圖片已忽略, 忽略圖片
    """,
    "video": """
        video omitted, video note omitted, video weggelassen, videonachricht weggelassen,
        video omitido, vídeo omitido, vidéo absente, vidéo omise, vídeo ocultado, vídeo oculto,
        video omesso, video weggelaten, видео отсутствует, видео пропущено, video dahil edilmedi,
        video tidak disertakan, pominięto wideo, video utelämnad, 動画は含まれていません,
        ビデオは含まれていません, 動画が省略されました, 동영상 제외됨, 동영상 생략,
        视频已忽略, 省略视频, 影片已略去, 影片已忽略, 忽略影片
    """,
    "voice": """
        audio omitted, voice message omitted, audio weggelassen, audio omitido, audio omis,
        áudio ocultado, áudio omitido, áudio oculto, audio omesso, audio weggelaten,
        аудиофайл отсутствует, аудио отсутствует, аудиофайл пропущен, ses dahil edilmedi,
        audio tidak disertakan, pominięto audio, ljud utelämnat, 音声は含まれていません,
        オーディオは含まれていません, 音声が省略されました, 오디오 제외됨, 음성 제외됨,
        오디오 생략, 音频已忽略, 语音已忽略, 省略音频, 音訊已略去, 音訊已忽略, 忽略音訊
    """,
    "sticker": """
        sticker omitted, gif omitted, sticker weggelassen, gif weggelassen, sticker omitido,
        gif omitido, sticker omis, gif retiré, gif omis, figurinha omitida, sticker omesso,
        sticker non incluso, gif esclusa, gif omessa, sticker weggelaten, gif weggelaten,
        стикер отсутствует, стикер пропущен, gif отсутствует, gif пропущен,
        çıkartma dahil edilmedi, gif dahil edilmedi, stiker tidak disertakan,
        gif tidak disertakan, pominięto naklejkę, pominięto gif, ステッカーは含まれていません,
        スタンプは含まれていません, ステッカーが省略されました, gifは含まれていません,
        스티커 제외됨, 스티커 생략, gif 제외됨, 贴纸已忽略, 动图已忽略, gif已忽略, 省略贴图,
        貼圖已略去, 貼圖已忽略, gif 已略去, gif 已忽略, 忽略貼圖
    """,
    "file": """
        document omitted, dokument weggelassen, documento omitido, document manquant,
        document omis, documento omesso, document weggelaten, документ отсутствует,
        документ пропущен, belge dahil edilmedi, dokumen tidak disertakan, pominięto dokument,
        dokument utelämnat, ドキュメントは含まれていません, 文書は含まれていません,
        ドキュメントが省略されました, 문서 제외됨, 문서 생략, 文档已忽略, 文件已忽略, 省略文件,
        文件已略去, 檔案已略去, 忽略文件
    """,
    "contact": """
        contact card omitted, kontaktkarte ausgelassen, kontaktkarte weggelassen,
        tarjeta de contacto omitida, fiche contact manquante, cartão do contato omitido,
        cartão de contacto omitido, scheda contatto omessa, contactkaart weggelaten,
        карточка контакта отсутствует, карточка контакта пропущена, kişi kartı dahil edilmedi,
        kartu kontak tidak disertakan, 連絡先カードは含まれていません, 연락처 카드 제외됨,
        名片已忽略, 联系人名片已忽略, 聯絡人資訊已略去, 聯絡人卡已略去
    """,
}
OMITTED: Final = {
    " ".join(word.split()): kind for kind, block in _OMITTED.items() for word in block.split(",")
}
"""The iPhone says what was left out."""

ATTACHED: Final = _lines("""
file attached
datei angehängt
archivo adjunto
fichier joint
arquivo anexado
ficheiro anexado
file allegato
bestand bijgevoegd
файл добавлен
файл прикреплён
файл прикреплен
dosya ekli
file terlampir
fail dilampirkan
plik w załączniku
załączono plik
soubor přiložen
bifogad fil
fil bifogad
fil vedhæftet
vedlagt fil
tiedosto liitetty
fișier atașat
fájl csatolva
ファイル添付
添付ファイル
파일 첨부됨
첨부 파일
文件附件
文件已附加
檔案已附加
附件檔案
الملف مرفق
הקובץ צורף
फ़ाइल अटैच है
फ़ाइल संलग्न है
""")
"""Behind a file name, in brackets: Android, exported with media."""

DELETED: Final = _lines("""
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
DELETED_BY_SELF: Final = _lines("""
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

EDITED: Final = _lines("""
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

WAITING: Final = _lines("""
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

CALLS: Final = _lines("""
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

LIVE_LOCATIONS: Final = _lines("""
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

POLLS: Final = _lines("""
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
