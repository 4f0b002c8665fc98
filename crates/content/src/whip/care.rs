//! Resources whose peer never comes, or goes without a word, end by themselves.

use super::Door;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};
use trellis_client::{
    ClientError, ConnectionState, ConnectionStateChanged, DtlsConnectionState, DtlsConnectionStateChange, Events,
    IceComponentState, IceComponentStateChanged, WebRtcEndpoint,
};

/// What tells of a peer.
pub(super) struct Watch {
    connection: Events<ConnectionStateChanged>,
    ice: Events<IceComponentStateChanged>,
    dtls: Events<DtlsConnectionStateChange>,
}

/// What is heard of a peer.
enum Heard {
    /// It is there.
    Connected,
    /// It cannot be reached.
    Away,
    /// It is gone for good.
    Gone,
    /// Nothing that matters.
    Nothing,
    /// The resource has ended otherwise.
    Ended,
}

impl Watch {
    /// Watches the peer of an endpoint from now on.
    pub async fn of(endpoint: &WebRtcEndpoint) -> Result<Watch, ClientError> {
        Ok(Watch { connection: endpoint.on().await?, ice: endpoint.on().await?, dtls: endpoint.on().await? })
    }

    /// Ends a resource when its peer has not come, or is gone.
    pub async fn end_when_gone(mut self, door: Arc<Door>, id: String) {
        let after = |patience: Duration| Some(Instant::now() + patience);
        let mut deadline = after(door.settings.arrival);
        loop {
            let heard = tokio::select! {
                heard = self.next() => heard,
                () = reached(deadline) => Heard::Gone,
            };
            match heard {
                Heard::Connected => deadline = None,
                // One that has never been there still has its time to come.
                Heard::Away => deadline = deadline.or_else(|| after(door.settings.absence)),
                Heard::Gone => break,
                Heard::Nothing => {}
                Heard::Ended => return,
            }
        }
        if door.end(&id).await {
            tracing::info!("a peer of WHIP or WHEP is gone");
        }
    }

    async fn next(&mut self) -> Heard {
        tokio::select! {
            event = self.connection.next() => match event.map(|event| event.new_state) {
                Some(ConnectionState::Connected) => Heard::Connected,
                Some(ConnectionState::Disconnected) => Heard::Away,
                Some(_) => Heard::Nothing,
                None => Heard::Ended,
            },
            event = self.ice.next() => match event.map(|event| event.state) {
                Some(IceComponentState::Failed) => Heard::Gone,
                Some(_) => Heard::Nothing,
                None => Heard::Ended,
            },
            event = self.dtls.next() => match event.map(|event| event.state) {
                Some(DtlsConnectionState::Closed | DtlsConnectionState::Failed) => Heard::Gone,
                Some(_) => Heard::Nothing,
                None => Heard::Ended,
            },
        }
    }
}

async fn reached(deadline: Option<Instant>) {
    match deadline {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}
