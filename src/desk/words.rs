//! What the board says by itself, in either language.

use serde::Serialize;

use crate::http::texts::Language;

/// A word of the API, and what people say.
type Named = &'static [(&'static str, &'static str)];

/// All of its words. What the script needs is handed to it with the page.
#[derive(Serialize)]
pub(super) struct Words {
    pub lang: &'static str,
    pub title: &'static str,
    pub numbers: &'static str,
    pub deadlines: &'static str,
    pub breaches: &'static str,
    pub today: &'static str,
    pub columns: [&'static str; 5],
    pub no_script: &'static str,
    connecting: &'static str,
    live: &'static str,
    lost: &'static str,
    open: &'static str,
    late: &'static str,
    follow_ups_late: &'static str,
    major: &'static str,
    left: &'static str,
    over_by: &'static str,
    no_deadlines: &'static str,
    no_breaches: &'static str,
    in_all: [&'static str; 2],
    counting: &'static str,
    target: &'static str,
    pending: &'static str,
    day: &'static str,
    hour: &'static str,
    minute: &'static str,
    #[serde(serialize_with = "as_map")]
    status: Named,
    #[serde(serialize_with = "as_map")]
    kind: Named,
    #[serde(serialize_with = "as_map")]
    rate: Named,
    #[serde(serialize_with = "as_map")]
    verdict: Named,
    #[serde(serialize_with = "as_map")]
    over: Named,
}

fn as_map<S: serde::Serializer>(named: &Named, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(named.iter().copied())
}

const CHINESE: Words = Words {
    lang: "zh-CN",
    title: "服务台看板",
    numbers: "未结工单",
    deadlines: "即将到期",
    breaches: "最近超时",
    today: "今日指标",
    columns: ["期限", "单号", "事项", "地点", "状态"],
    no_script: "此页面需要启用 JavaScript。",
    connecting: "正在连接",
    live: "实时",
    lost: "连接中断，数据截至",
    open: "未结",
    late: "已超时",
    follow_ups_late: "回访逾期",
    major: "重大",
    left: "剩",
    over_by: "超",
    no_deadlines: "目前没有待办期限",
    no_breaches: "没有超时",
    in_all: ["共 ", " 件"],
    counting: "正在统计……",
    target: "目标",
    pending: "在办",
    day: "天",
    hour: "小时",
    minute: "分",
    status: &[
        ("new", "待受理"),
        ("accepted", "已受理"),
        ("assigned", "已派单"),
        ("in_progress", "处理中"),
        ("paused", "已暂停"),
    ],
    kind: &[("repair", "报修"), ("complaint", "投诉"), ("inquiry", "咨询"), ("request", "诉求")],
    rate: &[
        ("first_response", "首次响应及时率"),
        ("timeliness", "处理及时率"),
        ("resolution", "解决率"),
        ("satisfaction", "满意度"),
    ],
    verdict: &[("met", "✓ 达标"), ("missed", "✗ 未达标"), ("too_few", "○ 样本不足"), ("no_target", "– 未设目标")],
    over: &[
        ("desk_link_expired", "链接已到期。请在服务台重新获取看板链接。"),
        ("desk_link_invalid", "链接已失效。请在服务台重新获取看板链接。"),
    ],
};

const ENGLISH: Words = Words {
    lang: "en",
    title: "Service desk",
    numbers: "Open tickets",
    deadlines: "Next deadlines",
    breaches: "Latest breaches",
    today: "Today",
    columns: ["Deadline", "Number", "Matter", "Place", "Status"],
    no_script: "This page needs JavaScript.",
    connecting: "Connecting",
    live: "Live",
    lost: "Connection lost; as of",
    open: "Open",
    late: "Late",
    follow_ups_late: "Follow-ups late",
    major: "Major",
    left: "in",
    over_by: "late",
    no_deadlines: "No deadlines at present",
    no_breaches: "Nothing is late",
    in_all: ["", " in all"],
    counting: "Counting …",
    target: "target",
    pending: "open",
    day: " d",
    hour: " h",
    minute: " min",
    status: &[
        ("new", "New"),
        ("accepted", "Accepted"),
        ("assigned", "Assigned"),
        ("in_progress", "In progress"),
        ("paused", "Paused"),
    ],
    kind: &[("repair", "Repair"), ("complaint", "Complaint"), ("inquiry", "Inquiry"), ("request", "Request")],
    rate: &[
        ("first_response", "First response in time"),
        ("timeliness", "On time"),
        ("resolution", "Resolved"),
        ("satisfaction", "Satisfaction"),
    ],
    verdict: &[("met", "✓ met"), ("missed", "✗ missed"), ("too_few", "○ too few"), ("no_target", "– no target")],
    over: &[
        ("desk_link_expired", "This link has expired. Ask the service desk for a new one."),
        ("desk_link_invalid", "This link works no more. Ask the service desk for a new one."),
    ],
};

/// The words of a language.
pub(super) const fn words(language: Language) -> &'static Words {
    match language {
        Language::Chinese => &CHINESE,
        Language::English => &ENGLISH,
    }
}
