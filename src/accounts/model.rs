//! People, what they may be, and how they prove it.

use std::sync::Arc;

use diesel::prelude::*;

use crate::db::schema::{api_clients, memberships, sessions, users};
use crate::text_enum;
use crate::values::{Id, Instant};

text_enum! {
    /// What a person is at one site.
    pub enum Role {
        /// A shopper; everyone who is nothing else.
        Customer = "customer",
        /// A third-party system; what it may do, its scopes say.
        Client = "client",
        /// Staff of a tenant, bound to a shop.
        Merchant = "merchant",
        /// Resident or office owner, bound to a unit.
        Owner = "owner",
        /// Desk staff (客服专员).
        Agent = "agent",
        /// Repair, security or cleaning staff of a department.
        Technician = "technician",
        /// Desk lead (客服主管).
        Supervisor = "supervisor",
        /// Runs the installation, on every site.
        Admin = "admin",
    }
}

text_enum! {
    /// What a third-party system may be trusted with.
    pub enum ClientScope {
        /// To file repairs and complaints for people who turned to it.
        TicketsWrite = "tickets:write",
        /// To see what became of them.
        TicketsRead = "tickets:read",
        /// To report what a cabinet of lent things does.
        RentalDevice = "rental:device",
    }
}

text_enum! {
    /// The language a person reads.
    pub enum Tongue {
        /// 简体中文
        Chinese = "zh-CN",
        /// English
        English = "en",
    }
}

impl Role {
    /// Whether this is a role of the mall's own people.
    #[must_use]
    pub const fn is_staff(self) -> bool {
        matches!(self, Self::Agent | Self::Technician | Self::Supervisor | Self::Admin)
    }

    /// Whether people of this role see and steer all matters of their site.
    #[must_use]
    pub const fn is_desk(self) -> bool {
        matches!(self, Self::Agent | Self::Supervisor | Self::Admin)
    }

    /// Whether people of this role decide what an agent may not.
    #[must_use]
    pub const fn is_lead(self) -> bool {
        matches!(self, Self::Supervisor | Self::Admin)
    }
}

/// A person.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, Identifiable)]
#[diesel(table_name = users)]
#[diesel(treat_none_as_default_value = false)]
pub struct User {
    /// Identifier.
    pub id: Id,
    /// For staff, who sign in with a password.
    pub username: Option<String>,
    /// Argon2id in PHC form.
    pub password_hash: Option<String>,
    /// What others call them.
    pub display_name: String,
    /// Their language.
    pub language: Tongue,
    /// Whether they run the installation.
    pub is_admin: bool,
    /// Their telephone number, sealed.
    pub phone_sealed: Option<Vec<u8>>,
    /// What the number is looked up by.
    pub phone_index: Option<Vec<u8>>,
    /// What others may see of the number.
    pub phone_masked: Option<String>,
    /// Since when they may no longer sign in.
    pub disabled_at: Option<Instant>,
    /// Since when they are known.
    pub created_at: Instant,
}

/// What a person is at one site. Who has no membership there is a customer.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = memberships)]
#[diesel(treat_none_as_default_value = false)]
pub struct Membership {
    /// Identifier.
    pub id: Id,
    /// The person.
    pub user_id: Id,
    /// The site.
    pub site_id: Id,
    /// What they are there.
    pub role: Role,
    /// The department of staff.
    pub department_id: Option<Id>,
    /// The shop of a merchant.
    pub shop_id: Option<Id>,
    /// The unit of an owner.
    pub unit_id: Option<Id>,
    /// Since when.
    pub created_at: Instant,
}

/// One sign-in on one device, living as long as its refresh tokens are renewed.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions)]
#[diesel(treat_none_as_default_value = false)]
pub struct Session {
    /// Identifier; access tokens carry it as `sid`.
    pub id: Id,
    /// The person.
    pub user_id: Id,
    /// When they signed in.
    pub created_at: Instant,
    /// When the last refresh token ends.
    pub expires_at: Instant,
    /// When the session was ended early.
    pub revoked_at: Option<Instant>,
    /// What a third-party system may do in it, as RFC 6749 writes scopes; `None` for a person.
    pub scopes: Option<String>,
}

/// What a third-party system signs in with; its name and its sites are those of its user.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = api_clients)]
#[diesel(treat_none_as_default_value = false)]
pub struct ApiClient {
    /// Its user, which is also its `client_id`.
    pub user_id: Id,
    /// SHA-256 of its secret of 256 random bits.
    pub secret_hash: Vec<u8>,
    /// What it may do, as RFC 6749 writes scopes.
    pub scopes: String,
    /// When it last got a new secret.
    pub rotated_at: Option<Instant>,
}

/// A telephone number as it is stored.
#[derive(Debug, Clone)]
pub struct SealedPhone {
    /// For [`crate::vault::Vault::unseal`].
    pub sealed: Vec<u8>,
    /// For look-up.
    pub index: Vec<u8>,
    /// For everyone.
    pub masked: String,
}

/// Who is asking: everything a service needs to know about the caller.
#[derive(Debug, Clone)]
pub struct Actor {
    /// The person.
    pub user_id: Id,
    /// The session they came with.
    pub session_id: Id,
    /// What others call them.
    pub display_name: String,
    /// Whether they run the installation.
    pub is_admin: bool,
    /// What they are, site by site.
    pub memberships: Vec<Membership>,
    /// What a third-party system may do; `None` for a person.
    pub scopes: Option<Vec<ClientScope>>,
}

impl Actor {
    /// What they are at a site.
    #[must_use]
    pub fn role_at(&self, site_id: Id) -> Role {
        if self.is_admin { Role::Admin } else { self.membership_at(site_id).map_or(Role::Customer, |m| m.role) }
    }

    /// Their membership at a site.
    #[must_use]
    pub fn membership_at(&self, site_id: Id) -> Option<&Membership> {
        self.memberships.iter().find(|m| m.site_id == site_id)
    }

    /// The department they work in at a site.
    #[must_use]
    pub fn department_at(&self, site_id: Id) -> Option<Id> {
        self.membership_at(site_id).and_then(|m| m.department_id)
    }

    /// Their highest role anywhere: what they are called in general.
    #[must_use]
    pub fn principal_role(&self) -> Role {
        if self.is_admin {
            Role::Admin
        } else {
            self.memberships.iter().map(|m| m.role).max().unwrap_or(Role::Customer)
        }
    }

    /// The sites at which they are desk staff; `None` means all of them.
    #[must_use]
    pub fn desk_sites(&self) -> Option<Vec<Id>> {
        if self.is_admin {
            return None;
        }
        Some(self.memberships.iter().filter(|m| m.role.is_desk()).map(|m| m.site_id).collect())
    }

    /// What a list shows them that desks and people of their own share: whether they serve a desk, and the sites it is
    /// narrowed to, which are the desk's or the one asked for. Asked for one site its own index answers, and of a desk
    /// that is not theirs there is nothing to show. `None` is every site.
    #[must_use]
    pub fn listed_sites(&self, asked: Option<Id>) -> (bool, Option<Vec<Id>>) {
        let desk = self.desk_sites();
        let is_desk = desk.as_ref().is_none_or(|sites| !sites.is_empty());
        let known = |id: &Id| !is_desk || desk.as_ref().is_none_or(|sites| sites.contains(id));
        let sites = match asked {
            Some(id) => Some(Some(id).filter(known).into_iter().collect()),
            None => desk.clone().filter(|_| is_desk),
        };
        (is_desk, sites)
    }

    /// The departments whose work they do.
    #[must_use]
    pub fn departments(&self) -> Vec<Id> {
        self.memberships.iter().filter(|m| m.role == Role::Technician).filter_map(|m| m.department_id).collect()
    }
}

/// Anyone who is signed in.
#[derive(Debug, Clone)]
pub struct SignedIn(pub Arc<Actor>);

/// One of the mall's own people: agent, technician, supervisor or admin, somewhere.
#[derive(Debug, Clone)]
pub struct Staff(Arc<Actor>);

/// A supervisor or admin, somewhere.
#[derive(Debug, Clone)]
pub struct Lead(Arc<Actor>);

/// A third-party system that may report what a cabinet of lent things does.
#[derive(Debug, Clone)]
pub struct Device(Arc<Actor>);

impl SignedIn {
    /// The proof that this is staff, if it is.
    #[must_use]
    pub fn staff(&self) -> Option<Staff> {
        self.principal_role().is_staff().then(|| Staff(self.0.clone()))
    }

    /// The proof that this is a lead, if it is.
    #[must_use]
    pub fn lead(&self) -> Option<Lead> {
        self.principal_role().is_lead().then(|| Lead(self.0.clone()))
    }
}

impl SignedIn {
    /// The proof that this is a system trusted with cabinets, if it is.
    #[must_use]
    pub fn device(&self) -> Option<Device> {
        let scopes = self.scopes.as_deref().unwrap_or_default();
        scopes.contains(&ClientScope::RentalDevice).then(|| Device(self.0.clone()))
    }
}

impl std::ops::Deref for Device {
    type Target = Actor;
    fn deref(&self) -> &Actor {
        &self.0
    }
}

impl std::ops::Deref for SignedIn {
    type Target = Actor;
    fn deref(&self) -> &Actor {
        &self.0
    }
}

impl std::ops::Deref for Staff {
    type Target = Actor;
    fn deref(&self) -> &Actor {
        &self.0
    }
}

impl std::ops::Deref for Lead {
    type Target = Actor;
    fn deref(&self) -> &Actor {
        &self.0
    }
}
