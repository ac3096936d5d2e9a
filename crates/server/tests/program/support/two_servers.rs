//! Two servers on one PostgreSQL.

use crate::support::api::Api;
use crate::support::postgres::Database;
use crate::support::running_server::{Launch, RunningServer};
use crate::support::waiting::wait_for;
use crate::support::world::World;

/// The same for every server of one database.
const SECRET: &str = "c2VhdHdpcmUtdGVzdC1vbmx5LTkxN2Y0";

/// Two servers: the world's own, and another one.
pub struct Two {
    // Dropped after the servers.
    pub world: World,
    pub other: RunningServer,
    pub database: Database,
}

pub fn on(url: &str) -> impl Fn(Launch) -> Launch {
    move |launch| launch.setting("DATABASE", url).setting("JWT_SECRET", SECRET)
}

impl Two {
    pub fn new() -> Self {
        Self::with(|launch| launch)
    }

    pub fn with(change: impl Fn(Launch) -> Launch) -> Self {
        Self::on(Database::new(), change)
    }

    pub fn on(database: Database, change: impl Fn(Launch) -> Launch) -> Self {
        let world = World::with(|launch| change(on(&database.url)(launch)));
        let other = change(on(&database.url)(Launch::own(world.folder.path()))).run();
        for server in [&world.server, &other] {
            let api = Api::new(server.url());
            wait_for("they hear each other", || api.get("/health/ready").json()["fanOut"] == "up");
        }
        Self { world, other, database }
    }

    /// The same caller at the other server.
    pub fn there(&self, who: &Api) -> Api {
        let api = Api::new(self.other.url());
        who.token.as_ref().map_or_else(|| api.clone(), |token| api.with_token(token.clone()))
    }

    /// The same caller at each server.
    pub fn both(&self, who: &Api) -> [Api; 2] {
        [who.clone(), self.there(who)]
    }
}
