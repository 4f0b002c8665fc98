//! What the Media API adds to a call within the process, and what it costs over a WebSocket on loopback.
//!
//! `cargo bench --bench client`. The bare call is [`Connection::receive`] with the text of the request ready.

use criterion::{Criterion, criterion_group, criterion_main};
use serde_json::json;
use std::hint::black_box;
use std::sync::Arc;
use trellis_client::{MediaPipeline, MediaServer, PassThrough, PlayerEndpoint};
use trellis_control::{Connection, Control, ControlSettings, Tenant};
use trellis_elements::objects::ElementFactory;
use trellis_elements::{Media, MediaSettings};

fn control() -> Control {
    let media = Media::start(MediaSettings::default()).expect("the media plane");
    Control::new(Arc::new(ElementFactory::new(media)), ControlSettings::default())
}

fn bare(connection: &Connection, object: &str, operation: &str) -> impl Fn() -> String {
    let params = json!({ "object": object, "operation": operation });
    // Without an id no answer is kept, as it is for embedded calls.
    let text = json!({ "jsonrpc": "2.0", "id": null, "method": "invoke", "params": params }).to_string();
    move || connection.receive(black_box(&text))
}

fn calls(c: &mut Criterion) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let control = control();
    let _within = runtime.enter();
    let server = MediaServer::embedded(&control).expect("a session");
    let (pipeline, player, element) = runtime
        .block_on(async {
            let pipeline = MediaPipeline::create(&server).await?;
            let player = PlayerEndpoint::create(&pipeline, "film.mp4").await?;
            let element = PassThrough::create(&pipeline).await?;
            Ok::<_, trellis_client::ClientError>((pipeline, player, element))
        })
        .expect("objects");
    let connection = control.connect_as(&Tenant::everybody(), Arc::new(|_| true)).expect("a connection");

    let mut group = c.benchmark_group("embedded");
    // Answered by the control plane.
    group.bench_function("getName, bare", |b| b.iter(bare(&connection, pipeline.id(), "getName")));
    group.bench_function("getName", |b| b.iter(|| runtime.block_on(pipeline.get_name()).expect("a name")));
    // Answered by the object.
    group.bench_function("getUri, bare", |b| b.iter(bare(&connection, player.id(), "getUri")));
    group.bench_function("getUri", |b| b.iter(|| runtime.block_on(player.get_uri()).expect("a URI")));
    // What may wait is done on a thread that may.
    group.bench_function("setEncoderBitrate, bare", |b| {
        let params = json!({ "encoderBitrate": 1_000_000 });
        let params = json!({ "object": element.id(), "operation": "setEncoderBitrate", "operationParams": params });
        let text = json!({ "jsonrpc": "2.0", "id": null, "method": "invoke", "params": params }).to_string();
        b.iter(|| connection.receive(black_box(&text)));
    });
    group.bench_function("setEncoderBitrate", |b| {
        b.iter(|| runtime.block_on(element.set_encoder_bitrate(1_000_000)).expect("it is set"));
    });
    group.finish();
}

criterion_group!(benches, calls);
criterion_main!(benches);
