"""Events found in the log (接龙, 打卡, 红包, 公告, 直播) and of your own list, and what they moved.

活动复盘:从记录里找出接龙、打卡、红包、公告、直播(也可自带活动清单),看带动了多少、多久回落。

Reads: messages and notices of the last 12 weeks and four weeks before an event; members.

Definition: messages and speakers of the 7 days after the first day of an event, over the mean of
the same weekdays in the four weeks before it, less 1, with a 95 % interval. Beside it: participants
against people who had been as active before and did not take part.

Caveats: weeks differ without any event; where the interval holds 0 nothing is proved. Two events in
one week share their effect. Who takes part is not drawn by lot: people about to be active sign up.
Whoever reads or watches without writing is seen in no log.
"""

import polars as pl

from sqtool.context import Context
from sqtool.metrics._base import Definition, Metric, Table
from sqtool.metrics._days import BY_MEMBER
from sqtool.metrics._event_effects import BY_EVENT, control, effects, event_days, woken
from sqtool.metrics._event_runs import found, participants
from sqtool.metrics._exprs import rounded
from sqtool.metrics._joins import member_names
from sqtool.metrics._tables import (
    CHAT,
    count,
    flag,
    ident,
    label,
    local_day,
    number,
    person,
    shaped,
    share,
    span_days,
    words,
)
from sqtool.schema import Dataset

_EVENT = ident("event_id", "event", "活动 ID")
_KIND = label("kind", "kind", "类型", "event")
_NAME = words("name", "name", "名称")

EVENTS = (
    CHAT,
    _EVENT,
    _KIND,
    _NAME,
    local_day("start_on", "from", "开始"),
    local_day("end_on", "to", "结束"),
    count("participants", "took part", "参与人数"),
    count("acts", "messages of it", "活动消息"),
    span_days("days_after", "days after, so far", "之后已过天数"),
    count("speakers_after", "speakers after", "之后发言人数"),
    number("speakers_usual", "speakers, usual", "平常发言人数"),
    share("speakers_change", "speakers, change", "发言人数变化"),
    share("speakers_low", "at least", "发言人数变化下限"),
    share("speakers_high", "at most", "发言人数变化上限"),
    count("messages_after", "messages after", "之后消息"),
    number("messages_usual", "messages, usual", "平常消息"),
    share("messages_change", "messages, change", "消息变化"),
    share("messages_low", "messages, at least", "消息变化下限"),
    share("messages_high", "messages, at most", "消息变化上限"),
    count("matched", "participants compared", "可比参与者"),
    count("others", "others compared", "可比未参与者"),
    share("matched_change", "active days of participants, change", "参与者活跃天数变化"),
    share("others_change", "the same of others", "同等活跃的未参与者变化"),
    number("difference", "active days more than others", "比未参与者多活跃天数"),
    number("difference_low", "active days, at least", "多活跃天数下限"),
    number("difference_high", "active days, at most", "多活跃天数上限"),
    count("woken", "silent people who wrote", "唤醒沉默成员"),
    count("leaves", "left", "退群"),
    span_days("back_after", "back to usual after", "几天后回到平常"),
    flag("few", "too few", "样本太少"),
)

PARTICIPANTS = (
    CHAT,
    _EVENT,
    _KIND,
    _NAME,
    ident("member_id", "member", "成员 ID"),
    person("display_name", "member", "成员"),
    local_day("first_on", "first took part", "首次参与"),
    count("acts", "times", "次数"),
)

SERIES = (
    CHAT,
    _EVENT,
    local_day("day", "day", "日期"),
    count("offset", "days since", "距活动首日"),
    count("messages", "messages", "消息"),
    count("speakers", "speakers", "发言人数"),
    number("usual", "messages, usual", "平常消息"),
)


def events(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return every event of the last weeks, newest first (``EVENTS``)."""
    rows = found(data, ctx)
    for part in (effects(data, ctx), control(data, ctx), woken(data, ctx)):
        rows = rows.join(part, on=BY_EVENT, how="left")
    return rows.with_columns(pl.col("few").fill_null(True)).pipe(
        shaped, EVENTS, "chat_id", "start_on", "event_id", descending=["start_on"]
    )


def people(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return who took part in which event (``PARTICIPANTS``)."""
    return (
        participants(data, ctx)
        .join(found(data, ctx).select(*BY_EVENT, "kind", "name", "start_on"), on=BY_EVENT)
        .join(member_names(data, "member_id", "display_name"), on=BY_MEMBER, how="left")
        .pipe(
            shaped, PARTICIPANTS, "chat_id", "start_on", "event_id", "first_on", "member_id",
            descending=["start_on"],
        )
    )  # fmt: skip


def series(data: Dataset, ctx: Context) -> pl.LazyFrame:
    """Return the days around each event (``SERIES``); usual: the weekday's mean before it."""
    rule = ctx.settings.events
    days = event_days(data, ctx)
    usual = (
        days.filter(pl.col("week") <= rule.weeks_before)
        .group_by(*BY_EVENT, "position")
        .agg(usual=rounded(pl.col("messages").mean()), known=pl.len())
        .filter(pl.col("known") >= rule.least_weeks_before)
    )
    return (
        days.filter(pl.col("offset").abs() <= rule.chart_days)
        .join(usual, on=[*BY_EVENT, "position"], how="left")
        .pipe(shaped, SERIES, "chat_id", "start_on", "event_id", "offset", descending=["start_on"])
    )


METRIC = Metric(
    name="events",
    en="Events and what they moved",
    zh="活动复盘",
    tables=(
        Table("events", "Events, newest first", "活动(新的在前)", EVENTS, events),
        Table("participants", "Who took part", "参与者", PARTICIPANTS, people),
        Table("series", "Days around each event", "活动前后每日", SERIES, series),
    ),
    definitions=(
        Definition(
            "change",
            en="Messages (speakers) of the {events.after_days} days after the first day of an event "
            "÷ mean of the same weekdays in the {events.weeks_before} weeks before − 1; needs "
            "{events.least_weeks_before} whole weeks and {events.least_messages} messages a week "
            "before. 95 % interval of a ratio of two counts: log ratio ± t × √(φ ÷ after + φ ÷ "
            "(usual × weeks)), φ = variance ÷ mean of the weeks before, at least 1.",
            zh="活动首日之后 {events.after_days} 天的消息(发言人数)÷ 此前 {events.weeks_before} 周"
            "同样几个星期几的均值 − 1;此前要有 {events.least_weeks_before} 个整周、每周 "
            "{events.least_messages} 条消息。95 % 区间按两个计数之比:对数比 ± t × √(φ ÷ 之后 + "
            "φ ÷(平常 × 周数)),φ = 此前各周方差 ÷ 均值,至少为 1。",
            source="ours; interval: quasi-Poisson",
            inputs=(
                "messages_after",
                "messages_usual",
                "messages_change",
                "messages_low",
                "messages_high",
            ),
            caveat_en="Where the interval holds 0, nothing is proved.",
            caveat_zh="区间含 0 时,不能说活动起了作用。",
        ),
        Definition(
            "difference",
            en="Active days in the {events.after_days} days after: mean of the participants less "
            "mean of others with as many active days in the {events.weeks_before} weeks before "
            "(classes 1, 2–3, 4–7, 8–14, 15 or more, weighted as participants are); 95 % interval, "
            "normal. Staff left out; from {min_cases_median} people on each side.",
            zh="之后 {events.after_days} 天的活跃天数:参与者均值 − 此前 {events.weeks_before} 周"
            "同样活跃的未参与者均值(按此前活跃 1、2–3、4–7、8–14、15 天以上分档,按参与者加权);"
            "95 % 区间用正态近似。不含运营,两边各至少 {min_cases_median} 人。",
            source="ours",
            inputs=("matched", "others", "difference", "difference_low", "difference_high"),
            caveat_en="Who takes part is not drawn by lot.",
            caveat_zh="参加与否不是随机的:本来就想说话的人更爱报名。",
        ),
        Definition(
            "woken",
            en="People who had been in the chat for {events.weeks_before} weeks without a message, "
            "and wrote on day 0–{events.after_days}.",
            zh="在群里、此前 {events.weeks_before} 周没说过话,活动首日起 {events.after_days} 天内开口的人数。",
            source="ours",
            inputs=("start_on", "woken"),
        ),
        Definition(
            "back_after",
            en="First of two days running, after the event, with no more messages than the mean of "
            "that weekday in the {events.weeks_before} weeks before; none within "
            "{events.back_days} days: empty.",
            zh="活动后第一次连续两天消息不高于此前 {events.weeks_before} 周同一星期几均值,是第几天;"
            "{events.back_days} 天内没有则留空。",
            source="ours",
            inputs=("start_on", "back_after"),
        ),
    ),
)
