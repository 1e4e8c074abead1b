//! Doing what the scripts say, through the services, as the people would.

use serde_json::{Value, json};

use super::cast::Cast;
use super::dice::Dice;
use super::matter::{Act, Matter, Said, Whereabouts, Who};
use super::truth::Counts;
use crate::accounts::model::SignedIn;
use crate::app::Tx;
use crate::complaints::{service as complaints, steps};
use crate::demo::stories::read;
use crate::error::Error;
use crate::follow_ups::{asking, service as follow_ups};
use crate::http::input::Target;
use crate::sites::model::{Kind, Place, Priority};
use crate::sites::service as sites;
use crate::tickets::lifecycle::Status;
use crate::tickets::model::Ticket;
use crate::tickets::service::{self as tickets, NewMatter};
use crate::tickets::{closing, dispatch, intake, pauses, record, work};
use crate::values::Id;
use crate::{repairs, similar, surveys};

/// Why things are late, and how often.
const LATE_BECAUSE: &[(&str, u64)] = &[
    ("parts", 28),
    ("third_party", 16),
    ("workload", 22),
    ("difficulty", 12),
    ("misrouted", 8),
    ("no_access", 6),
    ("oversight", 5),
    ("weather", 3),
];

/// How complaints end, and how often.
const OUTCOMES: &[(&str, u64)] = &[("justified", 55), ("partly_justified", 25), ("not_justified", 20)];

/// The stage on which an act is done.
pub(super) struct Stage<'a, 'tx> {
    pub(super) tx: Tx<'tx>,
    pub(super) cast: &'a Cast,
    pub(super) dice: &'a mut Dice,
    pub(super) counts: &'a mut Counts,
}

impl Stage<'_, '_> {
    /// Does it.
    pub(super) fn perform(&mut self, matter: &mut Matter, act: Act) -> Result<(), Error> {
        let target = Target { id: matter.id, expected_version: None };
        let desk = matter.agent.staff.clone();
        let tx = &mut self.tx;
        match act {
            Act::Open => matter.id = self.open(matter)?,
            Act::Accept => drop(work::accept(tx, &desk, target)?),
            Act::Reply => {
                let said = json!({ "text": self.dice.pick(&self.cast.words.answers)? });
                work::reply(tx, &matter.agent.who, target, read(said)?)?;
            }
            Act::Grade | Act::Investigate | Act::Offer | Act::Agree | Act::Conclude => {
                self.complaint(matter, target, act)?;
            }
            Act::Assign { in_person } => {
                let team = self.cast.team(matter.subject.team.as_deref().unwrap_or_default())?;
                let worker = matter.worker.as_ref().filter(|_| in_person).map(|worker| worker.who.user_id);
                let to = json!({ "department_id": team.id, "assignee_id": worker });
                dispatch::assign(tx, &desk, target, read(to)?)?;
            }
            Act::Misroute | Act::PassOn { .. } => self.lead_astray(matter, target, act)?,
            Act::Grab => drop(dispatch::grab(tx, worker(matter)?, target)?),
            // What lies at the desk the desk begins itself.
            Act::Start => match &matter.worker {
                Some(worker) => drop(work::start(tx, &worker.staff, target)?),
                None => drop(work::start(tx, &desk, target)?),
            },
            Act::Pause { .. } => self.pause(matter, target, act)?,
            Act::Resume => {
                let by = matter.worker.as_ref().map_or(&desk, |worker| &worker.staff);
                pauses::resume(tx, by, target)?;
            }
            Act::Resolve => {
                self.counts.resolutions += 1;
                let &(because, _) = self.dice.weighed(LATE_BECAUSE, |(_, weight)| *weight)?;
                let done = json!({ "result": matter.subject.done, "lateness_reason": because });
                let by = matter.worker.as_ref().map_or(&desk, |worker| &worker.staff);
                work::resolve(tx, by, target, read(done)?)?;
            }
            Act::Urge => {
                self.counts.urges += 1;
                work::urge(tx, account(matter)?, target)?;
            }
            Act::Follow => self.follow(matter, target)?,
            Act::Cancel => {
                self.counts.cancelled += 1;
                let why = read(json!({ "reason": "已经好了，不用处理了" }))?;
                let by = if let Who::Account(who) = &matter.subject.who { who } else { &matter.agent.who };
                work::cancel(tx, by, target, why)?;
            }
            Act::Reopen => {
                self.counts.reopened += 1;
                let why =
                    json!({ "reason": format!("{}{}", matter.subject.says, self.dice.pick(&self.cast.words.again)?) });
                closing::reopen(tx, account(matter)?, target, read(why)?)?;
            }
            Act::Rate(score) => {
                let rating = self.rating(score)?;
                closing::rate(&mut self.tx, account(matter)?, target, read(rating)?)?;
            }
            Act::Survey => {
                self.counts.surveys += 1;
                matter.token = Some(surveys::service::issue(tx, &matter.asker.staff, target)?.token);
            }
            Act::Answer(score) => {
                let rating = self.rating(score)?;
                let token = matter.token.take().ok_or_else(|| Error::internal("no link was sent"))?;
                surveys::service::answer(&mut self.tx, &token, read(rating)?)?;
            }
            Act::Try => {
                if let Some(id) = self.follow_up(matter, false)? {
                    let tried = json!({ "way": "call", "reached": false });
                    asking::attempt(&mut self.tx, &matter.asker.staff, aim(id), read(tried)?)?;
                }
            }
            Act::Ask(said) => self.ask(matter, said)?,
            Act::AskAgain => self.ask_again(matter)?,
            Act::Confirm(earlier) => {
                self.counts.repeats += 1;
                let again = json!({ "earlier_id": earlier, "confirmed": true });
                similar::service::decide(tx, &desk, target, read(again)?)?;
            }
            Act::Recur => {}
        }
        Ok(())
    }

    /// What is done to complaints only.
    fn complaint(&mut self, matter: &Matter, target: Target, act: Act) -> Result<(), Error> {
        let desk = matter.agent.staff.clone();
        let tx = &mut self.tx;
        match act {
            Act::Grade => self.grade(matter, target)?,
            Act::Investigate => {
                let found = json!({
                    "facts": format!("经现场核实：{}", matter.subject.says), "cause": "现场管理疏漏",
                    "responsibility": "当班责任人", "measures": "加强巡查，纳入班前会提醒"
                });
                steps::investigate(tx, &desk, target, read(found)?)?;
            }
            Act::Offer => {
                let offer = json!({ "text": self.dice.pick(&self.cast.words.offers)? });
                steps::offer(tx, &desk, target, read(offer)?)?;
            }
            Act::Agree => {
                let agreed = json!({ "agreed": self.dice.chance(920) });
                steps::agree(tx, account(matter)?, target, read(agreed)?)?;
            }
            Act::Conclude => {
                let &(outcome, _) = self.dice.weighed(OUTCOMES, |(_, weight)| *weight)?;
                steps::conclude(tx, &desk, target, read(json!({ "outcome": outcome }))?)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Work waits.
    fn pause(&mut self, matter: &Matter, target: Target, act: Act) -> Result<(), Error> {
        let Act::Pause { reason, until, near_due } = act else { return Ok(()) };
        let desk = &matter.agent.staff;
        self.counts.pauses += 1;
        self.counts.pauses_near_due += u64::from(near_due);
        let words = &self.cast.words;
        let notes = if near_due { Some(&words.excuse_for_waiting) } else { words.waits.get(reason.as_str()) };
        let note = notes.map(|notes| self.dice.pick(notes)).transpose()?;
        let waits = json!({ "reason": reason, "note": note, "until": until });
        let by = matter.worker.as_ref().map_or(desk, |worker| &worker.staff);
        pauses::pause(&mut self.tx, by, target, read(waits)?)?;
        Ok(())
    }

    fn open(&mut self, matter: &Matter) -> Result<Id, Error> {
        let subject = &matter.subject;
        let tx = &mut self.tx;
        let (by, caller) = match &subject.who {
            Who::Account(who) => (who, None),
            Who::Caller { name, phone, channel } => {
                (&matter.agent.who, Some(json!({ "channel": channel, "name": name, "phone": phone })))
            }
        };
        let (scene, spot, shop) = match &subject.at {
            Whereabouts::Scene(scene) => (Some(scene), None, None),
            Whereabouts::Spot(id) => (None, Some(id), None),
            Whereabouts::Shop(id) => (None, None, Some(id)),
        };
        Ok(match subject.kind {
            Kind::Repair => {
                let body = json!({
                    "scene": scene, "location_id": spot, "category_id": subject.category,
                    "description": subject.says, "on_behalf_of": caller
                });
                repairs::service::report(tx, by, read(body)?)?.ticket.id
            }
            Kind::Complaint => {
                let body = json!({
                    "scene": scene, "location_id": spot, "shop_id": shop, "category_id": subject.category,
                    "description": subject.says, "on_behalf_of": caller
                });
                complaints::file(tx, by, read(body)?)?.filed.ticket.id
            }
            Kind::Inquiry | Kind::Request => {
                let place = place(tx, &subject.at)?;
                let caller = caller.map(read).transpose()?;
                let who = intake::requester(tx, by, self.cast.site.id, None, caller)?;
                let matter = NewMatter {
                    kind: subject.kind,
                    place,
                    category: None,
                    description: subject.says.clone(),
                    attachment_ids: Vec::new(),
                    priority: Some(subject.priority).filter(|priority| *priority == Priority::Urgent),
                    who,
                };
                let opened = tickets::open(tx, by, matter)?;
                let id = opened.ticket.id;
                tickets::announce(tx, by, opened)?;
                id
            }
        })
    }

    /// What the rules think graver than it stands, a supervisor looks at.
    fn grade(&mut self, matter: &Matter, target: Target) -> Result<(), Error> {
        let seen = complaints::find(&mut self.tx, &matter.agent.who, target)?;
        let is_proposed = seen.complaint.internal.is_some_and(|internal| internal.proposed_grade.is_some());
        if !is_proposed {
            return Ok(());
        }
        let (who, _) = self.dice.pick(&self.cast.leads)?;
        let staff = who.staff().ok_or_else(|| Error::internal("a supervisor is no staff"))?;
        let grade = json!({ "grade": seen.complaint.grade, "reason": "已逐一核实，按现有等级处理" });
        complaints::grade(&mut self.tx, &staff, target, read(grade)?)?;
        Ok(())
    }

    /// To a department that has nothing to do with it, and out of there.
    fn lead_astray(&mut self, matter: &Matter, target: Target, act: Act) -> Result<(), Error> {
        let right = self.cast.team(matter.subject.team.as_deref().unwrap_or_default())?;
        let tx = &mut self.tx;
        let ticket = ticket(tx, target.id)?;
        let Some(wrong) = ticket.department_id else {
            let others: Vec<_> =
                self.cast.teams.iter().filter(|one| one.id != right.id && !one.workers.is_empty()).collect();
            let wrong = self.dice.pick(&others)?;
            dispatch::assign(tx, &matter.agent.staff, target, read(json!({ "department_id": wrong.id }))?)?;
            return Ok(());
        };
        self.counts.bounces += 1;
        let team = self.cast.teams.iter().find(|one| one.id == wrong);
        let by = team.and_then(|team| team.workers.first()).ok_or_else(|| Error::internal("nobody is there"))?;
        let reason = self.dice.pick(&self.cast.words.wrong_door)?;
        if matches!(act, Act::PassOn { back: true }) {
            dispatch::give_back(tx, &by.staff, target, read(json!({ "reason": reason }))?)?;
        } else {
            let worker = matter.worker.as_ref().map(|worker| worker.who.user_id);
            let to = json!({ "reason": reason, "department_id": right.id, "assignee_id": worker });
            dispatch::transfer(tx, &by.staff, target, read(to)?)?;
        }
        Ok(())
    }

    /// Somebody else has the same trouble.
    fn follow(&mut self, matter: &Matter, target: Target) -> Result<(), Error> {
        let who = self.dice.pick(&self.cast.shoppers)?;
        if !matches!(&matter.subject.who, Who::Account(own) if own.user_id == who.user_id) {
            tickets::follow(&mut self.tx, who, target)?;
        }
        Ok(())
    }

    fn rating(&mut self, score: i32) -> Result<Value, Error> {
        self.counts.ratings += 1;
        self.counts.good_ratings += u64::from(score >= 4);
        let words = &self.cast.words;
        let comments = if score >= 4 { &words.praise } else { &words.blame };
        let comment = if self.dice.chance(300) { Some(self.dice.pick(comments)?) } else { None };
        Ok(json!({ "score": score, "comment": comment }))
    }

    /// The follow-up that is to be done, if one is and the matter is not being worked on again.
    fn follow_up(&mut self, matter: &Matter, second: bool) -> Result<Option<Id>, Error> {
        let wanted = json!({ "ticket_id": matter.id, "status": "open", "second": second });
        let found = follow_ups::list(&mut self.tx, &matter.asker.staff, &read(wanted)?, None, 1)?;
        let is_done = matches!(ticket(&mut self.tx, matter.id)?.status, Status::Resolved | Status::Closed);
        Ok(found.first().map(|one| one.id).filter(|_| is_done))
    }

    fn ask(&mut self, matter: &mut Matter, said: Said) -> Result<(), Error> {
        let Some(id) = self.follow_up(matter, false)? else { return Ok(()) };
        self.counts.follow_ups += 1;
        let by = matter.asker.staff.clone();
        let reached = said != Said::Nothing;
        asking::attempt(&mut self.tx, &by, aim(id), read(json!({ "way": "call", "reached": reached }))?)?;
        let heard = match said {
            Said::Satisfied => json!({ "result": "satisfied", "attitude": 5, "speed": 4, "solution": 5, "overall": 5 }),
            Said::Unsatisfied => {
                let comment = self.dice.pick(&self.cast.words.blame)?;
                json!({
                    "result": "unsatisfied", "attitude": 3, "speed": 2, "solution": 2, "overall": 2, "comment": comment
                })
            }
            Said::Nothing => json!({ "result": "unreachable" }),
        };
        asking::complete(&mut self.tx, &by, aim(id), read(heard)?)?;
        if said != Said::Unsatisfied {
            return Ok(());
        }
        // Done again, if it was opened for that; then the supervisor asks.
        matter.acts.clear();
        let mut at = self.tx.now;
        if ticket(&mut self.tx, matter.id)?.status.is_open() {
            at = self.cast.hours.after(at, self.dice.soon(1800, 14_400));
            matter.acts.push_back((at, Act::Resolve));
        }
        let asked = self.cast.hours.after(at, self.dice.soon(3600, 40_000));
        matter.acts.push_back((asked, Act::AskAgain));
        Ok(())
    }

    fn ask_again(&mut self, matter: &Matter) -> Result<(), Error> {
        let Some(id) = self.follow_up(matter, true)? else { return Ok(()) };
        let (who, _) = self.dice.pick(&self.cast.leads)?;
        let by = who.staff().ok_or_else(|| Error::internal("a supervisor is no staff"))?;
        asking::attempt(&mut self.tx, &by, aim(id), read(json!({ "way": "visit", "reached": true }))?)?;
        let is_happy = self.dice.chance(880);
        let result = if is_happy { "satisfied" } else { "unsatisfied" };
        let heard = json!({ "result": result, "overall": if is_happy { 4 } else { 2 } });
        asking::complete(&mut self.tx, &by, aim(id), read(heard)?)?;
        let is_left = !is_happy && ticket(&mut self.tx, matter.id)?.status == Status::Resolved;
        if is_left {
            closing::close(&mut self.tx, who, aim(matter.id))?;
        }
        Ok(())
    }
}

const fn aim(id: Id) -> Target {
    Target { id, expected_version: None }
}

fn worker(matter: &Matter) -> Result<&crate::accounts::model::Staff, Error> {
    matter.worker.as_ref().map(|worker| &worker.staff).ok_or_else(|| Error::internal("nobody was chosen for it"))
}

fn account(matter: &Matter) -> Result<&SignedIn, Error> {
    match &matter.subject.who {
        Who::Account(who) => Ok(who),
        Who::Caller { .. } => Err(Error::internal("somebody without an account cannot do this")),
    }
}

fn ticket(tx: &mut Tx<'_>, id: Id) -> Result<Ticket, Error> {
    record::list_by_ids(tx, &[id])?.remove(&id).ok_or(Error::NotFound("ticket_not_found"))
}

fn place(tx: &mut Tx<'_>, at: &Whereabouts) -> Result<Place, Error> {
    match at {
        Whereabouts::Scene(scene) => sites::place_by_scene(tx, scene),
        Whereabouts::Spot(id) => sites::place_by_location(tx, *id),
        Whereabouts::Shop(id) => sites::place_by_shop(tx, *id),
    }
}
