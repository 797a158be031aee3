"""The words for the halves of the day that WhatsApp puts beside a clock of twelve hours.

Only data: one family of words per language.
"""

from typing import Final

AM, PM, NOON = 1, 2, 3
FAMILIES: Final[tuple[dict[str, int], ...]] = (
    {"凌晨": AM, "清晨": AM, "早上": AM, "上午": AM, "中午": NOON, "下午": PM, "傍晚": PM,
     "晚上": PM},
    {"午前": AM, "午後": PM},
    {"오전": AM, "오후": PM},
    {"ص": AM, "م": PM},
    {"vorm.": AM, "nachm.": PM},
    {"π.μ.": AM, "μ.μ.": PM},
    {"πμ": AM, "μμ": PM},
    {"ÖÖ": AM, "ÖS": PM},
    {"öö": AM, "ös": PM},
    {"SA": AM, "CH": PM},
    {"dop.": AM, "odp.": PM},
    {"de.": AM, "du.": PM},
    {"पूर्वाह्न": AM, "अपराह्न": PM},
    {"म.पू.": AM, "म.उ.": PM},
    {"முற்பகல்": AM, "பிற்பகல்": PM},
    {"ಪೂರ್ವಾಹ್ನ": AM, "ಅಪರಾಹ್ನ": PM},
    {"පෙ.ව.": AM, "ප.ව.": PM},
    {"ق.ظ.": AM, "ب.ظ.": PM},
    {"לפנה״צ": AM, "אחה״צ": PM},
    {"PG": AM, "PTG": PM},
    {"vm.": AM, "nm.": PM},
    {"e paradites": AM, "e pasdites": PM},
    {"fm": AM, "em": PM},
    {"ap.": AM, "ip.": PM},
    {"пр.об.": AM, "сл.об.": PM},
    {"дп": AM, "пп": PM},
    {"претпл.": AM, "попл.": PM},
    {"AM": AM, "PM": PM},
    {"am": AM, "pm": PM},
)  # fmt: skip
HALF_WORDS: Final = {word: half for family in FAMILIES for word, half in family.items()}
