//! Proving who is asking, before anything else of a request is looked at.

use std::future::Future;
use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header;

use super::input;
use super::problem::Problem;
use crate::accounts::clients;
use crate::accounts::model::{Device, Lead, SignedIn, Staff};
use crate::error::Error;
use crate::values::Id;

/// Something about the caller that a request must prove. A service asks for such a value, so code that has not proven
/// it cannot call it.
pub trait Proof: Sized + Send + 'static {
    /// Looks at the request's credentials.
    ///
    /// # Errors
    /// 401 if nobody is signed in, 403 if somebody else is asked for, 429 if they ask too often.
    fn prove(req: &HttpRequest) -> impl Future<Output = Result<Self, Problem>>;

    /// Whose idempotency keys these are.
    fn caller_id(&self) -> Id;
}

/// Nothing is proven: for what everybody may know. Not limited: it is cheap, clients keep it, and a whole mall may share
/// one address.
#[derive(Debug, Clone, Copy)]
pub struct Anyone;

impl Proof for Anyone {
    async fn prove(_: &HttpRequest) -> Result<Self, Problem> {
        Ok(Self)
    }

    fn caller_id(&self) -> Id {
        Id::NIL
    }
}

/// Somebody who is about to sign in. Limited by address, because there is no other name yet.
#[derive(Debug, Clone, Copy)]
pub struct Stranger;

impl Proof for Stranger {
    async fn prove(req: &HttpRequest) -> Result<Self, Problem> {
        let app = input::app(req)?;
        app.limits.check_sign_in(address(req, app.config.trust_proxy))?;
        Ok(Self)
    }

    fn caller_id(&self) -> Id {
        Id::NIL
    }
}

impl Proof for SignedIn {
    async fn prove(req: &HttpRequest) -> Result<Self, Problem> {
        let app = input::app(req)?;
        let token = bearer(req)?;
        let session_id = app.access_tokens.session_of(token, app.now())?;
        let actor = app.sessions.actor(&app, session_id).await?;
        app.limits.check_caller(actor.user_id)?;
        clients::check_scope(&actor, req.method().as_str(), &req.match_pattern().unwrap_or_default())?;
        Ok(Self(actor))
    }

    fn caller_id(&self) -> Id {
        self.user_id
    }
}

impl Proof for Staff {
    async fn prove(req: &HttpRequest) -> Result<Self, Problem> {
        SignedIn::prove(req).await?.staff().ok_or_else(|| Error::Forbidden("role_staff_needed").into())
    }

    fn caller_id(&self) -> Id {
        self.user_id
    }
}

impl Proof for Lead {
    async fn prove(req: &HttpRequest) -> Result<Self, Problem> {
        SignedIn::prove(req).await?.lead().ok_or_else(|| Error::Forbidden("role_lead_needed").into())
    }

    fn caller_id(&self) -> Id {
        self.user_id
    }
}

impl Proof for Device {
    async fn prove(req: &HttpRequest) -> Result<Self, Problem> {
        SignedIn::prove(req).await?.device().ok_or_else(|| Error::Forbidden("scope_needed").into())
    }

    fn caller_id(&self) -> Id {
        self.user_id
    }
}

fn bearer(req: &HttpRequest) -> Result<&str, Error> {
    let header = req.headers().get(header::AUTHORIZATION).ok_or(Error::Unauthenticated("token_missing"))?;
    let (scheme, token) = header.to_str().ok().and_then(|value| value.split_once(' ')).unwrap_or_default();
    if scheme.eq_ignore_ascii_case("bearer") { Ok(token.trim()) } else { Err(Error::Unauthenticated("token_missing")) }
}

/// The caller's address. Behind a proxy it is the last entry of `X-Forwarded-For`: the one our own proxy wrote.
fn address(req: &HttpRequest, trust_proxy: bool) -> IpAddr {
    let forwarded = req.headers().get("X-Forwarded-For").filter(|_| trust_proxy).and_then(|value| value.to_str().ok());
    forwarded
        .and_then(|list| list.rsplit(',').next()?.trim().parse().ok())
        .or_else(|| req.peer_addr().map(|peer| peer.ip()))
        .unwrap_or_else(|| IpAddr::from([0, 0, 0, 0]))
}
