"""Korean notices: WhatsApp. The first rule that fits wins."""

from sqtool.parsers._notices_rule import Rule

_COMMA = ", "
_DID = "(?:했|하였)습니다"
_OWN = ("회원님", "회원")
_A, _T = r"{A}(?:님)?(?:이|가)", r"{T}(?:님)?"
_WHOM = rf"{_T}(?:을|를) ?"

RULES = (
    Rule("recall", "메시지", r"이 메시지는 삭제되었습니다{END}"),
    Rule("recall", "삭제", r"(?<actor>회원님)이 이 메시지를 삭제했습니다{END}", own=_OWN),
    Rule("join", "링크", rf"{_T}(?:이|가) .*링크.*(?:참여|참가|입장|가입){_DID}{{END}}", own=_OWN),
    Rule("invite", "추가", rf"{_A} {_WHOM}추가{_DID}{{END}}", _COMMA, own=_OWN),
    Rule("invite", "초대", rf"{_A} {_WHOM}초대{_DID}{{END}}", _COMMA, own=_OWN),
    Rule("removed", "내보냈", rf"{_A} {_WHOM}내보냈습니다{{END}}", _COMMA, own=_OWN),
    Rule("removed", "삭제", rf"{_A} {_WHOM}(?:삭제|제거){_DID}{{END}}", _COMMA, own=_OWN),
    Rule("leave", "나갔", rf"{_T}(?:이|가) (?:그룹에서 )?나갔습니다{{END}}", own=_OWN),
    Rule("leave", "퇴장", rf"{_T}(?:이|가) 퇴장{_DID}{{END}}", own=_OWN),
    Rule("rename", "변경", rf"{_A} (?:그룹 이름|제목|그룹 제목)을 .*변경{_DID}.*", own=_OWN),
    Rule("admin", "관리자", rf"{_T}(?:이|가|은|는) (?:이제 )?(?:그룹 )?관리자.*", own=_OWN),
    Rule("pinned", "고정", rf"{_A} 메시지를 고정{_DID}{{END}}", own=_OWN),
)
