//! The HTTP client of tunnels.

use crate::error::{Code, ContentError};
use crate::settings::Settings;
use axum::body::Body;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use std::future::Future;
use std::time::Duration;

/// Connections to one media server that are kept open while nothing is asked on them.
const IDLE: usize = 20;
/// How long they are.
const IDLE_FOR: Duration = Duration::from_secs(20);

/// An HTTP client with bounded patience.
pub(crate) struct Fetch {
    client: Client<HttpConnector, Body>,
    answer: Duration,
}

impl Fetch {
    pub fn new(settings: &Settings) -> Fetch {
        let mut connector = HttpConnector::new();
        connector.set_connect_timeout(Some(settings.connect_timeout));
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_max_idle_per_host(IDLE)
            .pool_idle_timeout(IDLE_FOR)
            .build(connector);
        Fetch { client, answer: settings.answer_timeout }
    }

    /// Sends a request and waits for the head of its answer: until its body is sent, and then for so long.
    ///
    /// # Errors
    /// 20016 when the server does not accept a connection, 20018 when it does not answer.
    pub async fn send(
        &self,
        request: Request<Body>,
        sent: impl Future<Output = ()>,
    ) -> Result<Response<Incoming>, ContentError> {
        let answer = self.client.request(request);
        let late = async {
            sent.await;
            tokio::time::sleep(self.answer).await;
        };
        let answered = tokio::select! {
            answered = answer => answered,
            () = late => return Err(Code(20018).into()),
        };
        answered.map_err(|error| {
            tracing::debug!(%error, "the media server's HTTP port");
            ContentError::from(if error.is_connect() { Code(20016) } else { Code(20018) })
        })
    }
}
