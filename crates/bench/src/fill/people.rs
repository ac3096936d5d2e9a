//! The sellers and the travellers. The first of each can log in like the demo's people; one
//! customer, one agent and one phone number have a large part of all tickets, like a travel agency.

use std::sync::Arc;

use argon2::{Argon2, PasswordHasher as _};
use domain::passenger::Phone;
use domain::{Account, Origin, Role, User, UserId};
use jiff::Timestamp;
use store::Store;
use tokio::task::JoinSet;

use super::id::id;

/// The accounts that can log in, among them the demo's agent and administrator.
const LOGINS: [(&str, &str, Role); 3] = [
    ("admin@seatwire.example", "admin-demo-1", Role::Admin),
    ("agent@seatwire.example", "agent-demo-1", Role::Agent),
    ("customer@seatwire.example", "customer-demo-1", Role::Customer),
];

/// The phone number that an agency gives for its passengers.
pub(crate) const AGENCY_PHONE: &str = "5320000000";

/// The identity number of all passengers with a document to whom the counter sells: one person has
/// one seat on a part of the way, but staff may sell a second one.
pub(crate) const FREQUENT_TRAVELLER: &str = "10000000146";

const AGENTS: usize = 50;
/// Tickets that a customer has on the average.
const TICKETS_EACH: usize = 50;
/// They are hired at one time: fewer than may wait for the store's writer.
const CUSTOMERS_MAX: usize = 4_000;

pub(crate) struct People {
    agents: Vec<Account>,
    customers: Vec<(Account, Phone)>,
    agency: Phone,
}

impl People {
    pub(super) async fn hire(
        store: &Arc<dyn Store>,
        tickets: usize,
        now: Timestamp,
    ) -> anyhow::Result<Self> {
        let (mut agents, mut customers) = (Vec::new(), Vec::new());
        let mut hiring = JoinSet::new();
        let mut hire = |email, role, password_hash| {
            let (user, actor) = described(email, role, now);
            let store = Arc::clone(store);
            hiring.spawn(async move { store.create_user(user, password_hash).await.map(drop) });
            actor
        };
        for (email, password, role) in LOGINS {
            let hash = Argon2::default().hash_password(password.as_bytes());
            let hash = hash.map_err(|error| anyhow::anyhow!("cannot hash: {error}"))?;
            let actor = hire(email.to_owned(), role, hash.to_string());
            match role {
                Role::Admin => {}
                Role::Agent => agents.push(actor),
                Role::Customer => customers.push((actor, Phone::parse("5321234567")?)),
            }
        }
        for number in 1..AGENTS {
            let email = format!("agent-{number}@fill.example");
            agents.push(hire(email, Role::Agent, String::new()));
        }
        for number in 1..(tickets / TICKETS_EACH).clamp(2, CUSTOMERS_MAX) {
            let email = format!("customer-{number}@fill.example");
            let actor = hire(email, Role::Customer, String::new());
            customers.push((actor, Phone::parse(&format!("533{number:07}"))?));
        }
        while let Some(hired) = hiring.join_next().await {
            hired??;
        }
        Ok(Self { agents, customers, agency: Phone::parse(AGENCY_PHONE)? })
    }

    /// Three of ten sales over the counter are made by one agent.
    pub(super) fn agent(&self) -> Account {
        let index = if fastrand::f64() < 0.3 { 0 } else { fastrand::usize(..self.agents.len()) };
        self.agents[index]
    }

    /// One of forty customers' tickets is one traveller's.
    pub(super) fn customer(&self) -> (Account, Phone) {
        let first = fastrand::f64() < 0.025;
        let index = if first { 0 } else { fastrand::usize(..self.customers.len()) };
        self.customers[index].clone()
    }

    /// The phone number of a passenger at the counter.
    pub(super) fn phone(&self) -> Phone {
        if fastrand::f64() < 0.05 {
            return self.agency.clone();
        }
        let number = fastrand::u32(..10_000_000);
        Phone::parse(&format!("535{number:07}")).unwrap_or_else(|_| self.agency.clone())
    }
}

fn described(email: String, role: Role, now: Timestamp) -> (User, Account) {
    let user_id = UserId(id(now));
    let user = User {
        id: user_id,
        email,
        first_name: "Ayşe".to_owned(),
        last_name: "Yılmaz".to_owned(),
        phone: None,
        role,
        disabled_at: None,
        is_demo: false,
        origin: Origin::Own,
        created_at: now,
        updated_at: now,
    };
    (user, Account { user_id, role })
}
