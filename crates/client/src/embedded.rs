//! Calls within the process.

use crate::error::ClientError;
use crate::events::Switchboard;
use crate::transport::{Answer, Link, Transport, outcome, request_text};
use parking_lot::Mutex;
use serde_json::{Map, Value as Json};
use std::sync::Arc;
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use trellis_control::{Begun, Connection, Control, Tenant};
use trellis_model::RemoteError;

/// A connection to the control plane of this process.
pub(crate) struct Embedded {
    /// None when it is closed.
    connection: Mutex<Option<Arc<Connection>>>,
    session: Arc<str>,
    link: watch::Sender<Link>,
}

impl Embedded {
    pub fn open(control: &Control, tenant: &Tenant, events: Arc<Switchboard>) -> Result<Embedded, ClientError> {
        let push = move |text: String| {
            let message = serde_json::from_str(&text);
            message.map(|message| events.notify(message)).is_ok()
        };
        let refused = |error: RemoteError| ClientError::Connect(error.message);
        let connection = control.attach_as(tenant, Arc::new(push)).map_err(refused)?;
        let answer = read(&connection.receive(&request_text(&Json::Null, "connect", Map::new())))?;
        let session = answer["sessionId"].as_str().unwrap_or_default().into();
        Ok(Embedded {
            connection: Mutex::new(Some(Arc::new(connection))),
            session,
            link: watch::Sender::new(Link::Connected),
        })
    }
}

fn read(answer: &str) -> Result<Json, ClientError> {
    outcome(serde_json::from_str(answer).map_err(|error| ClientError::Unreadable(error.to_string()))?)
}

impl Transport for Embedded {
    fn request<'a>(&'a self, method: &'a str, params: Map<String, Json>) -> Answer<'a> {
        Box::pin(async move {
            let connection = self.connection.lock().clone().ok_or(ClientError::Gone)?;
            // No id: nothing is asked twice here, so no answer needs to be remembered.
            let answer = match connection.begin(&request_text(&Json::Null, method, params)) {
                Begun::Answer(answer) => answer,
                Begun::Call(call) if call.may_wait() => {
                    spawn_blocking(move || call.finish()).await.map_err(|_| ClientError::Gone)?
                }
                Begun::Call(call) => call.finish(),
            };
            read(&answer)
        })
    }

    fn session(&self) -> Arc<str> {
        Arc::clone(&self.session)
    }

    fn link(&self) -> watch::Receiver<Link> {
        self.link.subscribe()
    }

    fn close(&self) {
        self.connection.lock().take();
        self.link.send_replace(Link::Gone);
    }
}
