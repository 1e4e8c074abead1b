//! Comparing what a claimant says with what only the owner can know.
//!
//! Rules:
//! - A verdict is about all answers together, and only ever given to a whole set of them: nobody learns which one was right.
//! - Tries are few and the waits between them grow, for a person all claims on an item together, and for an item whoever
//!   tries; once confirmed, nothing more is compared. What is refused is not compared, so that it takes no time either.
//! - An item with fewer than two marks is never confirmed by answers: the desk looks.

use serde::{Deserialize, Serialize};

use super::api::AnswerClaim;
use super::model::{AnswerRow, Claim, ClaimStatus, ClaimVerdict, MOST_MESSAGES, MOST_WRONG_ANSWERS, WAITS};
use super::repo;
use super::service::{self, load_own};
use super::views::ClaimView;
use crate::accounts::model::SignedIn;
use crate::app::Tx;
use crate::error::Error;
use crate::found_items::model::{FEWEST_MARKS, ItemStatus};
use crate::found_items::views::Mark;
use crate::found_items::{marks as item_marks, record};
use crate::http::input::Target;
use crate::lost_found::words;
use crate::text::Discreet;
use crate::values::{Id, Instant};

/// What a claimant said once, as it is kept for the desk.
#[derive(Debug, Serialize, Deserialize)]
pub struct Said {
    /// What was asked; `None` for free words.
    pub question: Option<String>,
    /// What they said.
    pub text: String,
    /// Whether it was right.
    pub is_right: Option<bool>,
}

/// Answers what only the owner can know, or writes to the desk.
///
/// # Errors
/// [`Error::NotFound`] for claims of others; [`Error::Conflict`] `claim_not_open`, `claim_confirmed_already`;
/// [`Error::TooManyRequests`] `claim_try_later`; [`Error::Rule`] `claim_tries_used_up`, `claim_at_desk_only`,
/// `claim_messages_too_many`; [`Error::Invalid`] for a question the item does not have.
pub fn answer(tx: &mut Tx<'_>, actor: &SignedIn, target: Target, command: AnswerClaim) -> Result<ClaimView, Error> {
    let AnswerClaim { answers, text } = command;
    let mut one = load_own(tx, actor, target)?;
    let mut item = record::lock(tx, one.claim.item_id)?;
    if one.claim.status != ClaimStatus::Open {
        return Err(Error::conflict("claim_not_open"));
    }
    if item.item.status != ItemStatus::Kept {
        return Err(Error::conflict("item_not_claimable"));
    }
    if repo::list_answers(tx.conn, one.claim.id)?.len() >= MOST_MESSAGES {
        return Err(Error::rule("claim_messages_too_many"));
    }
    let marks = item_marks::list(tx, one.claim.item_id)?;
    for (i, given) in answers.iter().enumerate() {
        let known = marks.iter().any(|(id, _)| *id == given.mark_id);
        let twice = answers.iter().filter(|other| other.mark_id == given.mark_id).count() > 1;
        if !known || twice {
            return Err(Error::field(&format!("/answers/{i}/mark_id"), "claim_question_unknown"));
        }
    }
    if answers.is_empty() && text.is_none() {
        return Err(Error::field("/answers", "field_missing"));
    }
    let given = |id: Id| answers.iter().find(|one| one.mark_id == id).map(|one| &*one.text);
    // Who could read the marks proves nothing by knowing them.
    let could_read = actor.role_at(item.item.site_id).is_desk();
    let is_whole = !could_read && marks.len() >= FEWEST_MARKS && marks.iter().all(|(id, _)| given(*id).is_some());
    let mut said = Vec::with_capacity(marks.len() + 1);
    let verdict = if is_whole {
        let person = one.claim.claimant_id.unwrap_or(actor.user_id);
        let own = repo::list_by(tx.conn, item.item.id, person)?;
        let tries = own.iter().map(|claim| i64::from(claim.tries)).sum();
        let next_try_at = own.iter().filter_map(|claim| claim.next_try_at).max();
        check_may_try(tx, &one.claim, (tries, next_try_at), item.item.wrong_answers)?;
        for (id, mark) in &marks {
            let text = given(*id).unwrap_or_default();
            let is_right = Some(is_right(mark, text));
            said.push(Said { question: Some(mark.question.to_string()), text: text.to_owned(), is_right });
        }
        let verdict = judge(&said);
        one.claim.tries += 1;
        let wait = usize::try_from(tries).ok().and_then(|tries| WAITS.get(tries)).copied();
        one.claim.next_try_at = wait.map(|wait| tx.now + wait).filter(|_| verdict != ClaimVerdict::Confirmed);
        if verdict == ClaimVerdict::NotConfirmed {
            item.item.wrong_answers += 1;
            record::write(tx, &mut item.item)?;
        }
        verdict
    } else {
        for (id, mark) in &marks {
            let question = Some(mark.question.to_string());
            said.extend(given(*id).map(|text| Said { question, text: text.to_owned(), is_right: None }));
        }
        ClaimVerdict::MoreNeeded
    };
    said.extend(text.map(|text| Said { question: None, text: Discreet::into_string(text), is_right: None }));
    // Words for the desk do not unsay what the answers were worth.
    if !answers.is_empty() {
        one.claim.verdict = Some(verdict);
    }
    let row = AnswerRow {
        id: tx.new_id(),
        claim_id: one.claim.id,
        at: tx.now,
        answers_sealed: tx.app.vault.seal(&serde_json::to_string(&said).map_err(Error::internal)?)?,
        verdict,
    };
    repo::insert_answer(tx.conn, &row)?;
    service::write(tx, &mut one.claim)?;
    service::tell_desk(tx, &one)?;
    service::show(tx, actor, one)
}

fn check_may_try(
    tx: &Tx<'_>,
    claim: &Claim,
    (tries, next_try_at): (i64, Option<Instant>),
    wrong_answers: i32,
) -> Result<(), Error> {
    if claim.verdict == Some(ClaimVerdict::Confirmed) {
        return Err(Error::conflict("claim_confirmed_already"));
    }
    if usize::try_from(tries).is_ok_and(|tries| tries >= WAITS.len()) {
        return Err(Error::rule("claim_tries_used_up"));
    }
    if wrong_answers >= MOST_WRONG_ANSWERS {
        return Err(Error::rule("claim_at_desk_only"));
    }
    match next_try_at {
        Some(at) if tx.now < at => {
            let seconds = u64::try_from(at.since(tx.now).as_secs()).unwrap_or(0) + 1;
            Err(Error::TooManyRequests { code: "claim_try_later", retry_after_seconds: seconds })
        }
        _ => Ok(()),
    }
}

/// All right; of three and more, one may be wrong: owners forget, too.
fn judge(said: &[Said]) -> ClaimVerdict {
    let wrong = said.iter().filter(|one| one.is_right == Some(false)).count();
    let may_be_wrong = usize::from(said.len() > FEWEST_MARKS);
    if wrong <= may_be_wrong { ClaimVerdict::Confirmed } else { ClaimVerdict::NotConfirmed }
}

/// Whether a text says one of the things that count as right. Each of them is compared, whatever came before.
fn is_right(mark: &Mark, text: &str) -> bool {
    let (given, bare) = (words::folded(text), words::bare(text));
    let fits = |right: &str| {
        let core = words::bare(right);
        given == words::folded(right) || (!core.is_empty() && core == bare)
    };
    mark.answers.iter().fold(false, |found, right| found | fits(right))
}
