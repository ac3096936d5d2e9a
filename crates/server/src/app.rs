//! What every request handler can reach, put together once by `main`.

use std::sync::Arc;
use std::time::Duration;

use axum::response::IntoResponse;
use booking::Desk;
use domain::{Account, FamilyId, TokenGeneration, User};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use metrics_exporter_prometheus::PrometheusHandle;
use socketio::Remote;
use store::{CommandError, Done, Envelope, Sender, Store, Write};

use crate::config::Mode;
use crate::gateway::Gateway;
use crate::http::asking::Asking;
use crate::http::lost_rows::LostRows;
use crate::http::problem::Problem;
use crate::identity::address_keys::AddressKeys;
use crate::identity::bus_tokens::KnownBusTokens;
use crate::identity::callers::Callers;
use crate::identity::factor_seal::FactorSeal;
use crate::identity::key_secrets::KeySecrets;
use crate::identity::passwords::Passwords;
use crate::identity::provider::Provider;
use crate::identity::refresh_tokens::SuccessorKey;
use crate::identity::tokens::Tokens;
use crate::leaving::Leaving;
use crate::limits::churn::Churn;
use crate::limits::login_attempts::LoginAttempts;
use crate::limits::position_pace::PositionPace;
use crate::limits::wrong_pairs::WrongPairs;
use crate::limits::{Limits, OpenConnections};
use crate::mail::Mail;
use crate::network::Network;
use crate::readiness::Readiness;

pub(crate) struct App {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) desk: Desk,
    pub(crate) tokens: Arc<Tokens>,
    /// How long a login goes on without being used; `None`: it ends with its token.
    pub(crate) refresh_ttl: Option<Duration>,
    pub(crate) successor_key: SuccessorKey,
    pub(crate) callers: Callers,
    pub(crate) key_secrets: Arc<KeySecrets>,
    pub(crate) passwords: Passwords,
    /// `None`: only our own tokens are taken.
    pub(crate) token_provider: Option<Provider>,
    pub(crate) factor_seal: FactorSeal,
    /// `None`: no letter can be sent.
    pub(crate) mail: Option<Mail>,
    /// `None`: requests are not limited.
    pub(crate) limits: Option<Limits>,
    pub(crate) open_connections: OpenConnections,
    pub(crate) metrics: PrometheusHandle,
    pub(crate) wrong_pairs: WrongPairs,
    pub(crate) churn: Churn,
    pub(crate) login_attempts: LoginAttempts,
    pub(crate) address_keys: AddressKeys,
    pub(crate) position_pace: PositionPace,
    pub(crate) known_bus_tokens: KnownBusTokens,
    pub(crate) readiness: Readiness,
    pub(crate) gateway: Gateway,
    pub(crate) leaving: Leaving,
    pub(crate) lost_rows: LostRows,
    pub(crate) zone: TimeZone,
    pub(crate) mode: Mode,
    /// Whether the demo users exist: then the pages offer to log in as them.
    pub(crate) demo: bool,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("mode", &self.mode).finish_non_exhaustive()
    }
}

impl App {
    pub(crate) fn now(&self) -> Timestamp {
        self.desk.source().now()
    }

    /// The desk for a caller at this address.
    pub(crate) fn desk_for(&self, Remote(remote): Remote) -> Desk {
        self.desk.asked_from(self.address_keys.of(Network::of(remote)))
    }

    /// A fresh id from the program's own source.
    pub(crate) fn id<T: From<uuid::Uuid>>(&self) -> Result<T, Problem> {
        self.desk.source().id().map_err(|error| Problem::internal(&error))
    }

    /// Makes one write and says how it is answered: to this caller, and to a repeat of the request.
    pub(crate) async fn answer<R: IntoResponse>(
        &self,
        (asking, actor): (Asking, Account),
        write: impl Into<Write>,
        show: impl Fn(Done) -> R + Clone + Send + Sync + 'static,
    ) -> Result<R, Problem> {
        let sender = asking.answered(actor, show.clone());
        Ok(show(self.write(sender, write).await?))
    }

    /// Sends one write to the store, as of now.
    pub(crate) async fn write(
        &self,
        sender: Sender,
        write: impl Into<Write>,
    ) -> Result<Done, CommandError> {
        self.store.send(Envelope::new(write, sender, self.now())).await
    }

    /// A token for a caller who has just proved to be this user. `generation` was read before the
    /// proof: if all tokens were ended since, this token has ended too.
    pub(crate) fn token_for(
        &self,
        user: &User,
        generation: TokenGeneration,
        family: Option<FamilyId>,
    ) -> Result<String, Problem> {
        let token_id = self.id()?;
        self.tokens
            .issue(user, generation, family, token_id, self.now())
            .map_err(|error| Problem::internal(&error))
    }
}
