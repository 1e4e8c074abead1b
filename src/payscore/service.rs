//! Taking a service order from one state to the next, together with its rental.
//!
//! Rules:
//! - Nothing is handed out before WeChat says that its borrower confirmed.
//! - What is not confirmed in time is cancelled at WeChat first, and free for others only when WeChat agrees. Who confirmed in
//!   that very moment has it.
//! - A completion is written down before it is sent, so that it can be repeated to the letter.
//! - No transaction waits for WeChat: each answer is put into effect in a transaction of its own, in which what the rental has
//!   become meanwhile is looked at again.

use std::sync::Arc;

use jiff::SignedDuration;

use super::model::{PayOrder, PayState};
use super::repo;
use crate::accounts::model::SignedIn;
use crate::app::{App, Tx};
use crate::error::Error;
use crate::http::input::Target;
use crate::jobs::service::{self as jobs, JobKind};
use crate::rental::policy::{Deposit, FeeRule as FeePolicy, Policy};
use crate::rentals::model::{EntryKind, Rental, RentalStatus};
use crate::rentals::{fetch, money, returns, service as rentals};
use crate::stations::lending;
use crate::values::{Id, Instant};
use crate::wechat::{Completion, FeeRule, Item, NewOrder, Order, OrderState, PayError, PayScore, Refund, RefundState};

/// So often WeChat is asked whether somebody has confirmed.
const ASK_EVERY: SignedDuration = SignedDuration::from_secs(10);
/// A payment that stays away is asked for ever more rarely, at least so often.
const ASK_AT_LEAST: SignedDuration = SignedDuration::from_hours(6);
/// While WeChat is away, it is asked again this often.
const TRY_AGAIN: SignedDuration = SignedDuration::from_mins(1);
/// One look takes an order through no more states than it has.
const MOST_STEPS: usize = 8;

/// What is known before WeChat is asked.
struct Case {
    order: PayOrder,
    rental: Rental,
    policy: Policy,
    type_name: String,
    station_name: String,
    now: Instant,
}

/// What to do next.
enum Next {
    /// Look again at once.
    Now,
    /// Look again later.
    At(Instant),
    /// Nothing, until something else happens.
    Wait,
}

/// Writes down that a rental needs a service order. WeChat hears of it when its borrower asks for it; if they never do, the
/// thing is free again.
///
/// # Errors
/// [`Error::Unavailable`] `payscore_not_configured`.
pub(crate) fn want(tx: &mut Tx<'_>, rental: &Rental) -> Result<(), Error> {
    client(tx.app)?;
    let order = PayOrder {
        rental_id: rental.id,
        out_order_no: rental.id.0.simple().to_string(),
        state: PayState::Wanted,
        package_sealed: None,
        total_fen: None,
        transaction_id: None,
        refund_fen: 0,
        refund_pending_fen: 0,
        polls: 0,
        created_at: tx.now,
        updated_at: tx.now,
    };
    repo::insert(tx.conn, &order)?;
    enqueue(tx, rental.id, rental.reserved_until.unwrap_or(tx.now))
}

/// Has an order followed up, if there is one, after its rental was given up, ended, settled or found.
///
/// # Errors
/// As the database.
pub(crate) fn on_end(tx: &mut Tx<'_>, rental: &Rental) -> Result<(), Error> {
    if has_order(rental) { enqueue(tx, rental.id, tx.now) } else { Ok(()) }
}

fn has_order(rental: &Rental) -> bool {
    rental.policy.0.get("deposit").and_then(|it| it.as_str()) == Some(Deposit::Payscore.as_str())
}

/// What the borrower hands to `wx.openBusinessView`, while they have to confirm.
///
/// # Errors
/// As the database.
pub(crate) fn package_of(tx: &mut Tx<'_>, rental: &Rental) -> Result<Option<String>, Error> {
    if rental.status != RentalStatus::Confirming {
        return Ok(None);
    }
    let sealed = repo::find(tx.conn, rental.id)?.and_then(|order| order.package_sealed);
    sealed.map(|sealed| tx.app.vault.unseal(&sealed)).transpose()
}

/// Asks WeChat how the order of the caller's rental stands, or opens it there.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] `rental_not_now` for a rental without one; [`Error::Rule`] `payscore_refused`,
/// after which the thing is free; [`Error::Unavailable`] while WeChat does not answer.
pub async fn ask(app: &Arc<App>, actor: SignedIn, target: Target) -> Result<(), Error> {
    let id = target.id;
    app.read(move |tx| {
        rentals::find(tx, &actor, target)?;
        repo::find(tx.conn, id)?.map(drop).ok_or(Error::conflict("rental_has_no_order"))
    })
    .await?;
    follow(app, id).await.map(drop)
}

/// A notification of WeChat's about an order.
///
/// # Errors
/// As the database.
pub fn hint(tx: &mut Tx<'_>, out_order_no: &str) -> Result<(), Error> {
    let id = uuid::Uuid::try_parse(out_order_no).map(Id).map_err(|_| Error::NotFound("rental_not_found"))?;
    if repo::find(tx.conn, id)?.is_some() { enqueue(tx, id, tx.now) } else { Err(Error::NotFound("rental_not_found")) }
}

/// Whether WeChat is giving something back just now: then nobody else does.
///
/// # Errors
/// As the database.
pub(crate) fn is_refunding(tx: &mut Tx<'_>, rental: &Rental) -> Result<bool, Error> {
    Ok(has_order(rental) && repo::find(tx.conn, rental.id)?.is_some_and(|order| order.refund_pending_fen > 0))
}

/// As [`follow`], for as long as WeChat is away: an order is never given up, for somebody's thing or money hangs on it.
///
/// # Errors
/// As the database.
pub async fn follow_patiently(app: &Arc<App>, rental_id: Id) -> Result<Option<Instant>, Error> {
    match follow(app, rental_id).await {
        Err(Error::Unavailable { code: "payscore_unavailable" | "payscore_not_configured", .. }) => {
            Ok(Some(app.now() + TRY_AGAIN))
        }
        // The borrower was told, or will be: what was kept for them is free.
        Err(Error::Rule { code: "payscore_refused", .. }) => Ok(None),
        outcome => outcome,
    }
}

/// Takes an order as far as it goes now; says when to look again.
///
/// # Errors
/// As [`ask`].
pub async fn follow(app: &Arc<App>, rental_id: Id) -> Result<Option<Instant>, Error> {
    let pay = client(app)?.clone();
    for _ in 0..MOST_STEPS {
        let Some(case) = app.read(move |tx| load(tx, rental_id)).await? else { return Ok(None) };
        match step(app, &pay, case).await? {
            Next::Now => {}
            Next::At(at) => return Ok(Some(at)),
            Next::Wait => return Ok(None),
        }
    }
    Ok(Some(app.now() + ASK_EVERY))
}

/// The client of WeChat Pay.
///
/// # Errors
/// [`Error::Unavailable`] `payscore_not_configured`.
pub fn client(app: &App) -> Result<&PayScore, Error> {
    app.payscore.as_ref().ok_or(Error::Unavailable { code: "payscore_not_configured", retry_after_seconds: 60 })
}

fn enqueue(tx: &mut Tx<'_>, rental_id: Id, at: Instant) -> Result<(), Error> {
    jobs::enqueue(tx, JobKind::PayscoreStep, &rental_id.to_string(), at)
}

fn load(tx: &mut Tx<'_>, rental_id: Id) -> Result<Option<Case>, Error> {
    let Some(order) = repo::find(tx.conn, rental_id)? else { return Ok(None) };
    let rental = rentals::read(tx, rental_id)?;
    let lending = lending::of_site(tx, rental.site_id)?;
    Ok(Some(Case {
        policy: rental.policy()?,
        type_name: lending.kind(rental.type_id)?.row.name.clone(),
        station_name: lending.station(rental.from_station_id)?.row.name.clone(),
        order,
        rental,
        now: tx.now,
    }))
}

async fn step(app: &Arc<App>, pay: &PayScore, case: Case) -> Result<Next, Error> {
    let is_over = !case.rental.status.is_open();
    let is_refunding = case.order.refund_pending_fen > 0;
    let has_overpaid = (case.rental.owed_fen() < 0 || is_refunding) && case.order.transaction_id.is_some();
    match case.order.state {
        PayState::Wanted if is_waiting(&case) => open(app, pay, &case).await,
        // Of one that was given up before it was opened, WeChat perhaps never heard.
        PayState::Wanted | PayState::Created | PayState::Charging => look(app, pay, case).await,
        PayState::Doing if is_over && case.rental.open_reports == 0 => end(app, pay, case).await,
        PayState::Paid if has_overpaid => refund(app, pay, case).await,
        PayState::Doing | PayState::Paid | PayState::Revoked | PayState::Expired => Ok(Next::Wait),
    }
}

/// Whether its borrower still has time to confirm.
fn is_waiting(case: &Case) -> bool {
    case.rental.status == RentalStatus::Confirming && case.rental.reserved_until.is_some_and(|until| case.now < until)
}

/// Opens the order at WeChat.
async fn open(app: &Arc<App>, pay: &PayScore, case: &Case) -> Result<Next, Error> {
    let order = NewOrder {
        out_order_no: case.order.out_order_no.clone(),
        introduction: format!("租借{}", case.type_name),
        risk_fund_fen: case.policy.deposit_fen.into(),
        risk_fund_description: "丢失或损坏时的最高赔偿额".to_owned(),
        fee: FeeRule { name: "收费标准".to_owned(), description: price(&case.policy) },
        start_location: Some(case.station_name.clone()),
        device_id: None,
        attach: None,
    };
    match pay.create(&order).await {
        Ok(created) => {
            let id = case.rental.id;
            let sealed = app.vault.seal(&created.package)?;
            app.write(move |tx| {
                change(tx, id, |order| {
                    order.state = PayState::Created;
                    order.package_sealed = Some(sealed);
                })?;
                enqueue(tx, id, tx.now + ASK_EVERY)
            })
            .await?;
            Ok(Next::Wait)
        }
        // It is there already, and further on.
        Err(PayError::WrongState | PayError::RepeatDiffers) => {
            set_state(app, case.rental.id, PayState::Created).await?;
            Ok(Next::Now)
        }
        Err(error @ (PayError::UserRefused | PayError::Refused { .. } | PayError::Invalid { .. })) => {
            tracing::warn!(rental = %case.rental.id, %error, "WeChat opens no service order");
            let id = case.rental.id;
            app.write(move |tx| give_up(tx, id, PayState::Revoked)).await?;
            Err(Error::rule("payscore_refused"))
        }
        Err(error) => Err(away(&error)),
    }
}

/// What is asked, in words of at most thirty characters.
fn price(policy: &Policy) -> String {
    match &policy.fee {
        Some(FeePolicy { step_seconds, step_fen, .. }) => {
            let yuan = f64::from(*step_fen) / 100.0;
            format!("{yuan}元/{}分钟", step_seconds / 60)
        }
        None => "免费".to_owned(),
    }
}

/// Asks WeChat how the order stands, and puts that into effect.
async fn look(app: &Arc<App>, pay: &PayScore, case: Case) -> Result<Next, Error> {
    let found = match pay.query(&case.order.out_order_no).await {
        Ok(found) => found,
        // It never arrived, and nobody waits for it any more.
        Err(PayError::NotFound) if case.order.state == PayState::Wanted => {
            let id = case.rental.id;
            app.write(move |tx| give_up(tx, id, PayState::Revoked)).await?;
            return Ok(Next::Wait);
        }
        Err(error) => return Err(away(&error)),
    };
    let id = case.rental.id;
    match found.state {
        OrderState::Created if is_waiting(&case) => {
            app.write(move |tx| change(tx, id, |_| {})).await?;
            Ok(Next::At(case.now + ASK_EVERY))
        }
        OrderState::Created => {
            match pay.cancel(&case.order.out_order_no, "超时未确认，物品已释放").await {
                Ok(()) | Err(PayError::WrongState) => {}
                Err(error) => return Err(away(&error)),
            }
            // Whatever it says of the cancellation, the next look decides.
            if case.order.polls >= MOST_CANCELS {
                return Ok(Next::At(case.now + ASK_EVERY));
            }
            app.write(move |tx| change(tx, id, |order| order.polls += 1)).await?;
            Ok(Next::Now)
        }
        OrderState::Doing => {
            app.write(move |tx| confirmed(tx, id)).await?;
            Ok(Next::Now)
        }
        OrderState::Charging => {
            let polls = case.order.polls;
            app.write(move |tx| {
                change(tx, id, |order| {
                    order.state = PayState::Charging;
                    order.polls = order.polls.saturating_add(1);
                })
            })
            .await?;
            let wait = ASK_EVERY * (1 << polls.clamp(0, 12));
            Ok(Next::At(case.now + wait.min(ASK_AT_LEAST)))
        }
        OrderState::Paid => {
            app.write(move |tx| paid(tx, id, found)).await?;
            Ok(Next::Now)
        }
        OrderState::Revoked => {
            app.write(move |tx| give_up(tx, id, PayState::Revoked)).await?;
            Ok(Next::Wait)
        }
        OrderState::Expired => {
            app.write(move |tx| give_up(tx, id, PayState::Expired)).await?;
            Ok(Next::Wait)
        }
    }
}

/// After so many cancellations in a row that changed nothing, WeChat is given time.
const MOST_CANCELS: i32 = 3;

/// Ends a confirmed order: completes it with what was charged, or cancels it if nothing was handed out.
async fn end(app: &Arc<App>, pay: &PayScore, case: Case) -> Result<Next, Error> {
    let (id, number) = (case.rental.id, case.order.out_order_no.clone());
    let outcome = if case.rental.started_at.is_none() {
        pay.cancel(&number, "未取用，订单取消").await
    } else {
        let total_fen = match case.order.total_fen {
            Some(total) => total,
            None => app.write(move |tx| note_total(tx, id)).await?,
        };
        let found = pay.query(&number).await.map_err(|error| away(&error))?;
        let returned_at = case.rental.returned_at.or(case.rental.ended_at).unwrap_or(case.now);
        // An order lasts at least a second, at WeChat.
        let earliest = found.started_at.map(|at| at + SignedDuration::from_secs(1));
        let items =
            vec![Item { name: "租金与赔偿".to_owned(), description: price(&case.policy), amount_fen: total_fen }];
        let completion = Completion {
            out_order_no: number,
            total_fen,
            items,
            end: earliest.map_or(returned_at.0, |at| at.max(returned_at.0)),
            end_location: None,
        };
        pay.complete(&completion).await
    };
    match outcome {
        Ok(()) | Err(PayError::WrongState | PayError::RepeatDiffers | PayError::ChargeRunning) => {
            set_state(app, id, PayState::Charging).await?;
            Ok(Next::Now)
        }
        Err(error) => Err(away(&error)),
    }
}

/// Gives back what was paid too much.
async fn refund(app: &Arc<App>, pay: &PayScore, case: Case) -> Result<Next, Error> {
    let id = case.rental.id;
    let Some((transaction_id, total_fen)) = case.order.transaction_id.clone().zip(case.order.total_fen) else {
        return Ok(Next::Wait);
    };
    // Written down before it is sent: nobody pays the same back at the desk meanwhile.
    let amount = app.write(move |tx| intend_refund(tx, id)).await?;
    if amount == 0 {
        return Ok(Next::Wait);
    }
    let refund = Refund {
        transaction_id,
        // The same number for the same refund, however often it is asked for.
        out_refund_no: format!("{}-{}", case.order.out_order_no, case.order.refund_fen + amount),
        refund_fen: amount,
        total_fen,
        reason: "物品已找回".to_owned(),
    };
    match pay.refund(&refund).await {
        Ok(RefundState::Done) => {
            app.write(move |tx| refunded(tx, id)).await?;
            Ok(Next::Now)
        }
        Ok(RefundState::Processing) => Ok(Next::At(case.now + SignedDuration::from_mins(1))),
        // The desk pays it back: the rental stays unsettled until somebody does.
        Ok(RefundState::Closed | RefundState::Abnormal) => {
            tracing::error!(rental = %id, "WeChat cannot pay back; pay it back at the desk");
            app.write(move |tx| change(tx, id, |order| order.refund_pending_fen = 0)).await?;
            Ok(Next::Wait)
        }
        Err(error) => Err(away(&error)),
    }
}

/// The borrower confirmed: the thing is theirs, if it is still kept for them; else the order is cancelled next.
fn confirmed(tx: &mut Tx<'_>, id: Id) -> Result<(), Error> {
    let mut rental = rentals::lock(tx, id)?;
    change(tx, id, |order| order.state = PayState::Doing)?;
    if rental.status == RentalStatus::Confirming && !fetch::hand_out(tx, &mut rental, None)? {
        // It was reported broken meanwhile, and there is no other.
        returns::release(tx, &mut rental, RentalStatus::Lapsed, None)?;
    }
    Ok(())
}

/// There will be no payment by this order: what was kept is free.
fn give_up(tx: &mut Tx<'_>, id: Id, state: PayState) -> Result<(), Error> {
    let mut rental = rentals::lock(tx, id)?;
    change(tx, id, |order| order.state = state)?;
    if rental.status == RentalStatus::Confirming {
        returns::release(tx, &mut rental, RentalStatus::Lapsed, None)?;
    }
    Ok(())
}

fn note_total(tx: &mut Tx<'_>, id: Id) -> Result<i64, Error> {
    let rental = rentals::lock(tx, id)?;
    let total = rental.owed_fen().max(0);
    change(tx, id, |order| order.total_fen = Some(total))?;
    Ok(total)
}

fn paid(tx: &mut Tx<'_>, id: Id, found: Order) -> Result<(), Error> {
    let mut rental = rentals::lock(tx, id)?;
    let order = repo::find_locked(tx.conn, id)?.ok_or(Error::NotFound("rental_not_found"))?;
    if order.state.is_final() {
        return Ok(());
    }
    let amount = found.paid_fen.unwrap_or(0);
    change(tx, id, |order| {
        order.state = PayState::Paid;
        order.transaction_id = found.transaction_id;
        order.total_fen = order.total_fen.or(found.total_fen);
    })?;
    if amount > 0 {
        money::move_money(tx, &mut rental, EntryKind::Payment, amount, Some("PayScore".to_owned()), None)?;
        rentals::write(tx, &mut rental)?;
    }
    Ok(())
}

/// What is to be given back: what was paid too much, and no more than was paid by this order.
fn intend_refund(tx: &mut Tx<'_>, id: Id) -> Result<i64, Error> {
    let rental = rentals::lock(tx, id)?;
    let order = repo::find_locked(tx.conn, id)?.ok_or(Error::NotFound("rental_not_found"))?;
    if order.refund_pending_fen > 0 {
        return Ok(order.refund_pending_fen);
    }
    let amount = (-rental.owed_fen()).min(order.total_fen.unwrap_or(0) - order.refund_fen).max(0);
    if amount > 0 {
        change(tx, id, |order| order.refund_pending_fen = amount)?;
    }
    Ok(amount)
}

/// WeChat gave it back: that is written down whatever else happened.
fn refunded(tx: &mut Tx<'_>, id: Id) -> Result<(), Error> {
    let mut rental = rentals::lock(tx, id)?;
    let order = repo::find_locked(tx.conn, id)?.ok_or(Error::NotFound("rental_not_found"))?;
    let amount = order.refund_pending_fen;
    if amount == 0 {
        return Ok(());
    }
    change(tx, id, |order| (order.refund_fen, order.refund_pending_fen) = (order.refund_fen + amount, 0))?;
    money::move_money(tx, &mut rental, EntryKind::Repayment, amount, Some("PayScore".to_owned()), None)?;
    rentals::write(tx, &mut rental)
}

async fn set_state(app: &Arc<App>, id: Id, state: PayState) -> Result<(), Error> {
    app.write(move |tx| change(tx, id, |order| order.state = state)).await
}

/// Changes an order. What is over stays over: an answer that was on its way while another one ended the order comes too late.
fn change(tx: &mut Tx<'_>, id: Id, f: impl FnOnce(&mut PayOrder)) -> Result<(), Error> {
    let mut order = repo::find_locked(tx.conn, id)?.ok_or(Error::NotFound("rental_not_found"))?;
    let before = order.state;
    f(&mut order);
    if before.is_final() {
        order.state = before;
    }
    if order.state != before {
        order.polls = 0;
    }
    order.updated_at = tx.now;
    Ok(repo::update(tx.conn, &order)?)
}

/// WeChat gave no answer that can be acted upon: come back.
fn away(error: &PayError) -> Error {
    tracing::warn!(%error, "WeChat Pay did not help");
    Error::Unavailable { code: "payscore_unavailable", retry_after_seconds: 5 }
}
