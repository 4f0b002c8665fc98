//! `trellis serve`: the media plane, the control plane and the HTTP port, put together.

use crate::access::Access;
use crate::config::{self, Clients, Config};
use crate::desk::Desk;
use crate::front::Front;
use crate::http::{self, Shared};
use crate::threads::Threads;
use crate::thrift::{Hall, Port};
use crate::{rpc, socket, whip};
use anyhow::{Context, bail};
use axum::{Router, middleware};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};
use trellis_control::{Control, ControlSettings, MessageLimits, Quotas};
use trellis_elements::objects::ElementFactory;
use trellis_elements::{Media, MediaSettings};
use trellis_media::MediaTime;
use trellis_model::Module;

/// Threads besides those of calls, for files and the collector.
const OTHER_THREADS: usize = 16;

/// A server: its configuration, and the classes and routes that it has besides those that are built in.
pub struct Server {
    pub(crate) config: Config,
    pub(crate) demo_file: Option<PathBuf>,
    pub(crate) add: Vec<Box<Add>>,
    pub(crate) mounts: Vec<Box<Mount>>,
}

pub(crate) type Add = dyn FnOnce(ElementFactory) -> ElementFactory + Send;
pub(crate) type Mount = dyn FnOnce(&Mounting<'_>) -> anyhow::Result<Router> + Send;

/// What routes of one's own are made of.
pub struct Mounting<'a> {
    /// The control plane.
    pub control: &'a Control,
    /// The configuration, files and command line read.
    pub config: &'a Config,
    /// The clip that takes a camera's place.
    pub demo_file: Option<&'a Path>,
}

impl Server {
    /// A server of the built-in classes.
    pub fn new(config: Config) -> Server {
        Server { config, demo_file: None, add: Vec::new(), mounts: Vec::new() }
    }

    /// Has a module of one's own too: declares it, and gives the makers of its classes to the factory.
    ///
    /// # Errors
    /// A module one of whose names is taken.
    pub fn module(
        mut self,
        module: &'static Module,
        add: impl FnOnce(ElementFactory) -> ElementFactory + Send + 'static,
    ) -> anyhow::Result<Server> {
        trellis_model::declare(module)?;
        self.add.push(Box::new(add));
        Ok(self)
    }

    /// Has routes of one's own beside the built-in ones, made when the control plane is there, within the server's
    /// runtime. Nobody is asked for a token there: who may come is for the routes to decide.
    ///
    /// [`serve`](Self::serve) fails where the routes cannot be made, and panics where a path is taken already or the
    /// router has a fallback, as [`Router::merge`] does.
    pub fn mount(mut self, routes: impl FnOnce(&Mounting<'_>) -> anyhow::Result<Router> + Send + 'static) -> Server {
        self.mounts.push(Box::new(routes));
        self
    }

    /// Serves until SIGINT or SIGTERM.
    ///
    /// # Errors
    /// A configuration that cannot be used, a port that is taken.
    pub fn serve(self) -> anyhow::Result<()> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .max_blocking_threads(self.config.limits.call_threads.saturating_add(OTHER_THREADS))
            .enable_all()
            .build()?;
        runtime.block_on(self.run())
    }
}

impl Server {
    async fn run(self) -> anyhow::Result<()> {
        let Server { config, demo_file, add, mounts } = self;
        let access = Arc::new(Access::new(&config)?);
        check_exposure(config.http.listen, &config.http, &access)?;
        let thrift = open_thrift(&config, &access)?;
        let front = Front::open(config.http.listen, config.http.tls.as_ref()).await?;
        let address = front.address()?;
        let clients = if access.is_open() { Clients::Trusted } else { Clients::ToldApart };
        let uris = Arc::new(config.uris(clients));
        let media = Media::start(MediaSettings {
            threads: config.media.threads,
            webrtc_listen: config.webrtc.listen.unwrap_or(SocketAddr::new(address.ip(), 0)),
            external_addresses: config.webrtc.external_addresses.clone(),
            ice: config.webrtc.ice(),
            http_url: Some(config.http.url(front.scheme(), address)),
            rtp_ports: config.rtp.min_port..=config.rtp.max_port,
            default_path: config.media.default_path.clone(),
            uris: Arc::clone(&uris),
            converter_hold: MediaTime::from_millis(i64::from(config.media.converter_hold)),
            encoders: config.limits.encoders,
            composite: (&config.composite).into(),
        })?;
        let factory = add.into_iter().fold(ElementFactory::new(Arc::clone(&media)), |factory, add| add(factory));
        let control = Control::new(Arc::new(factory), control_settings(&config));
        std::fs::create_dir_all(&config.media.recordings)
            .with_context(|| format!("cannot make the folder {}", config.media.recordings.display()))?;
        let demo_file = demo_file.map(std::fs::canonicalize).transpose().context("--demo-file")?;
        let threads = Threads::new(&config.limits);
        let hall = || Hall::new(control.clone(), &access, uris, &config.limits, threads.clone());
        let thrift = thrift.map(|port| (port, hall()));
        let desk = Desk::new(control.clone(), Arc::clone(&access), &config.http.path, &config.limits, threads);
        let desk = Arc::new(desk);
        let mounting = Mounting { control: &control, config: &config, demo_file: demo_file.as_deref() };
        let own = mounts.into_iter().try_fold(Router::new(), |router, mount| {
            anyhow::Ok(router.merge(mount(&mounting).context("routes of one's own")?))
        })?;
        let recordings = config.media.recordings.clone();
        let shared =
            Arc::new(Shared { media, control: control.clone(), access: Arc::clone(&access), demo_file, recordings });
        let router = http::routes(shared)
            .merge(whip::routes(&control, &access, &config).context("[whip]")?)
            .merge(own)
            .layer(middleware::from_fn_with_state(Arc::clone(&desk), rpc::intercept))
            .layer(middleware::from_fn_with_state(desk, socket::intercept));
        say_who_may_come(&access, address);
        println!("listening on {}://{address}/", front.scheme());
        if let Some((port, hall)) = thrift {
            println!("listening on thrift://{}", port.address()?);
            tokio::spawn(port.serve(hall));
        }
        let ended = async {
            tokio::select! {
                () = asked_to_end() => {}
                () = collect_garbage(&control, &config) => tracing::warn!("limits.kill is reached, and nothing is alive: ending"),
            }
        };
        front.serve(router, ended).await;
        let control = control.clone();
        let ended = tokio::task::spawn_blocking(move || control.shut_down());
        if tokio::time::timeout(Duration::from_secs(10), ended).await.is_err() {
            tracing::warn!("not everything was released in time");
        }
        Ok(())
    }
}

fn control_settings(config: &Config) -> ControlSettings {
    let limits = &config.limits;
    ControlSettings {
        request_cache: config.control.request_cache,
        metadata: config.control.metadata.clone(),
        quotas: Quotas {
            pipelines: limits.pipelines,
            endpoints: limits.endpoints,
            recorders: limits.recorders,
            sockets: limits.sockets,
            requests_in_flight: limits.requests_in_flight,
            ..Quotas::default()
        },
        messages: MessageLimits {
            bytes: limits.message_bytes,
            depth: limits.message_depth,
            values: limits.message_values,
        },
        exception_limit: Some(limits.exception),
        ..ControlSettings::default()
    }
}

/// Without tokens whoever reaches the port may do everything, so nobody but this machine reaches it by accident.
fn check_exposure(listen: SocketAddr, http: &config::Http, access: &Access) -> anyhow::Result<()> {
    if access.is_open() && !listen.ip().is_loopback() && !http.allow_unauthenticated {
        bail!(
            "no tokens are configured, so the server listens on the loopback only, not on {listen}: whoever reaches it \
             could do everything. Configure [tokens], or say http.allow_unauthenticated = true (--allow-unauthenticated)"
        );
    }
    Ok(())
}

/// The Thrift port, where there is to be one.
fn open_thrift(config: &Config, access: &Access) -> anyhow::Result<Option<Port>> {
    let Some(listen) = config.thrift.listen else { return Ok(None) };
    check_exposure(listen, &config.http, access)?;
    Port::open(listen).map(Some)
}

fn say_who_may_come(access: &Access, address: SocketAddr) {
    match (access.is_open(), address.ip().is_loopback()) {
        (true, true) => tracing::info!("no tokens are configured: only this machine is served"),
        (true, false) => tracing::warn!("no tokens are configured: whoever reaches {address} may do everything"),
        (false, _) => tracing::info!("a token is needed"),
    }
}

async fn asked_to_end() {
    let mut term = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(term) => term,
        Err(error) => {
            tracing::error!(%error, "SIGTERM cannot be heard");
            return;
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = term.recv() => {}
    }
}

/// Looks for abandoned sessions until the process is worn out.
async fn collect_garbage(control: &Control, config: &Config) {
    let mut quarters = interval(Duration::from_secs(config.control.garbage_collector_period.max(1)) / 4);
    quarters.set_missed_tick_behavior(MissedTickBehavior::Delay);
    quarters.tick().await;
    for quarter in 1u32.. {
        quarters.tick().await;
        control.keep_connected();
        if quarter.is_multiple_of(4) {
            let control = control.clone();
            // Closing a recorder may take a while.
            let _ = tokio::task::spawn_blocking(move || control.collect_garbage()).await;
        }
        if config.limits.kill.is_some_and(|share| control.is_worn_out(share)) {
            return;
        }
    }
}
