//! Calls by typed methods, embedded and over the network: what goes out, what comes back.

mod support;

use serde_json::json;
use support::world::World;
use support::{both, control, soon, until};
use trellis_client::{
    ClientError, Composite, EndOfStream, Endpoint, EndpointStats, HubPort, IceCandidateFound, ImageOverlayFilter,
    ImageOverlayFilterAddImage, MediaElementGetSourceConnectionsOptions, MediaObject, MediaPipeline, MediaType,
    ObjectCreated, ObjectDestroyed, PassThrough, PlayerEndpoint, RTCStats, RembParams, StatsType, UriEndpointState,
    WebRtcEndpoint,
};

#[tokio::test]
async fn what_is_declared_is_called_and_read() {
    let world = World::default();
    for server in both(&control(&world)).await {
        let pipeline = MediaPipeline::create(&server).await.unwrap();
        let player = PlayerEndpoint::build(&pipeline, "file:///x.webm").use_encoded_media(true).create().await.unwrap();
        assert_eq!(player.get_uri().await.unwrap(), "file:///x.webm");
        assert!(player.id().starts_with(pipeline.id()) && player.id().ends_with("_kurento.PlayerEndpoint"));
        let info = player.get_video_info().await.unwrap();
        assert_eq!((info.is_seekable, info.seekable_end), (true, 1_000));
        // A value that no declaration has is kept.
        assert_eq!(player.get_state().await.unwrap(), UriEndpointState::Unknown("HALF_OPEN".to_owned()));
        // Of an ancestor, and objects.
        player.set_name("camera").await.unwrap();
        assert_eq!(player.get_name().await.unwrap(), "camera");
        assert_eq!(player.get_parent().await.unwrap().as_ref(), Some::<&MediaObject>(&pipeline));
        assert_eq!(pipeline.get_parent().await.unwrap(), None);
        assert_eq!(pipeline.get_children().await.unwrap(), [MediaObject::clone(&player)]);
        player.add_tag("key", "value").await.unwrap();
        assert_eq!(player.get_tags().await.unwrap()[0].value, "value");
        let hub = Composite::create(&pipeline).await.unwrap();
        assert!(HubPort::create(&hub).await.unwrap().id().starts_with(hub.id()));
        assert_eq!(server.manager().get_info().await.unwrap().modules[1].name, "elements");
        pipeline.release().await.unwrap();
    }
}

#[tokio::test]
async fn registers_are_given_and_those_that_extend_others_are_told_apart() {
    let world = World::default();
    for server in both(&control(&world)).await {
        let pipeline = MediaPipeline::create(&server).await.unwrap();
        let endpoint = WebRtcEndpoint::create(&pipeline).await.unwrap();
        assert_eq!(endpoint.get_remb_params().await.unwrap().up_losses, Some(12));
        endpoint.set_remb_params(&RembParams { up_losses: Some(7), ..RembParams::default() }).await.unwrap();
        let stats = &endpoint.get_stats(Some(MediaType::Video)).await.unwrap()["one"];
        assert_eq!((&stats.kind, stats.name()), (&StatsType::Endpoint, "EndpointStats"));
        let own: EndpointStats = stats.get().unwrap().expect("it is one of an endpoint");
        assert_eq!((own.e2e_latency[0].avg, &own.e2e_latency[0].kind), (2.5, &MediaType::Video));
        assert_eq!(stats.get::<RTCStats>().unwrap(), None);
    }
    assert_eq!(world.done("upLosses Some(7)"), 2);
}

#[tokio::test]
async fn many_parameters_are_a_struct_and_optional_ones_too() {
    let world = World::default();
    for server in both(&control(&world)).await {
        let pipeline = MediaPipeline::create(&server).await.unwrap();
        let filter = ImageOverlayFilter::create(&pipeline).await.unwrap();
        let image = ImageOverlayFilterAddImage {
            id: "logo".to_owned(),
            uri: "file:///logo.png".to_owned(),
            offset_x_percent: 0.1,
            offset_y_percent: 0.1,
            width_percent: 0.2,
            height_percent: 0.25,
            keep_aspect_ratio: true,
            center: false,
        };
        filter.add_image(&image).await.unwrap();
        let message = async |media_type, description| {
            let options = MediaElementGetSourceConnectionsOptions { media_type, description };
            let refused = filter.get_source_connections_with(&options).await.unwrap_err();
            (refused.code(), refused.to_string())
        };
        assert_eq!(
            message(Some(MediaType::Data), Some("pad".to_owned())).await,
            (Some(40_107), "DATA pad (error 40107)".to_owned())
        );
        assert_eq!(message(None, None).await.1, "  (error 40107)");
    }
    assert_eq!(world.done("logo 0.25"), 2);
}

#[tokio::test]
async fn an_object_is_found_as_its_class_or_an_ancestor_and_as_no_other() {
    let world = World::default();
    let [embedded, remote] = both(&control(&world)).await;
    let pipeline = MediaPipeline::create(&embedded).await.unwrap();
    let player = PlayerEndpoint::create(&pipeline, "x").await.unwrap();
    for server in [embedded, remote] {
        let found: PlayerEndpoint = server.find(player.id()).await.unwrap();
        assert_eq!(found, player);
        assert!(server.find::<Endpoint>(player.id()).await.is_ok());
        let wrong = server.find::<PassThrough>(player.id()).await.unwrap_err();
        assert!(matches!(wrong, ClientError::Unreadable(_)), "{wrong}");
        assert_eq!(server.find::<PlayerEndpoint>("nobody").await.unwrap_err().code(), Some(40_101));
        let raw = server.request("describe", json!({ "object": player.id() })).await.unwrap();
        assert_eq!(raw["type"], "PlayerEndpoint");
    }
}

#[tokio::test]
async fn events_are_streams_of_their_type_that_end_with_the_object() {
    let world = World::default();
    for server in both(&control(&world)).await {
        let pipeline = MediaPipeline::create(&server).await.unwrap();
        let player = PlayerEndpoint::create(&pipeline, "x").await.unwrap();
        let mut ends = player.on::<EndOfStream>().await.unwrap();
        let mut raw = player.listen("EndOfStream").await.unwrap();
        player.play().await.unwrap();
        let end = soon(ends.next()).await.unwrap();
        assert_eq!((&*end.source, end.kind.as_str()), (&*MediaObject::clone(&player), "EndOfStream"));
        assert_eq!(soon(raw.next()).await.unwrap()["source"], player.id());
        let unknown = player.on::<IceCandidateFound>().await.unwrap_err();
        assert_eq!(unknown.code(), Some(40_106));
        pipeline.release().await.unwrap();
        assert_eq!(soon(ends.next()).await, None);
    }
}

#[tokio::test]
async fn a_slow_reader_loses_the_oldest_events_and_is_told_how_many() {
    let world = World::default();
    for server in both(&control(&world)).await {
        let pipeline = MediaPipeline::create(&server).await.unwrap();
        let endpoint = WebRtcEndpoint::create(&pipeline).await.unwrap();
        let mut found = endpoint.on::<IceCandidateFound>().await.unwrap();
        endpoint.gather_candidates().await.unwrap();
        // Events come before the answer to what is asked after them.
        endpoint.get_name().await.unwrap();
        assert_eq!(found.lost(), 1_500 - 1_024);
        assert_eq!(found.lost(), 0);
        let first = soon(found.next()).await.unwrap();
        assert_eq!(first.candidate.candidate, format!("candidate:{}", 1_500 - 1_024));
        for _ in 1..1_024 {
            soon(found.next()).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_dropped_stream_is_no_longer_subscribed() {
    let world = World::default();
    for server in both(&control(&world)).await {
        let pipeline = MediaPipeline::create(&server).await.unwrap();
        let player = PlayerEndpoint::create(&pipeline, "x").await.unwrap();
        // More than an object may have at once.
        for _ in 0..1_100 {
            drop(player.on::<EndOfStream>().await.unwrap());
            player.get_name().await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_slow_call_delays_no_other_when_it_is_embedded() {
    let world = World::default();
    let server = trellis_client::MediaServer::embedded(&control(&world)).unwrap();
    let pipeline = MediaPipeline::create(&server).await.unwrap();
    let recorder = trellis_client::RecorderEndpoint::create(&pipeline, "x").await.unwrap();
    let slow = recorder.clone();
    let stopping = tokio::spawn(async move { slow.stop_and_wait().await });
    let begun = world.clone();
    until("it stops", move || begun.done("stopAndWait") == 1).await;
    assert_eq!(soon(recorder.get_uri()).await.unwrap(), "x");
    world.open();
    soon(stopping).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_closed_session_releases_what_it_held_and_answers_gone() {
    let world = World::default();
    for (round, server) in both(&control(&world)).await.into_iter().enumerate() {
        let pipeline = MediaPipeline::create(&server).await.unwrap();
        let player = PlayerEndpoint::create(&pipeline, "x").await.unwrap();
        let mut ends = player.on::<EndOfStream>().await.unwrap();
        server.close().await.unwrap();
        assert_eq!(world.done("close"), 2 * (round as u32 + 1));
        assert_eq!(soon(ends.next()).await, None);
        assert_eq!(player.play().await, Err(ClientError::Gone));
        assert_eq!(player.on::<EndOfStream>().await.unwrap_err(), ClientError::Gone);
    }
}

#[tokio::test]
async fn the_server_is_an_object_that_tells_of_others() {
    let world = World::default();
    for server in both(&control(&world)).await {
        let mut created = server.manager().on::<ObjectCreated>().await.unwrap();
        let mut destroyed = server.manager().on::<ObjectDestroyed>().await.unwrap();
        let pipeline = MediaPipeline::create(&server).await.unwrap();
        assert_eq!(soon(created.next()).await.unwrap().object.id(), pipeline.id());
        assert_eq!(server.manager().get_pipelines().await.unwrap(), std::slice::from_ref(&pipeline));
        assert!(server.manager().get_sessions().await.unwrap().contains(&server.session().to_string()));
        pipeline.release().await.unwrap();
        assert_eq!(soon(destroyed.next()).await.unwrap().object_id, pipeline.id());
    }
}

#[tokio::test]
async fn a_transaction_is_done_in_one_message_up_to_the_first_failure() {
    let world = World::default();
    for server in both(&control(&world)).await {
        let before = world.done("create");
        let transaction = server.transaction();
        let pipeline = MediaPipeline::create(transaction.server()).await.unwrap();
        let player = PlayerEndpoint::create(&pipeline, "x").await.unwrap();
        player.connect(&PassThrough::create(&pipeline).await.unwrap(), None).await.unwrap();
        player.set_name("gathered").await.unwrap();
        // Events have no place there.
        assert!(matches!(player.on::<EndOfStream>().await, Err(ClientError::NotGathered(_))));
        assert_eq!(world.done("create"), before);
        let done = transaction.commit().await.unwrap();
        assert_eq!(world.done("create"), before + 3);
        let (pipeline, player) = (done.object(&pipeline).unwrap(), done.object(&player).unwrap());
        assert_eq!(player.get_name().await.unwrap(), "gathered");

        let transaction = server.transaction();
        let known = transaction.with(&player).unwrap();
        known.set_name("again").await.unwrap();
        known.add_tag(&"long".repeat(2_000), "").await.unwrap();
        known.set_name("never").await.unwrap();
        assert_eq!(transaction.commit().await.err().and_then(|error| error.code()), Some(40_107));
        assert_eq!(player.get_name().await.unwrap(), "again");
        pipeline.release().await.unwrap();
    }
}
