"""What WhatsApp writes in place of pictures, voices and files, language by language.

Only data. Case and a final full stop do not matter; what stands here is in lower case.
"""

from typing import Final

from sqtool.parsers._whatsapp_words import lines

MEDIA_OMITTED: Final = lines("""
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
<המדיה הוסרה>
""")
"""Android's one placeholder for pictures, voices, videos and all the rest."""

_OMITTED: Final = {
    "image": """
        image omitted, photo omitted, bild weggelassen, foto weggelassen, imagen omitida,
        image absente, image omise, imagem ocultada, imagem omitida, imagem oculta,
        immagine omessa, afbeelding weggelaten, изображение отсутствует, изображение пропущено,
        görüntü dahil edilmedi, gambar tidak disertakan, pominięto obraz, bild utelämnad,
        画像は含まれていません, 画像が省略されました, 이미지 제외됨, 사진 제외됨, 이미지 생략,
        图片已忽略, 图像已忽略, 省略图片, 圖片已略去, 圖片已忽略, 忽略圖片,
        התמונה הושמטה, imagem não revelada, εικόνα παραλείφθηκε, зображення відсутнє,
        لم يتم إدراج الصورة, ইমেজ বাদ দেওয়া হয়েছে, 圖像已省略, 照片已忽略, đã bỏ qua hình ảnh,
        تصویر نکال دی گئی ہے, ไม่มีรูปภาพ, bild utesluten, obrázok vynechaný, obraz pominięty,
        imagine omisă, bilde ikke inkludert, imej tidak dimasukkan, इमेज वगळली, 이미지 생략됨,
        kép küldése sikertelen, slika izostavljena, फ़ोटो हटाई गई, ei kuvaa, تصویر حذف شد,
        billede udeladt, obrázek vynechán, imatge omesa
    """,
    "video": """
        video omitted, video note omitted, video weggelassen, videonachricht weggelassen,
        video omitido, vídeo omitido, vidéo absente, vidéo omise, vídeo ocultado, vídeo oculto,
        video omesso, video weggelaten, видео отсутствует, видео пропущено, video dahil edilmedi,
        video tidak disertakan, pominięto wideo, video utelämnad, 動画は含まれていません,
        ビデオは含まれていません, 動画が省略されました, 동영상 제외됨, 동영상 생략,
        视频已忽略, 省略视频, 影片已略去, 影片已忽略, 忽略影片,
        סרטון הווידאו הושמט, vídeo não revelado, βίντεο παραλείφθηκε, відео відсутнє,
        لم يتم إدراج الفيديوهات, ভিডিও বাদ দেওয়া হয়েছে, 影片已省略, đã bỏ video, วิดีโอถูกลบ,
        video utesluten, video vynechané, wideo pominięte, clip video omis, video utelatt,
        video tidak dimasukkan, व्हिडीओ वगळला, 비디오 생략됨, videó kihagyva, video izostavljen,
        वीडियो छोड़ा गया, videota ei sisällytetä, ویدیو حذف شد, video udeladt, video vynecháno,
        vídeo omès
    """,
    "voice": """
        audio omitted, voice message omitted, audio weggelassen, audio omitido, audio omis,
        áudio ocultado, áudio omitido, áudio oculto, audio omesso, audio weggelaten,
        аудиофайл отсутствует, аудио отсутствует, аудиофайл пропущен, ses dahil edilmedi,
        audio tidak disertakan, pominięto audio, ljud utelämnat, 音声は含まれていません,
        オーディオは含まれていません, 音声が省略されました, 오디오 제외됨, 음성 제외됨,
        오디오 생략, 音频已忽略, 语音已忽略, 省略音频, 音訊已略去, 音訊已忽略, 忽略音訊,
        השמע הושמט, קטע קול הושמט, ficheiro de áudio não revelado, ήχος παραλείφθηκε,
        аудіо відсутнє, لم يتم إدراج المقاطع الصوتية, অডিও বাদ দেওয়া হয়েছে, 音訊已省略,
        bỏ qua tệp âm thanh, ไม่มีไฟล์เสียง, ljud utelslutet, ljud uteslutet, zvuk vynechaný,
        audio pominięte, fără audio, lyd utelatt, audio tidak dimasukkan, ऑडिओ वगळला,
        오디오 생략됨, hang kihagyása, zvuk izostavljen, ऑडियो हटाई गयी,
        äänitiedostoa ei sisällytetä, صدا حذف شد, lyd udeladt, zvukový soubor vynechán,
        àudio omès
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
        貼圖已略去, 貼圖已忽略, gif 已略去, gif 已忽略, 忽略貼圖,
        סטיקר הושמט, gif הושמט, стикер не добавлен, sticker não revelado, gif não revelada,
        αυτοκόλλητο παραλήφθηκε, παράληψη gif, наклейку не додано, gif-анімацію пропущено,
        تم حذف الملصقات, لم يتم إدراج صورة gif, স্টিকার বাদ দেওয়া হয়েছে, 贴图已省略,
        đã bỏ sticker, đã bỏ qua ảnh gif, ไม่มีสติกเกอร์, ละเว้น gif, sticker utesluten,
        gif utesluten, nálepka vynechaná, gif vynechaný, plik gif pominięty,
        klistremerke utelatt, gif utelatt, pelekat tidak disertakan, gif tidak dimasukkan,
        स्टिकर वगळले, gif वगळले, gif 생략됨, matrica kihagyva, gif fájl kihagyása,
        naljepnica izostavljena, gif izostavljen, स्टिकर छोड़ा गया, gif छोड़ा गया,
        tarraa ei sisällytetty, استیکر حذف شد, gif حذف شد, klistermærke udeladt, gif udeladt,
        nálepka vynechána, gif vynechán, adhesiu omès, gif omès, gif 圖片已被省略,
        gif 动态图已被忽略
    """,
    "file": """
        document omitted, dokument weggelassen, documento omitido, document manquant,
        document omis, documento omesso, document weggelaten, документ отсутствует,
        документ пропущен, belge dahil edilmedi, dokumen tidak disertakan, pominięto dokument,
        dokument utelämnat, ドキュメントは含まれていません, 文書は含まれていません,
        ドキュメントが省略されました, 문서 제외됨, 문서 생략, 文档已忽略, 文件已忽略, 省略文件,
        文件已略去, 檔案已略去, 忽略文件,
        מסמך הושמט, documento não revelado, έγγραφο παραλείφθηκε, документ пропущено,
        لم يتم إدراج المستند, ডকুমেন্ট বাদ দেওয়া হয়েছে, 文档已省略, đã bỏ qua tài liệu,
        ละเว้นเอกสาร, dokument uteslutet, dokument vynechaný, dokument pominięty,
        utelatt dokument, dokumen tidak dimasukkan, डॉक्युमेंट वगळले, dokumentum kihagyva,
        dokument izostavljen, डॉक्यूमेंट छोड़ा गया, dokumenttia ei sisällytetä, سند حذف شد,
        dokument udeladt, dokument vynechán, document omès
    """,
    "contact": """
        contact card omitted, kontaktkarte ausgelassen, kontaktkarte weggelassen,
        tarjeta de contacto omitida, fiche contact manquante, cartão do contato omitido,
        cartão de contacto omitido, scheda contatto omessa, contactkaart weggelaten,
        карточка контакта отсутствует, карточка контакта пропущена, kişi kartı dahil edilmedi,
        kartu kontak tidak disertakan, 連絡先カードは含まれていません, 연락처 카드 제외됨,
        名片已忽略, 联系人名片已忽略, 聯絡人資訊已略去, 聯絡人卡已略去,
        כרטיס איש קשר הושמט, contacto não revelado, η κάρτα επαφής παραλήφθηκε,
        картка контакту відсутня, لم يتم إدراج بطاقة جهة اتصال, 聯絡人卡片已略去,
        聯絡人卡片已省略, 联系人卡片已忽略, bỏ qua thẻ liên lạc, บัตรรายชื่อที่ละเว้น,
        kontaktkort uteslutet, karta kontaktu vynechaná, pominięta wizytówka kontaktu,
        carte de vizită contact omisă, visitekaartje weggelaten, kontaktkort sløyfet,
        kad kenalan tidak dimasukkan, 연락처 카드 생략됨, 連絡先カードを省略,
        névjegykártya kihagyva, posjetnica izostavljena, कॉन्टैक्ट कार्ड छोड़ा गया,
        yhteystietokortti jätettiin pois, kontaktkort udeladt, vizitka vynechána,
        targeta de contacte omesa
    """,
}
OMITTED: Final = {
    " ".join(word.split()): kind for kind, block in _OMITTED.items() for word in block.split(",")
}
"""The iPhone says what was left out."""

ATTACHED: Final = lines("""
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

ATTACHED_BEHIND: Final = lines("""
attached
angehängt
adjunto
joint
anexado
allegato
bijgevoegd
""")
"""Behind a file name, in angle brackets: the iPhone, until 2018."""
