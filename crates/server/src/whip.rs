//! WHIP and WHEP as the server has them: who may publish and watch, and as which tenant.

use crate::access::Access;
use crate::config::{Config, Whip};
use axum::Router;
use std::time::Duration;
use trellis_client::MediaServer;
use trellis_content::whip::{Admittance, IceServer, Settings, router};
use trellis_control::{Control, Tenant};

/// The routes; none when they are off, or nobody could come in.
pub fn routes(control: &Control, access: &Access, config: &Config) -> anyhow::Result<Router> {
    let Whip { enabled, publish_tokens, play_tokens, streams, viewers, ice_servers, .. } = &config.whip;
    let admittance = |tokens: &Vec<String>| match access.is_open() && tokens.is_empty() {
        true => Admittance::All,
        false => Admittance::Bearers(tokens.clone()),
    };
    let (publish, play) = (admittance(publish_tokens), admittance(play_tokens));
    let nobody = Admittance::Bearers(Vec::new());
    if !enabled || (publish == nobody && play == nobody) {
        return Ok(Router::new());
    }
    let tenant = if access.is_open() { Tenant::everybody() } else { Tenant::within("whip") };
    let server = MediaServer::options().embedded(control, &tenant)?;
    let ice_servers = ice_servers.iter().map(|known| IceServer {
        url: known.url.clone(),
        credential: known.username.clone().zip(known.credential.clone()),
    });
    let settings = Settings {
        publish,
        play,
        origins: config.http.origins.clone(),
        ice_servers: ice_servers.collect(),
        streams: *streams,
        viewers: *viewers,
        arrival: Duration::from_secs(config.whip.idle_seconds),
        ..Settings::default()
    };
    Ok(router(server, settings))
}
