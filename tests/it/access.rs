//! Who may do what: one line for every operation of the API document, one column for every sort of caller.
//!
//! Somebody else's things are not there (404), what a role never does is refused (403), and nobody without a token gets
//! past the door (401).

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use yijian::accounts::model::{ClientScope, Role};

use crate::both;
use crate::support::{Client, People, Reply, TestApp, png};

/// What the operation is done to. All of it is 小林's, and 工程 deals with it.
#[derive(Debug, Clone, Copy, PartialEq)]
enum About {
    Nothing,
    /// A ticket at this status; from `assigned` on 王师傅 has it.
    Ticket(&'static str),
    /// A ticket in the pool of 工程.
    Pooled,
    Photo,
    Binding,
    RefreshToken,
    System,
    Calendar,
    Standard,
    Department,
    Category,
    /// A complaint that was answered; 王师傅 has it.
    Complaint,
    FollowUp,
    /// A resolved ticket of somebody who called; 王师傅 has it.
    Called,
    /// A link to such a ticket.
    Survey,
    /// An umbrella that the desk keeps.
    Item,
    /// A pair of gloves that 小林 says she found.
    Announced,
    /// An umbrella that spoils, past its day.
    Spoilt,
    /// The same, which another supervisor proposed to dispose of.
    Proposed,
    LostReport,
    /// A claim of 小林's on an umbrella.
    Claim,
    /// The same, approved.
    Approved,
    /// A claim of hers on a ring, which 小梅's colleague handed over.
    Signed,
    /// A hand-over to the police.
    Handover,
    LendingType,
    LendingStation,
    /// An umbrella at the desk.
    LendingUnit,
    /// An umbrella that 小林 has.
    Lent,
    /// One that is kept for her.
    Reserved,
    /// One that she lost.
    Gone,
    Suspension,
    /// An improvement at this status; 王师傅 answers for it, and did what was done so far.
    Improvement(&'static str),
    /// A round with one ticket, which 王师傅 had.
    SpotCheck,
}

use About::{
    Announced, Approved, Binding, Calendar, Called, Category, Claim, Complaint, Department, FollowUp, Gone, Handover,
    Improvement, Item, LendingStation, LendingType, LendingUnit, Lent, LostReport, Nothing, Photo, Pooled, Proposed,
    RefreshToken, Reserved, Signed, Spoilt, SpotCheck, Standard, Survey, Suspension, System, Ticket,
};

const CALLERS: [&str; 9] =
    ["anyone", "owner", "another", "who has it", "colleague", "technician elsewhere", "agent", "supervisor", "admin"];

/// Logging out comes last: it ends the callers' sessions.
#[rustfmt::skip]
const TABLE: &[(&str, About, [u16; 9])] = &[
    //                                                               any  own  oth  has  col  els  agt  sup  adm
    ("GET /healthz",                          Nothing,               [200, 200, 200, 200, 200, 200, 200, 200, 200]),
    ("GET /readyz",                           Nothing,               [200, 200, 200, 200, 200, 200, 200, 200, 200]),
    ("GET /metrics",                          Nothing,               [200, 200, 200, 200, 200, 200, 200, 200, 200]),
    ("GET /openapi.json",                     Nothing,               [200, 200, 200, 200, 200, 200, 200, 200, 200]),
    ("POST /api/v1/auth/wechat",              Nothing,               [200, 200, 200, 200, 200, 200, 200, 200, 200]),
    ("POST /api/v1/auth/password",            Nothing,               [200, 200, 200, 200, 200, 200, 200, 200, 200]),
    ("POST /api/v1/auth/refresh",             RefreshToken,          [200, 200, 200, 200, 200, 200, 200, 200, 200]),
    ("POST /api/v1/oauth/token",              System,                [200, 200, 200, 200, 200, 200, 200, 200, 200]),
    ("GET /api/v1/me",                        Nothing,               [401, 200, 200, 200, 200, 200, 200, 200, 200]),
    ("PUT /api/v1/me",                        Nothing,               [401, 200, 200, 200, 200, 200, 200, 200, 200]),
    ("POST /api/v1/me/phone",                 Nothing,               [401, 200, 200, 422, 422, 422, 422, 422, 422]),
    ("GET /api/v1/memberships",               Nothing,               [401, 403, 403, 404, 404, 404, 200, 200, 200]),
    ("POST /api/v1/memberships",              Nothing,               [401, 403, 403, 404, 404, 404, 201, 201, 201]),
    ("DELETE /api/v1/memberships/{id}",       Binding,               [401, 403, 403, 404, 404, 404, 204, 204, 204]),
    ("GET /api/v1/sites",                     Nothing,               [200, 200, 200, 200, 200, 200, 200, 200, 200]),
    ("GET /api/v1/sites/{id}/locations",      Nothing,               [200, 200, 200, 200, 200, 200, 200, 200, 200]),
    ("GET /api/v1/sites/{id}/departments",    Nothing,               [401, 403, 403, 200, 200, 200, 200, 200, 200]),
    ("PUT /api/v1/departments/{id}",          Department,            [401, 403, 403, 403, 403, 403, 403, 200, 200]),
    ("GET /api/v1/catalogue",                 Nothing,               [200, 200, 200, 200, 200, 200, 200, 200, 200]),
    ("GET /api/v1/scan/{scene}",              Nothing,               [401, 200, 200, 200, 200, 200, 200, 200, 200]),
    ("POST /api/v1/attachments",              Nothing,               [401, 201, 201, 201, 201, 201, 201, 201, 201]),
    ("GET /api/v1/attachments/{id}",          Photo,                 [401, 200, 404, 404, 404, 404, 404, 404, 404]),
    ("GET /api/v1/attachments/{id}/content",  Photo,                 [200, 200, 200, 200, 200, 200, 200, 200, 200]),
    ("POST /api/v1/repairs",                  Nothing,               [401, 201, 201, 201, 201, 201, 201, 201, 201]),
    ("GET /api/v1/notices",                   Nothing,               [401, 200, 200, 200, 200, 200, 200, 200, 200]),
    ("GET /api/v1/tickets",                   Nothing,               [401, 200, 200, 200, 200, 200, 200, 200, 200]),
    ("GET /api/v1/tickets/{id}",              Ticket("assigned"),    [401, 200, 404, 200, 200, 404, 200, 200, 200]),
    ("GET /api/v1/tickets/{id}",              Ticket("closed"),      [401, 200, 404, 200, 200, 404, 200, 200, 200]),
    ("GET /api/v1/tickets/{id}",              Ticket("new"),         [401, 200, 404, 404, 404, 404, 200, 200, 200]),
    ("GET /api/v1/tickets/{id}/timeline",     Ticket("assigned"),    [401, 200, 404, 200, 200, 404, 200, 200, 200]),
    ("GET /api/v1/tickets/{id}/contact",      Ticket("assigned"),    [401, 403, 403, 200, 200, 404, 200, 200, 200]),
    ("GET /api/v1/tickets/{id}/contact",      Ticket("new"),         [401, 403, 403, 404, 404, 404, 200, 200, 200]),
    ("GET /api/v1/tickets/{id}/clocks",       Ticket("assigned"),    [401, 200, 404, 200, 200, 404, 200, 200, 200]),
    ("GET /api/v1/tickets/{id}/clocks",       Ticket("new"),         [401, 200, 404, 404, 404, 404, 200, 200, 200]),
    ("POST /api/v1/tickets/{id}/accept",      Ticket("new"),         [401, 403, 403, 404, 404, 404, 200, 200, 200]),
    ("POST /api/v1/tickets/{id}/assign",      Ticket("accepted"),    [401, 403, 403, 404, 404, 404, 200, 200, 200]),
    ("POST /api/v1/tickets/{id}/assign",      Ticket("assigned"),    [401, 403, 403, 403, 403, 404, 200, 200, 200]),
    ("POST /api/v1/tickets/{id}/grab",        Pooled,                [401, 403, 403, 200, 200, 404, 403, 403, 403]),
    ("POST /api/v1/tickets/{id}/transfer",    Ticket("assigned"),    [401, 403, 403, 200, 200, 404, 200, 200, 200]),
    ("POST /api/v1/tickets/{id}/return",      Ticket("assigned"),    [401, 403, 403, 200, 200, 404, 403, 403, 403]),
    ("POST /api/v1/tickets/{id}/start",       Ticket("assigned"),    [401, 403, 403, 200, 403, 404, 409, 409, 409]),
    ("POST /api/v1/tickets/{id}/start",       Ticket("accepted"),    [401, 403, 403, 404, 404, 404, 200, 200, 200]),
    ("POST /api/v1/tickets/{id}/pause",       Ticket("in_progress"), [401, 403, 403, 200, 403, 404, 200, 200, 200]),
    ("POST /api/v1/tickets/{id}/resume",      Ticket("paused"),      [401, 403, 403, 200, 403, 404, 200, 200, 200]),
    ("POST /api/v1/tickets/{id}/reply",       Ticket("assigned"),    [401, 200, 404, 200, 200, 404, 200, 200, 200]),
    ("POST /api/v1/tickets/{id}/note",        Ticket("assigned"),    [401, 403, 403, 200, 200, 404, 200, 200, 200]),
    ("POST /api/v1/tickets/{id}/resolve",     Ticket("in_progress"), [401, 403, 403, 200, 403, 404, 200, 200, 200]),
    ("POST /api/v1/tickets/{id}/close",       Ticket("resolved"),    [401, 200, 404, 403, 403, 404, 200, 200, 200]),
    ("POST /api/v1/tickets/{id}/reopen",      Ticket("closed"),      [401, 200, 404, 403, 403, 404, 200, 200, 200]),
    ("POST /api/v1/tickets/{id}/cancel",      Ticket("assigned"),    [401, 200, 404, 403, 403, 404, 200, 200, 200]),
    ("POST /api/v1/tickets/{id}/cancel",      Ticket("in_progress"), [401, 409, 404, 403, 403, 404, 200, 200, 200]),
    ("POST /api/v1/tickets/{id}/regrade",     Ticket("assigned"),    [401, 403, 403, 403, 403, 404, 200, 200, 200]),
    // There is no such clock for those who may.
    ("POST /api/v1/tickets/{id}/merge",       Ticket("assigned"),    [401, 403, 403, 403, 403, 404, 200, 200, 200]),
    ("POST /api/v1/tickets/{id}/attach",      Ticket("assigned"),    [401, 403, 403, 403, 403, 404, 200, 200, 200]),
    ("POST /api/v1/tickets/{id}/detach",      Ticket("assigned"),    [401, 403, 403, 403, 403, 404, 409, 409, 409]),
    ("POST /api/v1/tickets/{id}/gather",      Ticket("new"),         [401, 403, 403, 404, 404, 404, 200, 200, 200]),
    ("POST /api/v1/tickets/{id}/unmerge",     Ticket("merged"),      [401, 403, 403, 404, 404, 404, 200, 200, 200]),
    ("GET /api/v1/tickets/{id}/next",         Ticket("assigned"),    [401, 200, 404, 200, 200, 404, 200, 200, 200]),
    ("GET /api/v1/tickets/{id}/related",      Ticket("assigned"),    [401, 403, 403, 403, 403, 404, 200, 200, 200]),
    ("POST /api/v1/tickets/{id}/repeat",      Ticket("new"),         [401, 403, 403, 404, 404, 404, 200, 200, 200]),
    ("POST /api/v1/tickets/{id}/survey",      Called,                [401, 403, 403, 403, 403, 404, 201, 201, 201]),
    ("GET /api/v1/surveys/{token}",           Survey,                [200, 200, 200, 200, 200, 200, 200, 200, 200]),
    ("POST /api/v1/surveys/{token}",          Survey,                [200, 200, 200, 200, 200, 200, 200, 200, 200]),
    ("POST /api/v1/complaints",               Nothing,               [401, 201, 201, 201, 201, 201, 201, 201, 201]),
    ("GET /api/v1/complaints/{id}",           Complaint,             [401, 200, 404, 200, 200, 404, 200, 200, 200]),
    ("POST /api/v1/complaints/{id}/grade",    Complaint,             [401, 403, 403, 403, 403, 404, 200, 200, 200]),
    ("POST /api/v1/complaints/{id}/investigate", Complaint,          [401, 403, 403, 200, 200, 404, 200, 200, 200]),
    ("POST /api/v1/complaints/{id}/offer",    Complaint,             [401, 403, 403, 200, 403, 404, 200, 200, 200]),
    ("POST /api/v1/complaints/{id}/agree",    Complaint,             [401, 200, 404, 403, 403, 404, 403, 200, 200]),
    ("POST /api/v1/complaints/{id}/about",    Complaint,             [401, 403, 403, 403, 403, 404, 200, 200, 200]),
    ("POST /api/v1/complaints/{id}/regulator", Complaint,            [401, 403, 403, 403, 403, 404, 200, 200, 200]),
    ("POST /api/v1/complaints/{id}/conclude", Complaint,             [401, 403, 403, 403, 403, 404, 200, 200, 200]),
    ("POST /api/v1/complaints/{id}/settle",   Complaint,             [401, 403, 403, 403, 403, 404, 200, 200, 200]),
    ("GET /api/v1/follow_ups",                Nothing,               [401, 403, 403, 403, 403, 403, 200, 200, 200]),
    ("GET /api/v1/follow_ups/{id}",           FollowUp,              [401, 403, 403, 404, 404, 404, 200, 200, 200]),
    ("POST /api/v1/follow_ups/{id}/attempt",  FollowUp,              [401, 403, 403, 404, 404, 404, 200, 200, 200]),
    ("POST /api/v1/follow_ups/{id}/complete", FollowUp,              [401, 403, 403, 404, 404, 404, 200, 200, 200]),
    ("GET /api/v1/rates",                     Nothing,               [401, 403, 403, 403, 403, 403, 200, 200, 200]),
    ("GET /api/v1/rates/{rate}/tickets",      Nothing,               [401, 403, 403, 403, 403, 403, 200, 200, 200]),
    ("GET /api/v1/sites/{id}/tightenings",    Nothing,               [401, 403, 403, 200, 200, 200, 200, 200, 200]),
    ("GET /api/v1/improvements",              Nothing,               [401, 403, 403, 200, 200, 200, 200, 200, 200]),
    // Nothing is aimed at there, for those who may.
    ("POST /api/v1/improvements",             Nothing,               [401, 403, 403, 403, 403, 403, 403, 422, 422]),
    ("GET /api/v1/improvements/{id}",         Improvement("open"),   [401, 403, 403, 200, 404, 404, 200, 200, 200]),
    ("POST /api/v1/improvements/{id}/plan",   Improvement("open"),   [401, 403, 403, 200, 404, 404, 403, 200, 200]),
    ("POST /api/v1/improvements/{id}/evidence", Improvement("planned"), [401, 403, 403, 200, 404, 404, 403, 200, 200]),
    ("POST /api/v1/improvements/{id}/verify", Improvement("evidenced"), [401, 403, 403, 403, 404, 404, 403, 200, 200]),
    ("GET /api/v1/sites/{id}/rate_targets",   Nothing,               [401, 403, 403, 404, 404, 404, 200, 200, 200]),
    ("PUT /api/v1/sites/{id}/rate_targets",   Nothing,               [401, 403, 403, 403, 403, 403, 403, 200, 200]),
    ("GET /api/v1/sites/{id}/spot_checklist", Nothing,               [401, 403, 403, 200, 200, 200, 200, 200, 200]),
    ("PUT /api/v1/sites/{id}/spot_checklist", Nothing,               [401, 403, 403, 403, 403, 403, 403, 200, 200]),
    ("GET /api/v1/spot_checks",               Nothing,               [401, 403, 403, 403, 403, 403, 403, 200, 200]),
    ("POST /api/v1/spot_checks",              Ticket("resolved"),    [401, 403, 403, 403, 403, 403, 403, 201, 201]),
    ("GET /api/v1/spot_checks/results",       Nothing,               [401, 403, 403, 200, 200, 200, 200, 200, 200]),
    ("GET /api/v1/spot_checks/{id}",          SpotCheck,             [401, 403, 403, 403, 403, 403, 403, 200, 200]),
    ("GET /api/v1/spot_checks/{id}/tickets",  SpotCheck,             [401, 403, 403, 403, 403, 403, 403, 200, 200]),
    ("POST /api/v1/spot_checks/{id}/tickets/{ticket_id}/result", SpotCheck, [401, 403, 403, 403, 403, 403, 403, 200, 200]),
    ("GET /api/v1/spot_checks/{id}/tickets/{ticket_id}/results", SpotCheck, [401, 403, 403, 403, 403, 403, 403, 200, 200]),
    ("POST /api/v1/spot_checks/{id}/close",   SpotCheck,             [401, 403, 403, 403, 403, 403, 403, 200, 200]),
    ("GET /api/v1/reports/{kind}",            Nothing,               [401, 403, 403, 403, 403, 403, 403, 200, 200]),
    ("POST /api/v1/reports/links",            Nothing,               [401, 403, 403, 403, 403, 403, 403, 201, 201]),
    // The mall opened today.
    ("POST /api/v1/reports/publish",          Nothing,               [401, 403, 403, 403, 403, 403, 403, 422, 422]),
    // By its link alone, and none of them has one.
    ("GET /api/v1/reports/file",              Nothing,               [422, 422, 422, 422, 422, 422, 422, 422, 422]),
    ("POST /api/v1/desk/links",               Nothing,               [401, 403, 403, 403, 403, 403, 201, 201, 201]),
    // The link is the key, and nothing else is; see desk.rs.
    ("GET /desk",                             Nothing,               [422, 422, 422, 422, 422, 422, 422, 422, 422]),
    ("GET /desk/events",                      Nothing,               [422, 422, 422, 422, 422, 422, 422, 422, 422]),
    ("GET /api/v1/sites/{id}/categories",     Nothing,               [401, 403, 403, 200, 200, 200, 200, 200, 200]),
    ("POST /api/v1/sites/{id}/categories",    Nothing,               [401, 403, 403, 403, 403, 403, 403, 201, 409]),
    ("PUT /api/v1/categories/{id}",           Category,              [401, 403, 403, 403, 403, 403, 403, 200, 200]),
    ("GET /api/v1/item_categories",           Nothing,               [200, 200, 200, 200, 200, 200, 200, 200, 200]),
    ("GET /api/v1/found_items/public",        Nothing,               [200, 200, 200, 200, 200, 200, 200, 200, 200]),
    ("POST /api/v1/found_items",              Nothing,               [401, 201, 201, 201, 201, 201, 201, 201, 201]),
    ("GET /api/v1/found_items",               Nothing,               [401, 200, 200, 200, 200, 200, 200, 200, 200]),
    ("GET /api/v1/found_items/{id}",          Announced,             [401, 200, 404, 404, 404, 404, 200, 200, 200]),
    ("GET /api/v1/found_items/{id}",          Item,                  [401, 404, 404, 404, 404, 404, 200, 200, 200]),
    ("PUT /api/v1/found_items/{id}",          Item,                  [401, 403, 403, 404, 404, 404, 200, 200, 200]),
    ("POST /api/v1/found_items/{id}/confirm", Announced,             [401, 403, 403, 404, 404, 404, 200, 200, 200]),
    ("POST /api/v1/found_items/{id}/withdraw", Announced,            [401, 200, 404, 404, 404, 404, 200, 200, 200]),
    ("POST /api/v1/found_items/{id}/store",   Item,                  [401, 403, 403, 404, 404, 404, 200, 200, 200]),
    ("POST /api/v1/found_items/{id}/name_owner", Item,               [401, 403, 403, 404, 404, 404, 200, 200, 200]),
    ("GET /api/v1/found_items/{id}/matches",  Item,                  [401, 403, 403, 404, 404, 404, 200, 200, 200]),
    ("GET /api/v1/found_items/{id}/custody",  Item,                  [401, 403, 403, 404, 404, 404, 200, 200, 200]),
    ("GET /api/v1/found_items/{id}/contact",  Item,                  [401, 403, 403, 404, 404, 404, 200, 200, 200]),
    ("POST /api/v1/found_items/{id}/hand_to_police", Item,           [401, 403, 403, 404, 404, 404, 200, 200, 200]),
    ("POST /api/v1/found_items/{id}/dispose", Spoilt,                [401, 403, 403, 403, 403, 403, 403, 200, 200]),
    ("POST /api/v1/found_items/{id}/decide_disposal", Proposed,      [401, 403, 403, 403, 403, 403, 403, 200, 200]),
    ("POST /api/v1/lost_reports",             Nothing,               [401, 201, 201, 201, 201, 201, 201, 201, 201]),
    ("GET /api/v1/lost_reports",              Nothing,               [401, 200, 200, 200, 200, 200, 200, 200, 200]),
    ("GET /api/v1/lost_reports/{id}",         LostReport,            [401, 200, 404, 404, 404, 404, 200, 200, 200]),
    ("GET /api/v1/lost_reports/{id}/contact", LostReport,            [401, 403, 403, 404, 404, 404, 200, 200, 200]),
    ("PUT /api/v1/lost_reports/{id}",         LostReport,            [401, 200, 404, 404, 404, 404, 200, 200, 200]),
    ("POST /api/v1/lost_reports/{id}/withdraw", LostReport,          [401, 200, 404, 404, 404, 404, 200, 200, 200]),
    ("GET /api/v1/lost_reports/{id}/matches", LostReport,            [401, 200, 404, 404, 404, 404, 200, 200, 200]),
    ("POST /api/v1/claims",                   Item,                  [401, 201, 201, 201, 201, 201, 201, 201, 201]),
    ("GET /api/v1/claims",                    Nothing,               [401, 200, 200, 200, 200, 200, 200, 200, 200]),
    ("GET /api/v1/claims/{id}",               Claim,                 [401, 200, 404, 404, 404, 404, 200, 200, 200]),
    ("GET /api/v1/claims/{id}/contact",       Claim,                 [401, 403, 403, 404, 404, 404, 200, 200, 200]),
    ("POST /api/v1/claims/{id}/answer",       Claim,                 [401, 200, 404, 404, 404, 404, 403, 403, 403]),
    ("POST /api/v1/claims/{id}/ask",          Claim,                 [401, 403, 403, 404, 404, 404, 200, 200, 200]),
    ("POST /api/v1/claims/{id}/approve",      Claim,                 [401, 403, 403, 404, 404, 404, 200, 200, 200]),
    ("POST /api/v1/claims/{id}/reject",       Claim,                 [401, 403, 403, 404, 404, 404, 200, 200, 200]),
    ("POST /api/v1/claims/{id}/withdraw",     Claim,                 [401, 200, 404, 404, 404, 404, 403, 403, 403]),
    ("POST /api/v1/claims/{id}/pick_up_code", Approved,              [401, 200, 404, 404, 404, 404, 403, 403, 403]),
    // There is no code yet for those who may.
    ("POST /api/v1/claims/{id}/hand_over",    Approved,              [401, 403, 403, 404, 404, 404, 422, 422, 422]),
    ("POST /api/v1/claims/{id}/witness",      Signed,                [401, 403, 403, 404, 404, 404, 200, 200, 200]),
    ("GET /api/v1/sites/{id}/retention",      Nothing,               [401, 403, 403, 200, 200, 200, 200, 200, 200]),
    ("PUT /api/v1/sites/{id}/retention",      Nothing,               [401, 403, 403, 403, 403, 403, 403, 200, 200]),
    ("GET /api/v1/sites/{id}/erasures",       Nothing,               [401, 403, 403, 403, 403, 403, 403, 200, 200]),
    ("GET /api/v1/sites/{id}/contact_views",  Nothing,               [401, 403, 403, 403, 403, 403, 403, 200, 200]),
    ("POST /api/v1/police_handovers",         Item,                  [401, 403, 403, 404, 404, 404, 201, 201, 201]),
    ("GET /api/v1/police_handovers",          Nothing,               [401, 403, 403, 403, 403, 403, 200, 200, 200]),
    ("GET /api/v1/police_handovers/{id}",     Handover,              [401, 403, 403, 404, 404, 404, 200, 200, 200]),
    ("POST /api/v1/tickets/{id}/excuse",      Ticket("assigned"),    [401, 403, 403, 403, 403, 403, 403, 404, 404]),
    ("GET /api/v1/calendars",                 Nothing,               [401, 403, 403, 200, 200, 200, 200, 200, 200]),
    ("POST /api/v1/calendars",                Nothing,               [401, 403, 403, 403, 403, 403, 403, 201, 201]),
    ("GET /api/v1/calendars/{id}",            Calendar,              [401, 403, 403, 200, 200, 200, 200, 200, 200]),
    ("PUT /api/v1/calendars/{id}",            Calendar,              [401, 403, 403, 403, 403, 403, 403, 200, 200]),
    ("GET /api/v1/calendars/{id}/versions",   Calendar,              [401, 403, 403, 200, 200, 200, 200, 200, 200]),
    ("POST /api/v1/calendars/{id}/years/{year}", Calendar,           [401, 403, 403, 403, 403, 403, 403, 200, 200]),
    ("GET /api/v1/standards",                 Nothing,               [401, 403, 403, 200, 200, 200, 200, 200, 200]),
    ("POST /api/v1/standards",                Nothing,               [401, 403, 403, 403, 403, 403, 403, 201, 422]),
    ("GET /api/v1/standards/{id}",            Standard,              [401, 403, 403, 200, 200, 200, 200, 200, 200]),
    ("PUT /api/v1/standards/{id}",            Standard,              [401, 403, 403, 403, 403, 403, 403, 200, 200]),
    ("GET /api/v1/standards/{id}/versions",   Standard,              [401, 403, 403, 200, 200, 200, 200, 200, 200]),
    ("POST /api/v1/standards/{id}/what_if",   Standard,              [401, 403, 403, 403, 403, 403, 403, 200, 200]),
    ("POST /api/v1/standards/{id}/reapply",   Standard,              [401, 403, 403, 403, 403, 403, 403, 200, 200]),
    ("GET /api/v1/standards/{id}/reapplications", Standard,          [401, 403, 403, 403, 403, 403, 403, 200, 200]),
    ("POST /api/v1/sla/preview",              Nothing,               [401, 200, 200, 200, 200, 200, 200, 200, 200]),
    ("POST /api/v1/tickets/{id}/urge",        Ticket("assigned"),    [401, 200, 404, 403, 403, 404, 403, 403, 403]),
    ("POST /api/v1/tickets/{id}/rate",        Ticket("resolved"),    [401, 200, 404, 403, 403, 404, 403, 403, 403]),
    // Anyone may say "me too" of what is open, for it is shown at the place.
    ("POST /api/v1/tickets/{id}/follow",      Ticket("assigned"),    [401, 422, 200, 200, 200, 200, 200, 200, 200]),
    ("POST /api/v1/tickets/{id}/follow",      Ticket("closed"),      [401, 422, 404, 409, 409, 404, 409, 409, 409]),
    ("GET /gbfs/{site}/gbfs.json",            Nothing,               [404, 404, 404, 404, 404, 404, 404, 404, 404]),
    ("GET /gbfs/{site}/system_information.json", Nothing,            [404, 404, 404, 404, 404, 404, 404, 404, 404]),
    ("GET /gbfs/{site}/vehicle_types.json",   Nothing,               [404, 404, 404, 404, 404, 404, 404, 404, 404]),
    ("GET /gbfs/{site}/station_information.json", Nothing,           [404, 404, 404, 404, 404, 404, 404, 404, 404]),
    ("GET /gbfs/{site}/station_status.json",  Nothing,               [404, 404, 404, 404, 404, 404, 404, 404, 404]),
    ("GET /api/v1/rental/item_types",         Nothing,               [200, 200, 200, 200, 200, 200, 200, 200, 200]),
    ("POST /api/v1/rental/item_types",        Nothing,               [401, 403, 403, 403, 403, 403, 403, 201, 409]),
    ("PUT /api/v1/rental/item_types/{id}",    LendingType,           [401, 403, 403, 403, 403, 403, 403, 200, 200]),
    ("GET /api/v1/rental/stations",           Nothing,               [200, 200, 200, 200, 200, 200, 200, 200, 200]),
    ("POST /api/v1/rental/stations",          Nothing,               [401, 403, 403, 403, 403, 403, 403, 201, 409]),
    ("GET /api/v1/rental/stations/{id}",      LendingStation,        [200, 200, 200, 200, 200, 200, 200, 200, 200]),
    ("PUT /api/v1/rental/stations/{id}",      LendingStation,        [401, 403, 403, 403, 403, 403, 403, 200, 200]),
    ("POST /api/v1/rental/stations/{id}/stock_takes", LendingStation, [401, 403, 403, 404, 404, 404, 201, 201, 201]),
    ("GET /api/v1/rental/stations/{id}/stock_takes", LendingStation, [401, 403, 403, 404, 404, 404, 200, 200, 200]),
    ("GET /api/v1/rental/stock",              Nothing,               [401, 403, 403, 404, 404, 404, 200, 200, 200]),
    ("POST /api/v1/rental/units",             Nothing,               [401, 403, 403, 403, 403, 403, 403, 201, 409]),
    ("GET /api/v1/rental/units",              Nothing,               [401, 403, 403, 200, 200, 200, 200, 200, 200]),
    ("GET /api/v1/rental/units/{id}",         LendingUnit,           [401, 403, 403, 404, 404, 404, 200, 200, 200]),
    ("POST /api/v1/rental/units/{id}/repair", LendingUnit,           [401, 403, 403, 404, 404, 404, 200, 200, 200]),
    ("POST /api/v1/rental/units/{id}/restock", LendingUnit,          [401, 403, 403, 404, 404, 404, 200, 200, 200]),
    ("POST /api/v1/rental/units/{id}/retire", LendingUnit,           [401, 403, 403, 404, 404, 404, 200, 200, 200]),
    ("POST /api/v1/rentals",                  Nothing,               [401, 201, 201, 201, 201, 201, 201, 201, 201]),
    ("GET /api/v1/rentals",                   Nothing,               [401, 200, 200, 200, 200, 200, 200, 200, 200]),
    ("GET /api/v1/rentals/{id}",              Lent,                  [401, 200, 404, 404, 404, 404, 200, 200, 200]),
    ("GET /api/v1/rentals/{id}/contact",      Lent,                  [401, 403, 403, 404, 404, 404, 200, 200, 200]),
    ("POST /api/v1/rentals/{id}/extend",      Lent,                  [401, 200, 404, 404, 404, 404, 200, 200, 200]),
    ("POST /api/v1/rentals/{id}/return",      Lent,                  [401, 200, 404, 404, 404, 404, 200, 200, 200]),
    ("POST /api/v1/rentals/{id}/report",      Lent,                  [401, 200, 404, 404, 404, 404, 200, 200, 200]),
    // It needs no PayScore.
    ("POST /api/v1/rentals/{id}/payscore",    Lent,                  [401, 409, 404, 404, 404, 404, 409, 409, 409]),
    ("POST /api/v1/rentals/{id}/cancel",      Reserved,              [401, 200, 404, 404, 404, 404, 200, 200, 200]),
    ("POST /api/v1/rentals/{id}/settle",      Gone,                  [401, 403, 403, 404, 404, 404, 200, 200, 200]),
    // Nothing is owed yet.
    ("POST /api/v1/rentals/{id}/pay",         Gone,                  [401, 403, 403, 404, 404, 404, 422, 422, 422]),
    // Everyone but those who have one already, and the owner, who lost one.
    ("POST /api/v1/rentals/reserve",          Nothing,               [401, 422, 422, 422, 422, 422, 422, 422, 422]),
    ("POST /api/v1/wechat/pay/notifications", Nothing,               [422, 422, 422, 422, 422, 422, 422, 422, 422]),
    ("GET /api/v1/rental/suspensions",        Nothing,               [401, 403, 403, 403, 403, 403, 403, 200, 200]),
    ("POST /api/v1/rental/suspensions",       Nothing,               [401, 403, 403, 403, 403, 403, 403, 201, 201]),
    ("DELETE /api/v1/rental/suspensions/{id}", Suspension,           [401, 403, 403, 403, 403, 403, 403, 204, 204]),
    ("POST /api/v1/rental/device_reports",    Nothing,               [401, 403, 403, 403, 403, 403, 403, 403, 403]),
    ("POST /api/v1/auth/logout",              Nothing,               [401, 204, 204, 204, 204, 204, 204, 204, 204]),
];

/// The operations of the API document, and whether each says that it takes a token.
fn documented() -> Vec<(String, bool)> {
    let document = serde_json::to_value(yijian::http::openapi::document()).expect("JSON");
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for method in ["get", "post", "put", "patch", "delete", "head", "options", "trace"] {
            if let Some(operation) = item.get(method) {
                let takes_token = operation["security"].as_array().is_some_and(|schemes| !schemes.is_empty());
                operations.push((format!("{} {path}", method.to_uppercase()), takes_token));
            }
        }
    }
    operations
}

#[test]
fn every_documented_operation_has_its_line_and_says_whether_it_takes_a_token() {
    let documented = documented();
    let known: BTreeSet<&str> = TABLE.iter().map(|(operation, ..)| *operation).collect();
    let named: BTreeSet<&str> = documented.iter().map(|(operation, _)| operation.as_str()).collect();
    assert_eq!(known, named, "left: lines of the table; right: the document");
    for (operation, takes_token) in &documented {
        for (_, _, expected) in TABLE.iter().filter(|(known, ..)| known == operation) {
            assert_eq!(expected[0] == 401, *takes_token, "{operation}: the document and the table differ about tokens");
        }
    }
}

/// What all requests of the table need to know.
struct World {
    people: People,
    site: String,
    shop: String,
    scene: String,
    password: String,
    /// Another ticket, which stays open.
    other: String,
    /// One more, to become part of others.
    loose: String,
    /// A place of the car park.
    place: String,
    /// Two more supervisors.
    leads: [Client; 2],
    lending: crate::rental::Lending,
}

impl World {
    async fn make(t: &TestApp) -> Self {
        let people = People::sign_in(t).await;
        let site = t.site().await;
        // Whom the desk binds to a shop.
        let chen = t.shopper("xiaochen").await;
        chen.post("/api/v1/me/phone", json!({ "code": "demo:13911112222" })).await.is(200);
        let scan = chen.get(&format!("/api/v1/scan/{}", t.scenes().shop)).await;
        let shop = scan.is(200).json["shop"]["id"].as_str().expect("a shop").to_owned();
        let file = async || people.file(t).await.rsplit('/').next().expect("an id").to_owned();
        let (other, loose) = (file().await, file().await);
        let place = crate::lost_property::location(t, "B2-A").await;
        let leads = [t.hire("zhou", Role::Supervisor, None).await.0, t.hire("wu", Role::Supervisor, None).await.0];
        let (scene, password) = (t.scenes().lamp.clone(), t.password("mei"));
        let lending = crate::rental::Lending::of(t).await;
        Self { people, site, shop, scene, password, other, loose, place, leads, lending }
    }

    /// The thing itself: what stands for `{id}`, and the query or token that goes with it.
    async fn thing(&self, t: &TestApp, about: About) -> (String, String) {
        let id = |path: String| (path.rsplit('/').next().expect("an id").to_owned(), String::new());
        match about {
            Nothing => (self.site.clone(), String::new()),
            Ticket(status) => id(self.people.ticket_at(t, status).await),
            Pooled => id(self.people.pooled(t, &self.people.engineering).await),
            Photo => {
                let photo = self.people.lin.upload(png()).await;
                let url = photo.is(201).json["url"].as_str().expect("a link").to_owned();
                (photo.id(), url.split_once('?').expect("a signature").1.to_owned())
            }
            Binding => {
                let bound = self.people.mei.post("/api/v1/memberships", self.binding()).await;
                (bound.is(201).id(), String::new())
            }
            Calendar | Standard => {
                // By name: what was made at one moment by two programs stands in no particular order, and without its
                // standard no repair could wait any more.
                let (list, name) =
                    if about == Calendar { ("calendars", "营业时间") } else { ("standards", "咨询") };
                let list = self.people.li.get(&format!("/api/v1/{list}?site_id={}&limit=100", self.site)).await;
                let items = list.is(200).json["items"].as_array().expect("a list").clone();
                let found = items.iter().find(|item| item["name"] == name).expect("one of that name");
                (found["id"].as_str().expect("an id").to_owned(), String::new())
            }
            Department => (self.people.engineering.clone(), String::new()),
            Category => (crate::complaints::category(t, "complaint-parking").await, String::new()),
            Complaint => id(self.complaint(t).await),
            FollowUp => {
                let ticket = self.complaint(t).await;
                let people = &self.people;
                people.wang.post(&format!("{ticket}/resolve"), json!({ "result": "已道歉" })).await.is(200);
                let one = crate::complaints::follow_up(&people.mei, &ticket).await["id"].clone();
                let path = format!("/api/v1/follow_ups/{}", one.as_str().expect("something to ask"));
                let reached = json!({ "way": "call", "reached": true });
                people.mei.post(&format!("{path}/attempt"), reached).await.is(200);
                id(path)
            }
            Called => id(self.called(t).await),
            Survey => {
                let link = self.people.mei.act(&format!("{}/survey", self.called(t).await)).await;
                (link.is(201).json["token"].as_str().expect("a token").to_owned(), String::new())
            }
            Item | Claim | Approved | Announced | Spoilt | Proposed | LostReport | Signed | Handover => {
                self.lost_property(t, about).await
            }
            System => {
                let crate::clients::System { id, secret } = t.system("热线平台", &[ClientScope::TicketsRead]).await;
                (id, secret)
            }
            LendingType | LendingStation | LendingUnit | Lent | Reserved | Gone | Suspension => {
                self.lending(t, about).await
            }
            Improvement(status) => id(self.improvement(t, status).await),
            SpotCheck => {
                let (ticket, _) = id(self.people.ticket_at(t, "resolved").await);
                let drawn = self.leads[0].post("/api/v1/spot_checks", self.round(&ticket)).await;
                (drawn.is(201).id(), ticket)
            }
            RefreshToken => {
                let pair = t.anyone().post("/api/v1/auth/wechat", json!({ "code": "demo:xiaolin" })).await;
                (String::new(), pair.json["refresh_token"].as_str().expect("a token").to_owned())
            }
        }
    }

    /// As [`World::thing`], for what was lost and found.
    async fn lost_property(&self, t: &TestApp, about: About) -> (String, String) {
        let id = |path: String| (path.rsplit('/').next().expect("an id").to_owned(), String::new());
        match about {
            Item | Claim | Approved => {
                // Nobody claims everything: what she claimed before, she gives up.
                let open = self.people.lin.get("/api/v1/claims?status=open&limit=100").await;
                for claim in open.is(200).json["items"].as_array().expect("claims") {
                    let path = format!("/api/v1/claims/{}/withdraw", claim["id"].as_str().expect("an id"));
                    self.people.lin.act(&path).await.is(200);
                }
                let item = crate::lost_property::umbrella(t).await;
                if about == Item {
                    return (item.id(), item.id());
                }
                let (claim, _) = crate::lost_property::claim(&self.people.lin, &item).await;
                if about == Approved {
                    self.leads[0].post(&format!("{claim}/approve"), json!({ "reason": "认得" })).await.is(200);
                }
                id(claim)
            }
            Announced => {
                let body = json!({ "location_id": self.place, "description": "一双手套" });
                (self.people.lin.post("/api/v1/found_items", body).await.is(201).id(), String::new())
            }
            Spoilt | Proposed => {
                let [zhou, _] = &self.leads;
                let rules = self.body("PUT /api/v1/sites/{id}/retention", ("", ""));
                zhou.put(&format!("/api/v1/sites/{}/retention", self.site), rules).await.is(200);
                let body = json!({
                    "location_id": self.place, "description": "一双手套", "take_in": { "storage_place": "A 柜" }
                });
                let item = zhou.post("/api/v1/found_items", body).await;
                // Its day is over at once, by a rule that was made for it.
                let sql = "UPDATE found_items SET keep_until = created_at";
                t.app
                    .write(move |tx| Ok(diesel::connection::SimpleConnection::batch_execute(tx.conn, sql)?))
                    .await
                    .expect("a day");
                if about == Proposed {
                    let body = self.body("POST /api/v1/found_items/{id}/dispose", ("", ""));
                    zhou.post(&format!("/api/v1/found_items/{}/dispose", item.id()), body).await.is(200);
                }
                (item.is(201).id(), String::new())
            }
            LostReport => {
                let open = self.people.lin.get("/api/v1/lost_reports?status=open&limit=100").await;
                for report in open.is(200).json["items"].as_array().expect("reports") {
                    let path = format!("/api/v1/lost_reports/{}/withdraw", report["id"].as_str().expect("an id"));
                    self.people.lin.act(&path).await.is(200);
                }
                let made = self
                    .people
                    .lin
                    .post("/api/v1/lost_reports", self.body("POST /api/v1/lost_reports", ("", "")))
                    .await;
                (made.is(201).id(), String::new())
            }
            Signed => {
                let item = crate::lost_property::phone(t).await;
                let (claim, _) = crate::lost_property::claim(&self.people.lin, &item).await;
                let [zhou, _] = &self.leads;
                zhou.post(&format!("{claim}/approve"), json!({ "reason": "认得" })).await.is(200);
                let signed = crate::lost_property::signature(zhou).await;
                zhou.post(&format!("{claim}/hand_over"), signed).await.is(200);
                id(claim)
            }
            Handover => {
                let item = crate::lost_property::umbrella(t).await.id();
                let made = self.leads[0]
                    .post("/api/v1/police_handovers", self.body("POST /api/v1/police_handovers", ("", &item)))
                    .await;
                (made.is(201).id(), String::new())
            }
            _ => unreachable!("{about:?} was neither lost nor found"),
        }
    }

    /// As [`World::thing`], for what is lent.
    async fn lending(&self, t: &TestApp, about: About) -> (String, String) {
        let lending = crate::rental::Lending::of(t).await;
        let (lin, mei) = (&self.people.lin, &self.people.mei);
        let id = |id: String| (id, String::new());
        match about {
            LendingType => return id(lending.kind("umbrella").to_owned()),
            LendingStation => return id(lending.station("b2-east").to_owned()),
            LendingUnit => {
                let path = format!("/api/v1/rental/units?status=available&station_id={}", lending.station("desk"));
                let units = mei.get(&path).await;
                return id(crate::rental::text(&units.is(200).json["items"][0]["id"]));
            }
            Suspension => {
                let body = self.body("POST /api/v1/rental/suspensions", ("", ""));
                return id(self.leads[0].post("/api/v1/rental/suspensions", body).await.is(201).id());
            }
            _ => {}
        }
        // Nobody has everything: what she had before, she gives back.
        for one in lin.get("/api/v1/rentals?limit=100").await.is(200).json["items"].as_array().expect("rentals") {
            let path = format!("/api/v1/rentals/{}", crate::rental::text(&one["id"]));
            if one["status"] == "reserved" {
                lin.act(&format!("{path}/cancel")).await.is(200);
            } else if one["status"] == "lent" {
                lin.post(&format!("{path}/return"), json!({ "station_id": lending.station("desk") })).await.is(200);
            }
            if one["open_reports"] == 1 {
                let waive = self.body("POST /api/v1/rentals/{id}/settle", ("", ""));
                mei.post(&format!("{path}/settle"), waive).await.is(200);
            }
        }
        let at = if about == Reserved { "/api/v1/rentals/reserve" } else { "/api/v1/rentals" };
        let made = lin.post(at, lending.wish("desk", "umbrella")).await.is(201).id();
        if about == Gone {
            lin.post(&format!("/api/v1/rentals/{made}/report"), json!({ "kind": "lost" })).await.is(200);
        }
        id(made)
    }

    /// The path of the one improvement there is, brought to this status.
    async fn improvement(&self, t: &TestApp, status: &'static str) -> String {
        let known = self.people.li.get("/api/v1/improvements").await;
        let id = if let Some(id) = known.is(200).json["items"][0]["id"].as_str() {
            id.to_owned()
        } else {
            for _ in 0..5 {
                self.people.ticket_at(t, "closed").await;
            }
            let body = json!({
                "site_id": self.site, "month": "2026-11-22", "rate": "survey_return", "owner_id": self.people.wang_id
            });
            self.people.li.post("/api/v1/improvements", body).await.is(201).id()
        };
        t.app
            .write(move |tx| {
                use diesel::prelude::*;
                use yijian::db::schema::improvements::dsl;
                let doer = dsl::improvements.select(dsl::owner_id).first::<Option<yijian::values::Id>>(tx.conn)?;
                let row = (dsl::status.eq(status), dsl::planned_by_id.eq(doer), dsl::evidenced_by_id.eq(doer));
                Ok(diesel::update(dsl::improvements).set(row).execute(tx.conn)?)
            })
            .await
            .expect("a status");
        format!("/api/v1/improvements/{id}")
    }

    /// The path of a ticket of somebody who called, which 王师傅 resolved.
    async fn called(&self, t: &TestApp) -> String {
        let People { mei, wang, wang_id, .. } = &self.people;
        let body = json!({
            "scene": t.scenes().lamp, "description": "灯不亮", "on_behalf_of": { "channel": "phone", "name": "王先生" }
        });
        let ticket = crate::support::path(&mei.post("/api/v1/repairs", body).await);
        mei.act(&format!("{ticket}/accept")).await.is(200);
        mei.post(&format!("{ticket}/assign"), json!({ "assignee_id": wang_id })).await.is(200);
        wang.post(&format!("{ticket}/resolve"), json!({ "result": "换了灯管" })).await.is(200);
        ticket
    }

    /// The path of a complaint of 小林's as a ticket; it was answered, and 王师傅 has it.
    async fn complaint(&self, t: &TestApp) -> String {
        let People { lin, mei, wang, wang_id, .. } = &self.people;
        let (complaint, ticket) = crate::complaints::complain(t, lin, "complaint-price", "贵了").await;
        mei.act(&format!("{ticket}/accept")).await.is(200);
        mei.post(&format!("{ticket}/assign"), json!({ "assignee_id": wang_id })).await.is(200);
        wang.post(&format!("{complaint}/offer"), json!({ "text": "退差价" })).await.is(200);
        ticket
    }

    /// A round of one ticket.
    fn round(&self, ticket: &str) -> Value {
        json!({ "site_id": self.site, "from": "2026-11-22", "to": "2026-11-22", "ticket_ids": [ticket] })
    }

    fn station(&self) -> Value {
        json!({ "kind": "rack", "name": "雨伞架", "location_id": self.place, "slots": 20, "takes": [
            { "item_type_id": self.lending.kind("umbrella") }, { "item_type_id": self.lending.kind("stroller") }] })
    }

    fn binding(&self) -> Value {
        json!({ "site_id": self.site, "phone": "13911112222", "role": "merchant", "shop_id": self.shop })
    }

    /// A body that is as it should be.
    fn body(&self, operation: &str, (id, extra): (&str, &str)) -> Value {
        match operation.trim_start_matches("POST /api/v1/").trim_start_matches("tickets/{id}/") {
            "auth/wechat" => json!({ "code": "demo:xiaolin" }),
            "auth/password" => json!({ "username": "mei", "password": self.password }),
            "oauth/token" => {
                json!({ "grant_type": "client_credentials", "client_id": id, "client_secret": extra })
            }
            "auth/refresh" => json!({ "refresh_token": extra }),
            "PUT /api/v1/me" => json!({ "display_name": "某某", "language": "zh-CN" }),
            "me/phone" => json!({ "code": "demo:13933334444" }),
            "memberships" => self.binding(),
            "repairs" | "complaints" => json!({ "scene": self.scene, "description": "灯不亮" }),
            "assign" => json!({ "department_id": self.people.engineering }),
            "transfer" => json!({ "reason": "不归我们", "department_id": self.people.security }),
            "gather" => json!({ "part_ids": [self.loose], "reason": "同一处" }),
            "unmerge" => json!({ "reason": "不是同一处" }),
            "repeat" => json!({ "earlier_id": self.other, "confirmed": true }),
            "desk/links" => json!({ "site_id": self.site }),
            "follow_ups/{id}/attempt" => json!({ "way": "call", "reached": true }),
            "follow_ups/{id}/complete" => json!({ "result": "satisfied" }),
            "reports/links" => json!({ "site_id": self.site, "kind": "monthly" }),
            "reports/publish" => json!({ "site_id": self.site, "kind": "monthly", "day": "2026-10-01" }),
            "PUT /api/v1/sites/{id}/rate_targets" => json!({
                "targets": { "rates": [], "few": 5, "complaints_per_month": 10 }, "reason": "试"
            }),
            "improvements" => json!({ "site_id": self.site, "month": "2026-11-22", "rate": "bounce" }),
            "improvements/{id}/plan" => json!({ "plan": "发短信提醒评价" }),
            "improvements/{id}/evidence" => json!({ "evidence": "已发" }),
            "improvements/{id}/verify" => json!({ "accepted": true, "note": "属实" }),
            "sites/{id}/categories" => json!({
                "kind": "complaint", "code": "complaint-wifi",
                "category": { "name": "无线网络", "priority": "normal", "is_safety": false }
            }),
            "PUT /api/v1/categories/{id}" => {
                json!({ "category": { "name": "停车", "priority": "normal", "is_safety": false } })
            }
            "found_items" => json!({ "location_id": self.place, "description": "一双手套" }),
            "PUT /api/v1/found_items/{id}" => json!({
                "description": "伞", "category": "umbrella", "colours": [], "location_id": self.place,
                "found_at": "2026-11-22T01:30:00Z"
            }),
            "found_items/{id}/confirm" | "found_items/{id}/store" => json!({ "storage_place": "A 柜" }),
            "found_items/{id}/withdraw" | "claims/{id}/reject" => json!({ "reason": "不是" }),
            "found_items/{id}/name_owner" => json!({ "phone": "13911112222" }),
            "found_items/{id}/hand_to_police" => json!({ "station": "派出所", "officer": "警号 1" }),
            "found_items/{id}/dispose" => {
                json!({ "method": "destroyed", "legal_basis": "民法典第三百一十六条", "reason": "发霉" })
            }
            "found_items/{id}/decide_disposal" => json!({ "approve": true }),
            "lost_reports" | "PUT /api/v1/lost_reports/{id}" => json!({
                "location_ids": [self.place], "description": "一双手套", "category": "gloves", "colours": [],
                "lost_from": "2026-11-22T01:30:00Z"
            }),
            "claims" => json!({ "item_id": extra }),
            "claims/{id}/answer" => json!({ "text": "是我的" }),
            "claims/{id}/ask" => json!({ "question": "哪年买的？" }),
            "claims/{id}/approve" => json!({ "reason": "认得" }),
            "claims/{id}/hand_over" => {
                json!({ "identity_kind": "id_card", "identity_last4": "123X", "code": "123456" })
            }
            "PUT /api/v1/sites/{id}/retention" => {
                let classes = ["ordinary", "valuable", "cash", "identity_paper", "dangerous", "perishable"];
                let rules = classes.map(|class| json!({ "value_class": class, "days": 3, "day_kind": "working" }));
                json!({ "rules": rules, "reason": "按要求" })
            }
            "police_handovers" => json!({
                "site_id": self.site, "item_ids": [extra], "give": { "station": "派出所", "officer": "警号 1" }
            }),
            "merge" => json!({ "into_id": self.other, "reason": "同一盏灯" }),
            "attach" => json!({ "parent_id": self.other, "reason": "同一次停电" }),
            "return" | "reopen" | "cancel" | "detach" => json!({ "reason": "说不清" }),
            "pause" => json!({ "reason": "weather" }),
            "reply" | "note" => json!({ "text": "您好" }),
            "resolve" => json!({ "result": "好了" }),
            "rate" | "surveys/{token}" => json!({ "score": 5 }),
            "regrade" => json!({ "reason": "水越流越多", "priority": "urgent" }),
            "excuse" => json!({ "reason": "台风", "clock_id": self.site }),
            "calendars" => json!({ "site_id": self.site, "name": "办公室", "spec": open_daily() }),
            "PUT /api/v1/calendars/{id}" => json!({ "spec": open_daily() }),
            "calendars/{id}/years/{year}" => json!({ "makeup_hours": [{ "open": "09:00", "close": "18:00" }] }),
            "standards" => json!({ "site_id": self.site, "name": "贵宾", "spec": standard(900) }),
            "PUT /api/v1/standards/{id}" => json!({ "spec": standard(800) }),
            "standards/{id}/what_if" => {
                json!({ "from": "2026-11-01T00:00:00Z", "to": "2026-11-30T00:00:00Z", "standard": standard(800) })
            }
            "standards/{id}/reapply" => json!({ "dry_run": true, "reason": "试算" }),
            "PUT /api/v1/departments/{id}" => json!({ "calendar_id": null, "lead_id": null }),
            "sla/preview" => json!({
                "calendar": open_daily(), "start": "2026-11-22T02:00:00Z", "target_seconds": 3600,
            }),
            other => self.complaint_body(other, id),
        }
    }

    /// The same for complaints.
    fn complaint_body(&self, operation: &str, id: &str) -> Value {
        match operation {
            "complaints/{id}/grade" => json!({ "grade": "major_group", "reason": "很多人" }),
            "complaints/{id}/investigate" => {
                json!({ "facts": "多收", "cause": "标签旧", "responsibility": "商铺", "measures": "换标签" })
            }
            "complaints/{id}/offer" => json!({ "text": "退差价" }),
            "complaints/{id}/agree" => json!({ "agreed": true, "comment": "电话里说同意" }),
            "complaints/{id}/about" => json!({ "department_id": self.people.security, "reason": "说的是保安" }),
            "complaints/{id}/regulator" => {
                json!({ "from_regulator": { "name": "12345", "working_days": 5 }, "reason": "来函" })
            }
            "complaints/{id}/conclude" => json!({ "outcome": "justified" }),
            "complaints/{id}/settle" => json!({ "result": "退差价", "outcome": "justified" }),
            other => self.spot_check_body(other, id),
        }
    }

    /// The same for spot checks.
    fn spot_check_body(&self, operation: &str, id: &str) -> Value {
        match operation {
            "PUT /api/v1/sites/{id}/spot_checklist" => {
                json!({ "items": [{ "key": "times", "label": "时间属实", "required": true }], "reason": "试" })
            }
            "spot_checks" => self.round(id),
            "spot_checks/{id}/tickets/{ticket_id}/result" => {
                json!({ "answers": [{ "item": "times", "answer": "yes" }] })
            }
            "spot_checks/{id}/close" => json!({ "reason": "够了" }),
            lending => self.lending_body(lending),
        }
    }

    /// The same for what is lent.
    fn lending_body(&self, operation: &str) -> Value {
        match operation {
            "rental/item_types" => json!({ "site_id": self.site, "code": "raincoat", "item_type": item_type() }),
            "PUT /api/v1/rental/item_types/{id}" => json!({ "item_type": item_type() }),
            "rental/stations" => json!({ "site_id": self.site, "code": "gate-9", "station": self.station() }),
            "PUT /api/v1/rental/stations/{id}" => json!({ "station": self.station() }),
            "rental/stations/{id}/stock_takes" => json!({ "codes": [] }),
            "rental/units" => json!({
                "site_id": self.site, "item_type_id": self.lending.kind("umbrella"),
                "station_id": self.lending.station("desk"), "codes": ["X-1"]
            }),
            "rental/units/{id}/repair" | "rental/units/{id}/retire" => json!({ "reason": "坏了" }),
            "rental/units/{id}/restock" | "rentals/{id}/return" => {
                json!({ "station_id": self.lending.station("desk") })
            }
            "rentals" | "rentals/reserve" => self.lending.wish("gate-1", "umbrella"),
            "rentals/{id}/report" => json!({ "kind": "damaged" }),
            "rentals/{id}/settle" => json!({ "amount_fen": 0, "reason": "算了" }),
            "rentals/{id}/pay" => json!({ "kind": "payment", "amount_fen": 1 }),
            "rental/suspensions" => json!({
                "site_id": self.site, "user_id": self.people.wang_id, "reason": "多次逾期", "until": "2026-11-22T02:00:01Z"
            }),
            "rental/device_reports" => json!({
                "sent_at": "2026-11-22T02:00:00Z",
                "reports": [{
                    "report_id": "1", "kind": "returned", "station_id": self.lending.station("desk"), "unit": "U-0001",
                    "at": "2026-11-22T02:00:00Z"
                }]
            }),
            _ => json!({}),
        }
    }

    async fn ask(&self, who: &Client, operation: &str, (id, extra): &(String, String)) -> Reply {
        if operation == "POST /api/v1/attachments" {
            return who.upload(png()).await;
        }
        let (method, path) = operation.split_once(' ').expect("a method and a path");
        let mut path = path
            .replace("{id}", id)
            .replace("{token}", id)
            .replace("{ticket_id}", extra)
            .replace("{scene}", &self.scene)
            .replace("{year}", "2026")
            .replace("{rate}", "resolution")
            .replace("{kind}", "monthly")
            .replace("{site}", "xinghe");
        let of_site = [
            "catalogue",
            "memberships",
            "calendars",
            "standards",
            "found_items/public",
            "rental/item_types",
            "rental/stations",
            "rental/stock",
            "rental/suspensions",
            "rates",
            "rates/{rate}/tickets",
            "reports/{kind}",
            "spot_checks",
        ];
        if operation.strip_prefix("GET /api/v1/").is_some_and(|list| of_site.contains(&list)) {
            path = format!("{path}?site_id={}", self.site);
        } else if operation.ends_with("/content") {
            path = format!("{path}?{extra}");
        }
        let request = who.request(Method::from_bytes(method.as_bytes()).expect("a method"), &path);
        match method {
            "GET" | "DELETE" => who.send(request).await,
            _ => who.send(request.json(&self.body(operation, (id, extra)))).await,
        }
    }
}

fn item_type() -> Value {
    json!({ "kind": "umbrella", "name": "雨伞", "policy": {
        "borrowers": "anyone", "most_at_once": 1, "asks_age": false, "free_seconds": 86400, "longest_seconds": 86400,
        "extension_seconds": 86400, "remind_before_seconds": 7200, "fee": null, "replacement_fen": 5000, "lost_after_days": 7,
        "deposit": "none", "deposit_fen": 0, "returns": "any_station", "is_checked": false } })
}

fn open_daily() -> Value {
    let day = json!([{ "open": "10:00", "close": "22:00" }]);
    json!({ "time_zone": "Asia/Shanghai", "weekly": { "mon": day, "tue": day, "wed": day, "thu": day, "fri": day, "sat": day, "sun": day } })
}

fn standard(rank: i32) -> Value {
    let promise = json!({ "clock": "first_response", "seconds": 600, "calendar": "wall_clock" });
    json!({ "rank": rank, "kinds": ["inquiry"], "promises": [promise] })
}

both! {
    async fn everyone_may_do_what_the_table_says_and_no_more(t: TestApp) {
        let w = World::make(&t).await;
        let (elsewhere, _) = t.hire("sun", Role::Technician, Some("cleaning")).await;
        let (anyone, p) = (t.anyone(), &w.people);
        let callers = [&anyone, &p.lin, &p.hua, &p.wang, &p.zhao, &elsewhere, &p.mei, &p.li, &p.admin];
        for (operation, about, expected) in TABLE {
            let mut thing = w.thing(&t, *about).await;
            for ((name, who), expected) in CALLERS.into_iter().zip(callers).zip(expected) {
                let reply = w.ask(who, operation, &thing).await;
                let case = format!("{name}: {operation} about {about:?}: {}", String::from_utf8_lossy(&reply.body));
                assert_eq!(reply.status, *expected, "{case}");
                let code = reply.json["code"].as_str().unwrap_or_default();
                assert!(reply.status != 404 || code.ends_with("_not_found"), "{case}");
                assert!(reply.status != 401 || code == "token_missing", "{case}");
                // A refusal leaves the thing as it was for the next caller.
                if reply.status < 300 && !operation.starts_with("GET") && *about != Nothing {
                    thing = w.thing(&t, *about).await;
                }
            }
        }
    }

    async fn a_photo_link_is_the_key_and_nothing_else_is(t: TestApp) {
        let p = People::sign_in(&t).await;
        let photo = p.lin.upload(png()).await;
        let link = photo.is(201).json["url"].as_str().expect("a link").to_owned();
        t.anyone().get(&link).await.is(200);
        let (path, query) = link.split_once('?').expect("a signature");
        let other = p.lin.upload(png()).await.id();
        let changed = format!("{}x", &query[..query.len() - 1]);
        for forged in [
            format!("{path}?{changed}"),
            format!("{path}?{}", query.replace("expires=1", "expires=2")),
            format!("/api/v1/attachments/{other}/content?{query}"),
        ] {
            p.lin.get(&forged).await.refused(404, "attachment_link_invalid");
        }
        p.lin.get(path).await.refused_field("?expires", "field_missing");
        t.advance(jiff::SignedDuration::from_mins(15)).await;
        t.anyone().get(&link).await.refused(404, "attachment_link_invalid");
    }

    async fn a_token_that_is_none_opens_nothing(t: TestApp) {
        for token in ["", "x", "eyJhbGciOiJub25lIn0.e30."] {
            let who = Client::new(t.address, Some(token.to_owned()));
            for (operation, takes_token) in documented() {
                let Some(path) = operation.strip_prefix("GET ").filter(|_| takes_token) else { continue };
                who.get(&path.replace("{id}", &t.site().await).replace("{scene}", "x")).await.is(401);
            }
        }
    }
}
