//! The network client when the network fails, against a real WebSocket server with a real control plane.

mod support;

use std::sync::Arc;
use std::time::Duration;
use support::proxy::{Door, Lost, Proxy};
use support::world::World;
use support::{control, serve, soon, until, url};
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::{ServerConfig, crypto};
use trellis_client::{ClientError, EndOfStream, Link, MediaPipeline, MediaServer, PlayerEndpoint, RecorderEndpoint};

/// A client that finds out soon.
fn quick() -> trellis_client::Options {
    MediaServer::options().keep_alive(Duration::from_millis(100)).reconnect_for(Duration::from_secs(30))
}

async fn reaches(server: &MediaServer, link: Link) {
    let mut watched = server.link();
    soon(watched.wait_for(|now| *now == link)).await.unwrap();
}

#[tokio::test]
async fn a_session_its_objects_and_its_subscriptions_survive_a_broken_connection() {
    let world = World::default();
    let proxy = Proxy::before(serve(&control(&world), None).await).await;
    let server = quick().connect(&url(proxy.address)).await.unwrap();
    let pipeline = MediaPipeline::create(&server).await.unwrap();
    let player = PlayerEndpoint::create(&pipeline, "x").await.unwrap();
    let mut ends = player.on::<EndOfStream>().await.unwrap();
    let session = server.session();
    for round in 1..=3 {
        proxy.sever();
        // Asked while there is no connection, it waits for the next one.
        player.play().await.unwrap();
        soon(ends.next()).await.expect("the stream goes on");
        assert_eq!((proxy.connections(), server.session()), (1 + round, session.clone()));
    }
    assert_eq!((world.done("create"), world.done("close"), world.done("play")), (2, 0, 3));
    server.close().await.unwrap();
    assert_eq!(world.done("close"), 2);
}

#[tokio::test]
async fn a_request_whose_answer_is_lost_is_asked_again_and_done_once() {
    let world = World::default();
    let proxy = Proxy::before(serve(&control(&world), None).await).await;
    let server = quick().connect(&url(proxy.address)).await.unwrap();
    let pipeline = MediaPipeline::create(&server).await.unwrap();
    proxy.lose_answers(Lost::All);
    let made = tokio::spawn(async move { PlayerEndpoint::create(&pipeline, "x").await });
    let maker = world.clone();
    until("the server has made it", move || maker.done("create") == 2).await;
    proxy.sever();
    proxy.lose_answers(Lost::Nothing);
    let player = soon(made).await.unwrap().unwrap();
    assert_eq!(player.get_uri().await.unwrap(), "x");
    assert_eq!(world.done("create"), 2);
}

#[tokio::test]
async fn a_request_that_is_still_being_done_is_answered_on_the_new_connection() {
    let world = World::default();
    let proxy = Proxy::before(serve(&control(&world), None).await).await;
    let server = quick().connect(&url(proxy.address)).await.unwrap();
    let pipeline = MediaPipeline::create(&server).await.unwrap();
    let recorder = RecorderEndpoint::create(&pipeline, "x").await.unwrap();
    let stopping = tokio::spawn(async move { recorder.stop_and_wait().await });
    let begun = world.clone();
    until("it is being done", move || begun.done("stopAndWait") == 1).await;
    proxy.sever();
    until("it is connected anew", || proxy.connections() == 2).await;
    world.open();
    soon(stopping).await.unwrap().unwrap();
    assert_eq!(world.done("stopAndWait"), 1);
}

#[tokio::test]
async fn a_session_that_the_server_does_not_know_any_more_is_gone() {
    let world = World::default();
    let control = control(&world);
    let proxy = Proxy::before(serve(&control, None).await).await;
    let server = quick().connect(&url(proxy.address)).await.unwrap();
    let pipeline = MediaPipeline::create(&server).await.unwrap();
    let player = PlayerEndpoint::create(&pipeline, "x").await.unwrap();
    let mut ends = player.on::<EndOfStream>().await.unwrap();
    proxy.door(Door::Shut);
    proxy.sever();
    reaches(&server, Link::Broken).await;
    let asked = tokio::spawn(async move { player.play().await });
    // One look finds that it was in use, the next that it is not.
    until("it is collected", || {
        control.collect_garbage();
        world.done("close") == 2
    })
    .await;
    proxy.door(Door::Open);
    assert_eq!(soon(asked).await.unwrap(), Err(ClientError::Gone));
    assert_eq!(soon(ends.next()).await, None);
    reaches(&server, Link::Gone).await;
    assert_eq!(pipeline.get_name().await, Err(ClientError::Gone));
}

#[tokio::test]
async fn a_session_that_has_held_nothing_is_replaced_and_what_was_asked_is_done() {
    let world = World::default();
    let proxy = Proxy::before(serve(&control(&world), None).await).await;
    let server = quick().connect(&url(proxy.address)).await.unwrap();
    let session = server.session();
    proxy.sever();
    MediaPipeline::create(&server).await.unwrap();
    assert_eq!(world.done("create"), 1);
    assert_ne!(server.session(), session);
}

#[tokio::test]
async fn a_server_that_says_nothing_is_left_for_a_new_connection() {
    let world = World::default();
    let proxy = Proxy::before(serve(&control(&world), None).await).await;
    let server = quick().connect(&url(proxy.address)).await.unwrap();
    let pipeline = MediaPipeline::create(&server).await.unwrap();
    proxy.lose_answers(Lost::All);
    reaches(&server, Link::Broken).await;
    proxy.lose_answers(Lost::Nothing);
    pipeline.get_name().await.unwrap();
    assert_eq!(world.done("create"), 1);
}

#[tokio::test]
async fn a_server_that_stays_away_is_given_up() {
    let world = World::default();
    let proxy = Proxy::before(serve(&control(&world), None).await).await;
    let options = quick().reconnect_for(Duration::from_millis(300)).patience(Duration::from_secs(10));
    let server = options.connect(&url(proxy.address)).await.unwrap();
    let pipeline = MediaPipeline::create(&server).await.unwrap();
    proxy.door(Door::Shut);
    proxy.sever();
    assert_eq!(soon(pipeline.get_name()).await, Err(ClientError::Gone));
}

#[tokio::test]
async fn an_answer_that_does_not_come_in_time_is_not_waited_for() {
    let world = World::default();
    let address = serve(&control(&world), None).await;
    let server = quick().patience(Duration::from_millis(200)).connect(&url(address)).await.unwrap();
    let pipeline = MediaPipeline::create(&server).await.unwrap();
    let recorder = RecorderEndpoint::create(&pipeline, "x").await.unwrap();
    assert_eq!(recorder.stop_and_wait().await, Err(ClientError::Timeout));
    world.open();
    assert_eq!(recorder.get_uri().await.as_deref(), Ok("x"));
}

#[tokio::test]
async fn many_requests_at_once_are_all_answered() {
    let world = World::default();
    let proxy = Proxy::before(serve(&control(&world), None).await).await;
    let server = quick().connect(&url(proxy.address)).await.unwrap();
    let pipeline = MediaPipeline::create(&server).await.unwrap();
    let ask = |number: usize| {
        let pipeline = pipeline.clone();
        tokio::spawn(async move {
            let uri = number.to_string();
            let player = PlayerEndpoint::create(&pipeline, &uri).await.unwrap();
            assert_eq!(player.get_uri().await.unwrap(), uri);
        })
    };
    let all: Vec<_> = (0..1_000).map(ask).collect();
    let maker = world.clone();
    until("they are at it", move || maker.done("create") > 100).await;
    proxy.sever();
    for asked in all {
        soon(asked).await.unwrap();
    }
    assert_eq!(world.done("create"), 1_001);
}

#[tokio::test]
async fn who_has_no_token_is_told_so_and_who_has_comes_in() {
    let world = World::default();
    let address = serve(&control(&world), Some("secret")).await;
    let refused = MediaServer::connect(&url(address)).await.unwrap_err();
    assert!(matches!(&refused, ClientError::Connect(why) if why.contains("401")), "{refused}");
    let server = quick().token("secret").connect(&url(address)).await.unwrap();
    MediaPipeline::create(&server).await.unwrap();
}

#[tokio::test]
async fn what_is_no_server_is_an_error_at_once() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = closed.local_addr().unwrap();
    drop(closed);
    for url in [url(address), "http://127.0.0.1/kurento".to_owned(), "nonsense".to_owned()] {
        let refused = soon(MediaServer::connect(&url)).await.unwrap_err();
        assert!(matches!(refused, ClientError::Connect(_)), "{url}: {refused}");
    }
}

#[tokio::test]
async fn a_session_nobody_has_a_handle_of_leaves_its_connection() {
    let world = World::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let control = control(&world);
    let conversation = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        support::converse(&control, tokio_tungstenite::accept_async(stream).await.unwrap()).await;
    });
    let server = MediaServer::connect(&url(address)).await.unwrap();
    let pipeline = MediaPipeline::create(&server).await.unwrap();
    drop(server);
    pipeline.get_name().await.unwrap();
    drop(pipeline);
    timeout(Duration::from_secs(5), conversation).await.expect("the connection ends").unwrap();
}

#[tokio::test]
async fn a_server_whose_authority_is_trusted_is_reached_over_tls_and_no_other() {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let control = control(&World::default());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(stream) = acceptor.accept(stream).await else { continue };
            support::converse(&control, tokio_tungstenite::accept_async(stream).await.unwrap()).await;
        }
    });
    let url = format!("wss://{address}/kurento");
    let stranger = soon(MediaServer::connect(&url)).await.unwrap_err();
    assert!(matches!(&stranger, ClientError::Connect(why) if why.contains("certificate")), "{stranger}");
    let server = soon(MediaServer::options().trust(made.cert.pem()).connect(&url)).await.unwrap();
    MediaPipeline::create(&server).await.unwrap();
}
