//! All parts of the application, made of the settings.

use std::sync::Arc;

use booking::{Desk, MockProvider, Source};
use metrics_exporter_prometheus::PrometheusHandle;
use store::{NodeId, Store};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::error::StartError;
use crate::app::App;
use crate::config::{self, Config};
use crate::gateway::{Gateway, Groups};
use crate::http::lost_rows::LostRows;
use crate::http::payments::SettledPayments;
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
use crate::readiness::Readiness;

/// Accounts whose owners want a letter to choose a new password, for the chore that writes it.
pub(super) type Forgotten = mpsc::Receiver<String>;

pub(super) async fn assemble(
    config: &Config,
    (store, source): (Arc<dyn Store>, Source),
    groups: Groups,
    metrics: PrometheusHandle,
) -> Result<(Arc<App>, Option<Forgotten>), StartError> {
    let secret = match &config.jwt.secret {
        Some(secret) => secret.clone(),
        None => {
            let Some(path) = config.database.jwt_secret_path() else {
                unreachable!("a secret that cannot be kept beside the database must be set")
            };
            config::secret_file::load_or_create(&path)
                .map_err(|cause| StartError::Secret { path: path.display().to_string(), cause })?
        }
    };
    let previous = config.jwt.previous_secret.as_ref().map(|secret| secret.expose());
    let tokens = Arc::new(Tokens::new(secret.expose(), previous, config.jwt.ttl));
    let provider = config.provider.clone();
    let provider = provider.map(|config| Provider::new(config, store.clone(), source.clone()));
    let token_provider = provider.transpose().map_err(StartError::Other)?;
    let callers = Callers::new(Arc::clone(&tokens), store.clone(), source.clone())
        .with_provider(token_provider.clone());
    let open_connections = OpenConnections::new(config.connections_per_address);
    let who = (callers.clone(), open_connections.clone());
    let gateway = Gateway::start(store.clone(), groups, who, source.clone(), config)
        .await
        .map_err(StartError::other)?;
    let provider = Arc::new(MockProvider);
    let node: Uuid = source.id().map_err(StartError::other)?;
    let desk = Desk::new(store.clone(), provider, source, config.hold_seconds.get())
        .of_node(NodeId(node))
        .with_seat_hold_seconds(config.seat_hold_seconds)
        .with_fair_use(config.fair_use)
        .with_neighbour_rule(config.neighbour_rule);
    let passwords = Passwords::start().map_err(StartError::other)?;
    let (zone, mode, demo) = (config.timezone.clone(), config.mode, config.demo);
    let wrong_pairs = WrongPairs::default();
    let address_keys = AddressKeys::new(secret.expose());
    let position_pace = PositionPace::default();
    let key_secrets = Arc::new(KeySecrets::new(secret.expose(), previous));
    let desk = desk.answering(Arc::new(SettledPayments(Arc::clone(&key_secrets))));
    let mail =
        config.mail.as_ref().map(|_| Mail::new(Arc::clone(&key_secrets), desk.source().clone()));
    let (mail, forgotten) = mail.unzip();
    let factor_seal = FactorSeal::new(secret.expose(), previous);
    let app = App {
        token_provider,
        factor_seal,
        mail,
        store,
        desk,
        tokens,
        refresh_ttl: config.jwt.refresh_ttl,
        successor_key: SuccessorKey::new(secret.expose(), previous),
        callers,
        passwords,
        limits: config.class_rates.as_ref().map(Limits::new),
        open_connections,
        metrics,
        wrong_pairs,
        churn: Churn::default(),
        login_attempts: LoginAttempts::default(),
        address_keys,
        position_pace,
        known_bus_tokens: KnownBusTokens::default(),
        readiness: Readiness::default(),
        key_secrets,
        gateway,
        leaving: Leaving::default(),
        lost_rows: LostRows::default(),
        zone,
        mode,
        demo,
    };
    Ok((Arc::new(app), forgotten))
}
