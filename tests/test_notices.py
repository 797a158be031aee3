"""Every wording of the format references, one row each, and the laws of the grammar."""

import re

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sqtool.parsers._notices import NOTICES, SELF, read_notices

# wording, event, actor, targets
WORDINGS = [
    # QQ message manager
    ("阿强加入本群", "join", None, ["阿强"]),
    ("阿强加入本群。", "join", None, ["阿强"]),
    ("小林邀请阿强加入了本群。", "invite", "小林", ["阿强"]),
    ("杰哥🎸撤回了一条消息", "recall", "杰哥🎸", None),
    ("你撤回了一条消息", "recall", SELF, None),
    ("你撤回了一条消息 重新编辑", "recall", SELF, None),
    ('[图片] 小林 分享文件 08:05:03\r\n"书单.pdf" 下载', "other", "小林", None),
    ('[图片] 小林 发表动态 18:05:03\r\n"群相册"\r\n[图片] 查看', "other", "小林", None),
    ("群活跃等级升级为LV5", "other", None, None),
    ("群活跃等级降级为LV4", "other", None, None),
    ("阿强领取了你的红包。", "red_packet_received", "阿强", [SELF]),
    ("你领取了小林的口令红包。", "red_packet_received", SELF, ["小林"]),
    ("小林的口令红包50秒被领完，阿强是运气王。", "red_packet_received", "阿强", ["小林"]),
    ("阿强已付群费:群费", "other", "阿强", None),
    (" [礼物] 阿强成为小林的守护者", "other", "阿强", ["小林"]),
    ("你已经是群成员，现在可以聊天了", "join", None, [SELF]),
    ("你已经是群成员了，和大家打个招呼吧！", "join", None, [SELF]),
    ("你和小林有12个共同好友，点击添加好友。", "other", None, None),
    ("阿强退出了本群。", "leave", None, ["阿强"]),
    ("阿强退出本群", "leave", None, ["阿强"]),
    ("阿强被管理员移出本群", "removed", None, ["阿强"]),
    ("阿强被小林移出群聊", "removed", "小林", ["阿强"]),
    ("阿强被管理员禁言10分钟", "mute", None, ["阿强"]),
    ("阿强被管理员解除禁言", "mute", None, ["阿强"]),
    ("管理员开启了全员禁言，只有群主和管理员才能发言", "mute", None, None),
    ("管理员开启了全员禁言…", "mute", None, None),
    ("阿强被小林禁言10分钟", "mute", "小林", ["阿强"]),
    ("阿强被小林解除禁言", "mute", "小林", ["阿强"]),
    ("阿强已成为管理员", "admin", None, ["阿强"]),
    ("阿强被设置为管理员", "admin", None, ["阿强"]),
    ("阿强被取消管理员", "admin", None, ["阿强"]),
    ("群主已转让给阿强", "owner", None, ["阿强"]),
    ("小林修改群名称为“夜读会”", "rename", "小林", None),
    ("小林修改群名为“夜读会”", "rename", "小林", None),
    ("阿强通过扫描小林分享的二维码加入本群", "qr_join", "小林", ["阿强"]),
    ("小林修改群名为“夜读会”。", "rename", "小林", None),
    ("管理员撤回了一条成员消息", "recall", None, None),
    ("小林撤回了一条成员消息", "recall", "小林", None),
    ("小林撤回了成员阿强的一条消息", "recall", "小林", ["阿强"]),
    # Names may be empty, or hold newlines.
    ("加入本群。", "join", None, None),
    ("邀请阿强加入了本群。", "invite", None, ["阿强"]),
    ("小林邀请加入了本群。", "invite", "小林", None),
    ('""邀请"阿强"加入了群聊', "invite", None, ["阿强"]),
    ('"小林"邀请""加入了群聊', "invite", "小林", None),
    ("阿\n强撤回了一条消息", "recall", "阿\n强", None),
    ('"小林"邀请"阿\n强、米粒"加入了群聊', "invite", "小林", ["阿\n强", "米粒"]),
    # QCE
    ("阿强加入了群聊", "join", None, ["阿强"]),
    ("你加入了群聊", "join", None, [SELF]),
    ("阿强通过小林分享的二维码加入了群聊", "qr_join", "小林", ["阿强"]),
    ("阿强通过你的二维码加入了群聊", "qr_join", SELF, ["阿强"]),
    ("你通过小林分享的二维码加入了群聊", "qr_join", "小林", [SELF]),
    ("小林(班长)邀请阿强加入了群聊", "invite", "小林(班长)", ["阿强"]),
    ("小林邀请你加入了群聊", "invite", "小林", [SELF]),
    ("你邀请阿强加入了群聊", "invite", SELF, ["阿强"]),
    ("小林邀请阿强加入了群聊。", "invite", "小林", ["阿强"]),
    ("小林邀请阿强加入了群聊，并附带了30条聊天记录。", "invite", "小林", ["阿强"]),
    ("你已是群成员", "other", None, None),
    ("阿强通过王者荣耀加入群", "join", None, ["阿强"]),
    ("阿强 撤回了一条消息（手滑）", "recall", "阿强", None),
    ("小林 撤回了 阿强 的消息", "recall", "小林", ["阿强"]),
    ("小林 撤回了 阿强 的消息（广告）", "recall", "小林", ["阿强"]),
    ("阿强戳了戳小林", "poke", "阿强", ["小林"]),
    ("阿强拍了拍小林", "poke", "阿强", ["小林"]),
    ("阿强揉了揉小林", "poke", "阿强", ["小林"]),
    ("你戳了戳阿强", "poke", SELF, ["阿强"]),
    ("阿强戳了戳你", "poke", "阿强", [SELF]),
    ("小林邀请你加入了群聊，并附带了30条聊天记录。", "invite", "小林", [SELF]),
    ("你撤回了 阿强 的消息", "recall", SELF, ["阿强"]),
    ("系统消息 (类型: 3)", "other", None, None),
    ("通话 - 已取消", "other", None, None),
    ("阿强 拍了拍 小林 的肩膀", "poke", "阿强", ["小林"]),
    ("对方已接收文件「书单」", "other", None, None),
    ("群聊更新", "other", None, None),
    ("系统提示 (类型: 12)", "other", None, None),
    ("钱包/红包消息", "other", None, None),
    # WeChat
    ('"小林"邀请"阿强、米粒"加入了群聊', "invite", "小林", ["阿强", "米粒"]),
    ("“小林”邀请“阿强”加入了群聊", "invite", "小林", ["阿强"]),
    ("你邀请甲、乙加入了群聊", "invite", SELF, ["甲", "乙"]),
    ('你邀请"阿强"加入了群聊  ', "invite", SELF, ["阿强"]),
    ('你邀请"阿强"加入了群聊  $revoke$', "invite", SELF, ["阿强"]),
    ('你邀请"阿强"加入了群聊 撤销', "invite", SELF, ["阿强"]),
    ('"小林"邀请你加入了群聊，群聊参与人还有：阿强、米粒…', "invite", "小林", [SELF]),
    ('"小林"邀请你加入了群聊，群聊参与人还有：', "invite", "小林", [SELF]),
    ('"小林"邀请你和"阿强"加入了群聊', "invite", "小林", [SELF, "阿强"]),
    ('" 阿强"通过扫描"小林"分享的二维码加入群聊', "qr_join", "小林", ["阿强"]),
    ('" 阿强"通过扫描你分享的二维码加入群聊  $revoke$', "qr_join", SELF, ["阿强"]),
    ('" 阿强"通过扫描你分享的二维码加入群聊 撤销', "qr_join", SELF, ["阿强"]),
    ("你通过扫描二维码加入群聊，群聊参与人还有：阿强、米粒", "qr_join", None, [SELF]),
    ('"阿强"加入了群聊', "join", None, ["阿强"]),
    ('"阿强"加入群聊', "join", None, ["阿强"]),
    ('"阿强"通过"小林"的邀请二维码加入群聊', "qr_join", "小林", ["阿强"]),
    ('"阿强"与群里其他人都不是朋友关系，请注意隐私安全', "other", None, ["阿强"]),
    (
        '你通过扫描"小林"分享的二维码加入群聊，群聊参与人还有：阿强、米粒',
        "qr_join",
        "小林",
        [SELF],
    ),
    ('"小林"邀请你和"阿强、米粒"加入了群聊', "invite", "小林", [SELF, "阿强", "米粒"]),
    ('你将"阿强"移出了群聊', "removed", SELF, ["阿强"]),
    ('你将"阿强、米粒"移出了群聊', "removed", SELF, ["阿强", "米粒"]),
    ("你被添加为群管理员", "admin", None, [SELF]),
    ("你已启用“群聊邀请确认”，群成员需群主或群管理员确认才能邀请朋友进群。", "other", SELF, None),
    ('"阿强"领取了自己的红包', "red_packet_received", "阿强", ["阿强"]),
    ("阿强领取了自己发的红包", "red_packet_received", "阿强", ["阿强"]),
    ('你被"小林"移出群聊', "removed", "小林", [SELF]),
    ('你被"小林"移出了群聊', "removed", "小林", [SELF]),
    ('"阿强"退出了群聊', "leave", None, ["阿强"]),
    ('"小林"修改群名为“夜读会”', "rename", "小林", None),
    ("你修改群名为“夜读会”", "rename", SELF, None),
    ('你修改群名为"夜读会"', "rename", SELF, None),
    ('"阿强"已成为新群主', "owner", None, ["阿强"]),
    ("你已成为新群主", "owner", None, [SELF]),
    ('"阿强"被添加为群管理员', "admin", None, ["阿强"]),
    ('"阿强"从群管理员中被移除', "admin", None, ["阿强"]),
    (
        '"小林"已启用“群聊邀请确认”，群成员需群主或群管理员确认才能邀请朋友进群。',
        "other",
        "小林",
        None,
    ),
    ('"小林"已开启“进群需要群主/群管理员确认”', "other", "小林", None),
    ("群主已恢复默认进群方式。", "other", None, None),
    ('"小林"想邀请1位朋友加入群聊  去确认', "other", "小林", None),
    ('"阿强" 撤回了一条消息', "recall", "阿强", None),
    ("你已添加了阿强，现在可以开始聊天了。", "other", None, ["阿强"]),
    ('"阿强"领取了你的红包', "red_packet_received", "阿强", [SELF]),
    ('你领取了"小林"的红包', "red_packet_received", SELF, ["小林"]),
    ('"阿强" 拍了拍 "小林" 的肩膀', "poke", "阿强", ["小林"]),
    ('我拍了拍 "小林"', "poke", SELF, ["小林"]),
    ('"阿强" 拍了拍我', "poke", "阿强", [SELF]),
    ('"阿强" 拍了拍自己', "poke", "阿强", ["阿强"]),
    # WeChat, left unresolved by the exporter
    ('"$username$"邀请"$names$"加入了群聊', "invite", None, None),
    ('"$adder$"通过扫描你分享的二维码加入群聊  $revoke$', "qr_join", SELF, None),
    ('你将"$kickoutname$"移出了群聊', "removed", SELF, None),
    # wrapped by other tools
    ('[系统] "小林"邀请"阿强"加入了群聊', "invite", "小林", ["阿强"]),
    ('[系统: "小林"邀请"阿强"加入了群聊]', "invite", "小林", ["阿强"]),
    ('[撤回] "阿强" 撤回了一条消息', "recall", "阿强", None),
    # WeChat in English
    ("小林 invited 阿强, 米粒 to the group chat", "invite", "小林", ["阿强", "米粒"]),
    ("You invited 阿强 to the group chat", "invite", SELF, ["阿强"]),
    ("小林 invited you to a group chat with 阿强, 米粒", "invite", "小林", [SELF]),
    ("小林 invited you and 阿强 to the group chat", "invite", "小林", [SELF, "阿强"]),
    (
        '" 阿强" joined the group chat via the QR Code shared by "小林"',
        "qr_join",
        "小林",
        ["阿强"],
    ),
    ('" 阿强" joined group chat via the QR code you shared', "qr_join", SELF, ["阿强"]),
    ('You removed "阿强" from the group chat', "removed", SELF, ["阿强"]),
    ('You were removed from the group chat by "小林"', "removed", "小林", [SELF]),
    ('"小林" changed the group name to "夜读会"', "rename", "小林", None),
    ('"阿强" recalled a message', "recall", "阿强", None),
    ('"阿强" has recalled a message.', "recall", "阿强", None),
    ("You recalled a message", "recall", SELF, None),
    # Telegram, WhatsApp, LINE, Slack
    ("阿澈 joined group by link from Nora", "join", "Nora", ["阿澈"]),
    ("阿澈 joined group by request", "join", None, ["阿澈"]),
    ("Nora invited 阿澈, 小满 and Tom", "invite", "Nora", ["阿澈", "小满", "Tom"]),
    ("Nora removed 阿澈", "removed", "Nora", ["阿澈"]),
    ("阿澈 joined using this group's invite link", "join", None, ["阿澈"]),
    ("You joined using this group's invite link", "join", None, [SELF]),
    ("阿澈 joined from the community", "join", None, ["阿澈"]),
    ("Nora added 阿澈", "invite", "Nora", ["阿澈"]),
    ("You were added", "invite", None, [SELF]),
    ("阿澈 was added", "invite", None, ["阿澈"]),
    ("阿澈 left", "leave", None, ["阿澈"]),
    ("阿澈 left the group.", "leave", None, ["阿澈"]),
    ("阿澈 was removed", "removed", None, ["阿澈"]),
    ('Nora changed the subject from "A" to "B"', "rename", "Nora", None),
    ("阿澈 is now an admin", "admin", None, ["阿澈"]),
    ("You're now an admin", "admin", None, [SELF]),
    ("Nora pinned a message", "pinned", "Nora", None),
    ("阿澈 joined the group.", "join", None, ["阿澈"]),
    ("Nora invited 阿澈 to the group.", "invite", "Nora", ["阿澈"]),
    ("Nora invited 阿澈, 小满 and Tom to the group.", "invite", "Nora", ["阿澈", "小满", "Tom"]),
    ("Nora removed 阿澈 from the group.", "removed", "Nora", ["阿澈"]),
    ("阿澈 unsent a message.", "recall", "阿澈", None),
    ("Nora made an announcement.", "announcement", "Nora", None),
    ("<@U0000000002> has joined the channel", "join", None, ["<@U0000000002>"]),
    ("阿澈已加入群組。", "join", None, ["阿澈"]),
    ("阿澈加入聊天", "join", None, ["阿澈"]),
    ("阿澈已加入该群", "join", None, ["阿澈"]),
    ("诺拉邀請阿澈加入群組。", "invite", "诺拉", ["阿澈"]),
    ("诺拉已新增阿澈至群組", "invite", "诺拉", ["阿澈"]),
    ("诺拉已将阿澈添加至群", "invite", "诺拉", ["阿澈"]),
    ("阿澈已退出群組。", "leave", None, ["阿澈"]),
    ("阿澈已離開群組", "leave", None, ["阿澈"]),
    ("阿澈離開聊天", "leave", None, ["阿澈"]),
    ("阿澈已退群", "leave", None, ["阿澈"]),
    ("诺拉已將阿澈退出群組。", "removed", "诺拉", ["阿澈"]),
    ("阿澈已收回訊息", "recall", "阿澈", None),
    ("您已收回訊息", "recall", SELF, None),
    ("诺拉已將群組名稱改為「夜读会」。", "rename", "诺拉", None),
    ("阿澈使用此群组的邀请链接加入", "join", None, ["阿澈"]),
    ("阿澈使用此群組的邀請連結加入", "join", None, ["阿澈"]),
    ("诺拉添加了阿澈", "invite", "诺拉", ["阿澈"]),
    ("阿澈退出了群组", "leave", None, ["阿澈"]),
    ("诺拉移除了阿澈", "removed", "诺拉", ["阿澈"]),
    ("诺拉置顶了一条消息", "pinned", "诺拉", None),
]


def _one(text: str) -> dict[str, object]:
    return read_notices(pl.Series([text])).row(0, named=True)


@pytest.mark.parametrize(("text", "event", "actor", "targets"), WORDINGS)
def test_each_wording_gives_its_event_actor_and_targets(
    text: str, event: str, actor: str | None, targets: list[str] | None
) -> None:
    got = _one(text)
    assert (got["event"], got["actor_name"], got["target_names"]) == (event, actor, targets)


def test_reading_all_wordings_together_gives_the_same_as_one_by_one() -> None:
    together = read_notices(pl.Series([text for text, *_ in WORDINGS]))
    assert together.schema == NOTICES
    expected = [(event, actor, targets) for _, event, actor, targets in WORDINGS]
    assert together.select("event", "actor_name", "target_names").rows() == expected


def test_people_already_present_are_listed_and_are_not_targets() -> None:
    got = _one('"小林"邀请你加入了群聊，群聊参与人还有：阿强、米粒、老周…')
    assert got["present_names"] == ["阿强", "米粒", "老周"]
    assert got["target_names"] == [SELF]
    english = _one("小林 invited you to a group chat with 阿强, 米粒")
    assert english["present_names"] == ["阿强", "米粒"]


@pytest.mark.parametrize(
    ("text", "actor", "targets"),
    [
        (
            '"小林(wxid_demo01)"邀请"米粒(wxid_demo03)、A梦 (知牧)(zhimu_88)"加入了群聊',
            ("wxid_demo01", "小林"),
            [("wxid_demo03", "米粒"), ("zhimu_88", "A梦 (知牧)")],
        ),
        (
            '"${wxid_demo02}" 拍了拍 "${wxid_demo03}"',
            ("wxid_demo02", None),
            [("wxid_demo03", None)],
        ),
        (
            '" 阿强(25984@openim)"通过扫描你分享的二维码加入群聊',
            (None, SELF),
            [("25984@openim", "阿强")],
        ),
        ('"小林(10001)"邀请"阿强(10002)"加入了群聊', ("10001", "小林"), [("10002", "阿强")]),
        # Not every name has one: it is a remark in brackets.
        ('"Tom(Thomas1)"邀请"米粒"加入了群聊', (None, "Tom(Thomas1)"), [(None, "米粒")]),
        # Without quotes only what cannot be anything else is an id.
        ("小林(13800000000)加入本群。", (None, None), [(None, "小林(13800000000)")]),
        ("小林(wxid_demo01)加入了群聊", (None, None), [("wxid_demo01", "小林")]),
    ],
)
def test_ids_behind_names_are_taken_only_when_they_are_ids(
    text: str, actor: tuple[str | None, str | None], targets: list[tuple[str | None, str | None]]
) -> None:
    got = _one(text)
    assert (got["actor_id"], got["actor_name"]) == actor
    ids, names = got["target_ids"], got["target_names"]
    assert isinstance(ids, list)
    assert isinstance(names, list)
    assert list(zip(ids, names, strict=True)) == targets


def test_a_remark_in_brackets_is_no_id_in_an_export_that_writes_none() -> None:
    texts = ['" 张三(zhangsan)"通过扫描"小林"分享的二维码加入群聊', '"李四(lisi2020)"加入了群聊']
    others = [f'"小林"邀请"阿强{n}"加入了群聊' for n in range(5)]
    got = read_notices(pl.Series(texts + others))
    assert got["target_names"][1].to_list() == ["李四(lisi2020)"]
    assert got["target_ids"][1].to_list() == [None]


def test_names_may_hold_the_words_of_the_grammar_when_they_are_in_quotes() -> None:
    got = _one('"爱邀请人的小林"邀请"退出本群的阿强"加入了群聊')
    assert (got["actor_name"], got["target_names"]) == ("爱邀请人的小林", ["退出本群的阿强"])


@pytest.mark.parametrize(
    ("xml", "event", "actor", "ids", "names"),
    [
        (
            '<sysmsg type="sysmsgtemplate"><sysmsgtemplate><content_template>'
            '<template><![CDATA["$username$"邀请"$names$"加入了群聊]]></template><link_list>'
            '<link name="username" type="link_profile"><memberlist><member>'
            "<username><![CDATA[wxid_a]]></username><nickname><![CDATA[小林&1]]></nickname>"
            '</member></memberlist></link><link name="names" type="link_profile"><memberlist>'
            "<member><username>wxid_b</username><nickname>阿强</nickname></member>"
            "<member><username>wxid_c</username><nickname>米粒</nickname></member>"
            "</memberlist></link></link_list></content_template></sysmsgtemplate></sysmsg>",
            "invite",
            ("wxid_a", "小林&1"),
            ["wxid_b", "wxid_c"],
            ["阿强", "米粒"],
        ),
        (
            '<sysmsg type="revokemsg"><revokemsg><session>1@chatroom</session>'
            '<replacemsg><![CDATA["阿强" 撤回了一条消息]]></replacemsg></revokemsg></sysmsg>',
            "recall",
            (None, "阿强"),
            None,
            None,
        ),
        ("<revokemsg>你撤回了一条消息</revokemsg>", "recall", (None, SELF), None, None),
        ('<revokemsg>"阿强" 撤回了一条消息</revokemsg>', "recall", (None, "阿强"), None, None),
        (
            '<sysmsg type="editrevokecontent"><editrevokecontent><msgid>1</msgid>'
            "</editrevokecontent></sysmsg>",
            "recall",
            (None, None),
            None,
            None,
        ),
        (
            '<sysmsg type="delchatroommember"><delchatroommember><plain>'
            '<![CDATA[你邀请"阿强"加入了群聊  ]]></plain><text>你邀请"阿强"加入了群聊</text>'
            "<link><scene>invite</scene><text>撤销</text></link></delchatroommember></sysmsg>",
            "invite",
            (None, SELF),
            [None],
            ["阿强"],
        ),
        (
            '<sysmsg type="pat"><pat><fromusername>wxid_a</fromusername><template>'
            '<![CDATA["${wxid_a}" 拍了拍 "${wxid_b}"]]></template></pat></sysmsg>',
            "poke",
            ("wxid_a", None),
            ["wxid_b"],
            [None],
        ),
        ('<sysmsg type="paymsg"><paymsg><PayMsgType>9</PayMsgType></paymsg></sysmsg>', "other",
         (None, None), None, None),
        ("<sysmsg", "other", (None, None), None, None),
    ],
)  # fmt: skip
def test_leaked_xml_is_read_by_the_wording_inside_it(
    xml: str,
    event: str,
    actor: tuple[str | None, str | None],
    ids: list[str | None] | None,
    names: list[str | None] | None,
) -> None:
    got = _one(xml)
    assert got["event"] == event
    assert (got["actor_id"], got["actor_name"]) == actor
    assert (got["target_ids"], got["target_names"]) == (ids, names)


def test_rows_keep_their_order_and_nulls_and_repeats_stay() -> None:
    texts = ["随便", None, "阿强加入本群。", "", "阿强加入本群。", "  ", None]
    got = read_notices(pl.Series(texts))
    assert got["event"].to_list() == ["other", "other", "join", "other", "join", "other", "other"]
    assert got["actor_name"].null_count() == 7
    assert got["target_names"].null_count() == 5


def test_no_texts_give_no_rows_of_the_same_shape() -> None:
    assert read_notices(pl.Series([], dtype=pl.String)).schema == NOTICES


@pytest.mark.parametrize(
    "prose",
    [
        "加入我们的读书群聊吧，退出请提前说一声",
        "他说他已经加入了群聊但是后来又撤回了一条评论",
        "有没有人邀请我加入了解一下",
        "这本书里主角被移出了名单，红包也没人领取",
        "He said he joined the army and left the house",
    ],
)
def test_prose_that_only_mentions_the_verbs_is_nothing(prose: str) -> None:
    assert _one(prose)["event"] == "other"


_NAMES = (
    st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp", "Zs")), min_size=1)
    .filter(lambda name: not re.search('["“”「」、()（）]', name))
    .filter(lambda name: not re.fullmatch(r"\$\w+\$|\$\{.+\}", name))
)


@settings(max_examples=40, deadline=None)
@given(actor=_NAMES, first=_NAMES, second=_NAMES)
def test_any_name_in_quotes_survives(actor: str, first: str, second: str) -> None:
    got = _one(f'"{actor}"邀请"{first}、{second}"加入了群聊')
    assert (got["actor_name"], got["target_names"]) == (actor, [first, second])


@settings(max_examples=40, deadline=None)
@given(st.text())
def test_any_text_at_all_is_read_without_failing(text: str) -> None:
    assert read_notices(pl.Series([text, f"<sysmsg>{text}", f"{text}加入本群。"])).height == 3
