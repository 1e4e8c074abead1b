//! What the figures of a report are called, in either language.

use crate::http::texts::Language;
use crate::rates::measures::Rate;
use crate::sheets::table;
use crate::sites::model::Kind;
use crate::tickets::lifecycle::Status;

use super::model::ReportKind;

/// The words of a language.
#[derive(Debug, Clone, Copy)]
pub(super) struct Words(pub(super) Language);

impl Words {
    /// One of two.
    pub(super) const fn say(self, chinese: &'static str, english: &'static str) -> &'static str {
        match self.0 {
            Language::Chinese => chinese,
            Language::English => english,
        }
    }

    /// The same language, as sheets call it.
    pub(super) const fn of_sheets(self) -> table::Language {
        match self.0 {
            Language::Chinese => table::Language::Chinese,
            Language::English => table::Language::English,
        }
    }

    pub(super) const fn title(self, kind: ReportKind) -> &'static str {
        match kind {
            ReportKind::Daily => self.say("客服日报", "Daily service report"),
            ReportKind::Weekly => self.say("客服周报", "Weekly service report"),
            ReportKind::Monthly => self.say("客服月报", "Monthly service report"),
            ReportKind::Quarterly => self.say("客服季报", "Quarterly service report"),
            ReportKind::Yearly => self.say("客服年报", "Yearly service report"),
        }
    }

    pub(super) const fn rate(self, rate: Rate) -> &'static str {
        match rate {
            Rate::FirstResponse => self.say("首次响应及时率", "First answer in time"),
            Rate::Timeliness => self.say("处理及时率", "Handled in time"),
            Rate::DepartmentAccept => self.say("部门接单及时率", "Accepted in time by departments"),
            Rate::DepartmentTimeliness => self.say("部门处理及时率", "Finished in time by departments"),
            Rate::Resolution => self.say("解决率", "Solved"),
            Rate::Closure => self.say("关闭率", "Closed"),
            Rate::Rework => self.say("返修率", "Done again"),
            Rate::ReComplaint => self.say("返投诉率", "Complained again"),
            Rate::FollowUp => self.say("回访率", "Followed up"),
            Rate::Satisfaction => self.say("满意度", "Satisfied"),
            Rate::SurveyReach => self.say("调查触达率", "Asked how it was"),
            Rate::SurveyReturn => self.say("调查回收率", "Said how it was"),
            Rate::FirstTimeFix => self.say("一次修复率", "Fixed at the first go"),
            Rate::Bounce => self.say("转派退回率", "Passed on or sent back"),
            Rate::Urge => self.say("催单率", "Urged"),
            Rate::PausedShare => self.say("暂停时长占比", "Share of time paused"),
            Rate::Excused => self.say("超时免责率", "Late and excused"),
            Rate::RecordsCorrect => self.say("记录正确率", "Records correct"),
            Rate::CustomerSatisfaction => self.say("顾客满意度", "Satisfied shoppers"),
            Rate::LatePauses => self.say("临期暂停率", "Paused just before due"),
        }
    }

    pub(super) const fn kind(self, kind: Kind) -> &'static str {
        match kind {
            Kind::Repair => self.say("报修", "Repair"),
            Kind::Complaint => self.say("投诉", "Complaint"),
            Kind::Inquiry => self.say("咨询", "Inquiry"),
            Kind::Request => self.say("商户业主申请", "Request"),
        }
    }

    pub(super) const fn status(self, status: Status) -> &'static str {
        match status {
            Status::New => self.say("待受理", "New"),
            Status::Accepted => self.say("已受理", "Accepted"),
            Status::Assigned => self.say("已派单", "Assigned"),
            Status::InProgress => self.say("处理中", "In progress"),
            Status::Paused => self.say("已暂停", "Paused"),
            Status::Resolved => self.say("已解决", "Resolved"),
            Status::Closed => self.say("已关闭", "Closed"),
            Status::Cancelled => self.say("已取消", "Cancelled"),
            Status::Merged => self.say("已合并", "Merged"),
        }
    }

    /// Why something was late, or waited, by the word that stands for it.
    pub(super) fn reason(self, word: &str) -> String {
        let known = match word {
            "parts" | "waiting_parts" => self.say("等待配件", "Waiting for parts"),
            "third_party" => self.say("外部单位", "Outside firm"),
            "no_access" => self.say("无法进入", "No access"),
            "requester_unavailable" | "waiting_requester" => self.say("等待客户", "Waiting for the requester"),
            "misrouted" => self.say("派错部门", "Sent to the wrong department"),
            "workload" => self.say("人手不足", "Too much to do"),
            "difficulty" => self.say("处理难度大", "Harder than it looked"),
            "weather" => self.say("天气原因", "Weather"),
            "oversight" => self.say("疏忽遗漏", "Forgotten"),
            "appointment" => self.say("预约时间", "Appointment"),
            "other" => self.say("其他", "Other"),
            unknown => return unknown.to_owned(),
        };
        known.to_owned()
    }

    pub(super) const fn weekdays(self) -> [&'static str; 7] {
        match self.0 {
            Language::Chinese => ["周一", "周二", "周三", "周四", "周五", "周六", "周日"],
            Language::English => ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
        }
    }
}
