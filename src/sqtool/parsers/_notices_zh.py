"""Chinese notices: QQ (every client), WeChat, and the Chinese wordings of LINE and WhatsApp.

The first rule that fits wins; rules that only keep a text from a later rule say ``other``.
"""

from sqtool.parsers._notices_rule import Rule

_PRESENT = r"(?:[，,]\s*群聊参与人还有[：:](?<present>[^\n]*)|{END})"
_TOUCH = "[戳拍揉捏摸抱亲踢敲蹭弹挠碰推打咬舔贴点掐吹锤捶撞扯喂]"
_POKE = f"{_TOUCH}了{_TOUCH}"
_ADMIN = "(?:群|本群|此群)?管理员"

RULES = (
    Rule("recall", "撤回", r"(?:{A})?\s*已?撤回了(?:一|1)条消息.*"),
    Rule(
        "recall", "撤回", r"{A}\s*已?撤回了?\s*(?:一条)?\s*(?:群?成员)?\s*{T}\s*的(?:一条)?消息.*"
    ),
    Rule("recall", "成员消息", r"{A}\s*已?撤回了(?:一|1)条(?:群?成员)(?:的)?消息.*"),
    Rule("recall", "收回", r"{A}已收回(?:訊息|消息).*"),
    # Not joins, although they speak of one.
    Rule("other", "想邀请", r"{A}想邀请.*"),
    Rule("other", "加入", r"{T}(?:正在)?(?:申请|请求)加入.*"),
    Rule("other", "都不是", r"{T}与群里其他人都不是(?:微信)?[朋好]友关系.*"),
    # A name may be empty.
    Rule("invite", "邀", r"(?:{A})?邀[请請](?:{T})?(?:加入|进入)了?{G}" + _PRESENT),
    Rule(
        "qr_join",
        "二维码",
        r"{T}通过(?:扫描)?(?:{A}(?:分享)?的)?(?:邀请|群)?二维码(?:加入|进入)了?{G}" + _PRESENT,
    ),
    Rule("invite", "的邀请", r"{T}通过{A}的邀请(?:链接)?(?:加入|进入)了?{G}{END}"),
    Rule("join", "加入", r"{T}通过[^码]{1,60}?加入了?{G}{END}"),
    Rule("join", "加入", r"{T}使用此群[组組]的邀[请請][链連][接結]加入{END}"),
    Rule("join", "加入", r"{T}(?:已经|已|成功)?加入了?{G}{END}"),
    Rule("join", "加入", r"加入了?{G}{END}"),  # of a person without a name
    Rule("join", "已经是群成员", r"(?<targets>你)已经是群成员.*"),
    Rule("other", "现在可以开始聊天", r"你已添加了{T}[，,].*"),
    Rule("other", "記事本", r"(?:{A})?已(?:新增新的|分享)記事本.*"),
    Rule("invite", "新增", r"{A}已新增{T}(?:至群[組组])?{END}"),
    Rule("invite", "添加", r"{A}已?[将將]{T}添加至群{END}"),
    Rule("removed", "出", r"{A}已?[将將把]{T}(?:移出|踢出|退出|移除出)了?{G}{END}"),
    Rule("removed", "出", r"{T}已?被(?:{A})?(?:移出|踢出|移除出)了?{G}{END}"),
    Rule("removed", "移除", r"{A}(?:移除了|已移除){T}{END}"),
    Rule("leave", "群", r"{T}(?:已经|已|主动)*(?:退出|离开|離開)了?{G}{END}"),
    Rule("leave", "聊天", r"{T}(?:退出|离开|離開)了?聊天{END}"),
    Rule("leave", "退群", r"{T}(?:已经|已|主动)*退群了?{END}"),
    Rule("poke", "了", rf"{{A}}\s*{_POKE}\s*(?<targets>[\"“].+?[\"”]|你|我|自己|\S+).*"),
    Rule(
        "rename",
        "名",
        r"{A}已?(?:修改|更改|变更|變更)了?(?:本|此)?群[组組聊]?的?(?:名[称稱]?|主[题題])(?:[为為成].*)?",
    ),
    Rule("rename", "名", r"{A}已?[将將]群[组組聊]?名[称稱]?(?:修改|更改|改)?[为為成].*"),
    Rule("red_packet_received", "红包", r"{A}领取了{T}发?的\S{0,8}?红包.*"),
    Rule(
        "red_packet_received",
        "红包",
        r"{T}的\S{0,8}?红包.{0,20}被领完[，,]{A}是(?:运气王|手气最佳).*",
    ),
    Rule("red_packet_received", "红包", r"{T}的\S{0,8}?红包.{0,20}被领完.*"),
    Rule("mute", "全员禁言", r"(?:{A})?\s*已?(?:开启|关闭|解除|设置)了?全员禁言.*"),
    Rule("mute", "禁言", r"{A}[将把]{T}(?:解除)?禁言.*"),
    Rule("mute", "禁言", r"{T}已?被(?:{A})?(?:解除了?)?禁言.*"),
    Rule("mute", "禁言", r"{A}(?:解除|取消)了{T}的禁言.*"),
    Rule("owner", "群主", r"(?:{A}已?[将把]?)?群主(?:身份|权限)?已?(?:转让|移交)给了?{T}{END}"),
    Rule("owner", "群主", r"{T}已?成为了?(?:新的?|本群|本群新)?群主.*"),
    Rule("admin", "管理员", rf"{{A}}已?[将把]{{T}}(?:添加|设置|设|任命)为{_ADMIN}.*"),
    Rule("admin", "管理员", rf"{{T}}已?被(?:{{A}})?(?:添加|设置|设|任命)为{_ADMIN}.*"),
    Rule("admin", "管理员", rf"{{T}}已?成为了?{_ADMIN}.*"),
    Rule("admin", "管理员", rf"{{T}}从{_ADMIN}中被移除.*"),
    Rule("admin", "管理员", rf"{{T}}已?被(?:{{A}})?(?:取消|移除)了?{_ADMIN}.*"),
    Rule(
        "announcement",
        "告",
        r"{A}\s*(?:发布|发表|更新|修改)了(?:新的?)?(?:一条)?(?:群公告|公告|通告).*",
    ),
    Rule("announcement", "公告", r"(?:{A})?已[设設][定置]公告.*"),
    Rule("pinned", "精华", r"{A}\s*[将把]\s*{T}\s*的消息设为了?群?精华.*"),
    Rule("pinned", "置顶", r"{A}\s*置顶了(?:一条)?(?:群)?消息.*"),
    Rule("invite", "添加了", r"{A}添加了{T}{END}"),
    # Events outside the vocabulary whose actor is worth having.
    Rule("other", "分享文件", r"\[图片\]\s*(?:{A})\s+分享文件\s+\d{1,2}:\d\d:\d\d.*"),
    Rule("other", "发表动态", r"\[图片\]\s*(?:{A})\s+发表动态\s+\d{1,2}:\d\d:\d\d.*"),
    Rule("other", "群费", r"{A}已付群费.*"),
    Rule("other", "守护者", r"\[礼物\]\s*{A}成为{T}的守护者.*"),
    Rule("other", "已", r"{A}已(?:启用|开启|关闭|停用)[“\"].*"),
)
