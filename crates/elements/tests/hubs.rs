//! Hubs through their objects, live: who sees and hears whom, while parties come and go.

mod support;

use bytes::Bytes;
use std::time::Instant;
use support::stage::{Object, Screen, Shot, Stage, until, vp8, vp8_size};
use trellis_media::{DataMessage, Item, MediaTime};
use trellis_model::Value;

const TONES: [f64; 4] = [400.0, 1_000.0, 2_500.0, 4_100.0];
const COLOURS: [[u8; 3]; 4] = [[81, 90, 240], [145, 54, 34], [41, 240, 110], [210, 16, 146]];
const BLACK: [u8; 3] = [16, 128, 128];
const SIZES: [(u32, u32); 4] = [(160, 120), (320, 240), (176, 144), (640, 360)];

fn shot(number: usize) -> Shot {
    Shot { size: SIZES[number], colour: COLOURS[number], hertz: TONES[number] }
}

/// A camera and a screen at a port of a hub.
struct Party {
    camera: Object,
    port: Object,
    screen: Screen,
}

fn party(stage: &Stage, hub: &Object, number: usize) -> Party {
    let (camera, port, screen) = (stage.camera(shot(number)), stage.port(hub), stage.screen());
    camera.connect_all(&port);
    port.connect_all(&screen.object);
    Party { camera, port, screen }
}

impl Party {
    /// Whether it sees and hears one of the parties, and hears no other.
    fn gets(&self, number: usize) -> bool {
        let mut heard = [false; 4];
        heard[number] = true;
        self.screen.shows(4, 4, COLOURS[number]) && self.screen.hears(TONES, heard)
    }
}

fn set_source(hub: &Object, source: &Party) {
    hub.with_ports("setSource", &[("source", &source.port)]).expect("set");
}

#[test]
fn the_chosen_port_feeds_every_port_of_a_one_to_many_dispatcher_and_the_choice_can_change() {
    let stage = Stage::new();
    let hub = stage.create("DispatcherOneToMany", &[]);
    let mut parties: Vec<Party> = (0..2).map(|number| party(&stage, &hub, number)).collect();
    set_source(&hub, &parties[0]);
    parties.push(party(&stage, &hub, 2));
    until("all get the first, who came later too", || parties.iter().all(|party| party.gets(0)));
    set_source(&hub, &parties[1]);
    until("all get the second", || parties.iter().all(|party| party.gets(1)));
    let times: Vec<_> = parties[2].screen.video().iter().map(|item| item.time).collect();
    assert!(times.windows(2).all(|pair| pair[0] < pair[1]), "time goes on through the change");
    hub.call("removeSource", &[]).expect("removed");
    let stopped = |party: &Party| {
        party.port.heard("MediaFlowOutStateChanged", "VIDEO", "state").ends_with(&["NOT_FLOWING".into()])
    };
    until("nothing leaves any port", || parties.iter().all(stopped));
    set_source(&hub, &parties[2]);
    until("all get the third", || parties.iter().all(|party| party.gets(2)));
    parties[2].port.release();
    parties.iter().for_each(|party| party.screen.forget());
    until("a source that is gone is none", || parties[..2].iter().all(stopped));
}

#[test]
fn a_switch_passes_streams_untouched_and_begins_with_a_keyframe() {
    let stage = Stage::new();
    let hub = stage.create("DispatcherOneToMany", &[]);
    let cameras: Vec<_> = (0..2).map(|number| stage.vp8_camera(shot(number))).collect();
    let ports: Vec<Object> = (0..4).map(|_| stage.port(&hub)).collect();
    let screens: Vec<Screen> = (0..4).map(|_| stage.screen_of(vp8())).collect();
    for ((_, source), port) in cameras.iter().zip(&ports) {
        source.connect_all(port);
    }
    for (port, screen) in ports.iter().zip(&screens) {
        port.connect(&screen.object, "VIDEO");
    }
    let sizes = SIZES.map(|(width, height)| (width as u16, height as u16));
    let source = |number: usize| {
        hub.with_ports("setSource", &[("source", &ports[number])]).expect("set");
    };
    source(0);
    until("the first comes", || screens.iter().all(|screen| !screen.video().is_empty()));
    for round in 1..5 {
        let (number, before): (usize, Vec<usize>) = (round % 2, screens.iter().map(|it| it.video().len()).collect());
        let asked = Instant::now();
        source(number);
        let comes = |screen: &Screen, before: usize| {
            let video = screen.video();
            video[before.min(video.len())..].iter().any(|item| vp8_size(item) == Some(sizes[number]))
        };
        until("the other comes", || screens.iter().zip(&before).all(|(screen, before)| comes(screen, *before)));
        println!("switched to {number} within {} ms", asked.elapsed().as_millis());
    }
    for screen in &screens {
        let video = screen.video();
        assert!(vp8_size(&video[0]).is_some(), "it begins with a key picture");
        // Two cameras are not as late as each other: at a change, and only there, time may go back a little.
        let forward = |pair: &[Item]| pair[0].time < pair[1].time;
        let little = |pair: &[Item]| pair[0].time - pair[1].time < MediaTime::from_millis(500);
        let ordered = |pair: &[Item]| forward(pair) || (vp8_size(&pair[1]).is_some() && little(pair));
        assert!(video.windows(2).all(ordered), "each once, in order");
        // From one camera to the other only by a key picture: sizes say whose it is.
        let changes = video.iter().filter_map(vp8_size).collect::<Vec<_>>();
        assert!(changes.windows(2).filter(|pair| pair[0] != pair[1]).count() >= 4);
    }
    assert_eq!(stage.encoders(), 2, "one for each camera: {:?}", stage.report().converters);
    for port in &ports {
        assert!(!port.heard("MediaTranscodingStateChanged", "VIDEO", "state").contains(&"TRANSCODING".into()));
    }
}

#[test]
fn a_dispatcher_connects_any_port_to_any_and_lets_go_of_ports_that_are_released() {
    let stage = Stage::new();
    let hub = stage.create("Dispatcher", &[]);
    let parties: Vec<Party> = (0..3).map(|number| party(&stage, &hub, number)).collect();
    let connect = |source: usize, sink: usize| {
        let ports = [("source", &parties[source].port), ("sink", &parties[sink].port)];
        hub.with_ports("connect", &ports).expect("connected");
    };
    connect(0, 1);
    connect(1, 0);
    connect(2, 2);
    until("two exchange, the third sees itself", || parties[1].gets(0) && parties[0].gets(1) && parties[2].gets(2));
    connect(1, 2);
    until("a new source replaces the old one", || parties[2].gets(1));
    let other = stage.create("Dispatcher", &[]);
    let stranger = stage.port(&other);
    let refused = hub.with_ports("connect", &[("source", &stranger), ("sink", &parties[0].port)]);
    assert_eq!(refused.map_err(|error| error.code), Err(40_004));
    parties[1].port.release();
    let stopped = |party: &Party| {
        party.port.heard("MediaFlowOutStateChanged", "AUDIO", "state").ends_with(&["NOT_FLOWING".into()])
    };
    until("whom it fed is fed no more", || stopped(&parties[0]) && stopped(&parties[2]));
    connect(0, 2);
    until("the others go on", || parties[2].gets(0));
}

#[test]
fn each_port_of_a_composite_sees_all_in_a_grid_and_hears_all_but_itself() {
    let stage = Stage::new();
    let hub = stage.create("Composite", &[]);
    let parties: Vec<Party> = (0..4).map(|number| party(&stage, &hub, number)).collect();
    // In what order they came into the picture is theirs; that of the corners is the grid's.
    let corners = [(100, 100), (500, 100), (100, 400), (500, 400)];
    let all_seen = |party: &Party, whom: &[usize], corners: &[(usize, usize)]| {
        let seen =
            |number: &usize| corners.iter().filter(|(x, y)| party.screen.shows(*x, *y, COLOURS[*number])).count();
        whom.iter().all(|number| seen(number) == 1)
    };
    until("four in two rows of two", || parties.iter().all(|party| all_seen(party, &[0, 1, 2, 3], &corners)));
    let picture = parties[0].screen.picture().expect("a picture");
    assert_eq!((picture.width(), picture.height()), (800, 600));
    // Each is stretched to its cell: the colour goes up to the edges.
    let edges = [(2, 2), (797, 2), (2, 597), (797, 597), (397, 297), (402, 302)];
    assert!(edges.iter().all(|(x, y)| !parties[1].screen.shows(*x, *y, BLACK)));
    for (number, party) in parties.iter().enumerate() {
        let mut others = [true; 4];
        others[number] = false;
        until("all but oneself are heard", || party.screen.hears(TONES, others));
    }
    parties[3].port.release();
    until("three: the last row has one", || {
        parties[..3].iter().all(|party| all_seen(party, &[0, 1, 2], &corners[..3]))
    });
    until("who is gone is silent", || parties[0].screen.hears(TONES, [false, true, true, false]));
    assert!(parties[0].screen.shows(500, 400, BLACK), "the place of the fourth is empty");
    parties[2].camera.disconnect_all(&parties[2].port);
    until("two side by side", || {
        parties.iter().take(3).all(|party| all_seen(party, &[0, 1], &[(200, 300), (600, 300)]))
    });
    until("who only looks hears both", || parties[2].screen.hears(TONES, [true, true, false, false]));
    parties[2].camera.connect_all(&parties[2].port);
    until("it comes back", || {
        parties[0].screen.hears(TONES, [false, true, true, false]) && all_seen(&parties[0], &[0, 1, 2], &corners[..3])
    });
}

#[test]
fn an_empty_composite_is_black_and_silent_and_has_the_size_that_was_asked_for() {
    let stage = Stage::new();
    let size = [("width", Value::Int(321)), ("height", Value::Int(240)), ("framerate", Value::Int(25))];
    let hub = stage.create("Composite", &size);
    let (port, screen) = (stage.port(&hub), stage.screen());
    port.connect_all(&screen.object);
    until("half a second of it", || screen.video().len() >= 12 && screen.hears(TONES, [false; 4]));
    let picture = screen.picture().expect("a picture");
    assert_eq!((picture.width(), picture.height()), (320, 240), "planes of half the size need even sides");
    assert!(screen.shows(0, 0, BLACK) && screen.shows(160, 120, BLACK));
    let times: Vec<_> = screen.video().iter().map(|item| item.time.millis()).collect();
    assert!(
        times.windows(2).all(|pair| (39..=41).contains(&(pair[1] - pair[0])) || pair[1] - pair[0] == 80),
        "{times:?}"
    );
    let wrong = |name: &'static str, value: i64| stage.refused("Composite", &[(name, Value::Int(value))]).code;
    assert_eq!([wrong("width", -1), wrong("height", 0), wrong("framerate", 0)], [40_107; 3]);
}

#[test]
fn the_picture_of_a_composite_is_encoded_once_for_all_ports_and_no_longer_than_needed() {
    let stage = Stage::new();
    let hub = stage.create("Composite", &[]);
    let camera = party(&stage, &hub, 0);
    let viewers: Vec<(Object, Screen)> = (0..5).map(|_| (stage.port(&hub), stage.screen_of(vp8()))).collect();
    for (port, screen) in &viewers {
        port.connect(&screen.object, "VIDEO");
    }
    until("all see it", || viewers.iter().all(|(_, screen)| screen.video().len() > 5));
    // Each had one of its own until the first picture of the common one came.
    until("one encoder", || stage.encoders() == 1);
    let states = |port: &Object| port.heard("MediaTranscodingStateChanged", "VIDEO", "state");
    until("ports say that it is transcoded", || {
        viewers.iter().all(|(port, _)| states(port).ends_with(&["TRANSCODING".into()]))
    });
    for (port, screen) in &viewers {
        port.disconnect_all(&screen.object);
    }
    until("and that it is over", || {
        viewers.iter().all(|(port, _)| states(port).ends_with(&["NOT_TRANSCODING".into()]))
    });
    assert!(camera.screen.shows(4, 4, COLOURS[0]));
    until("the encoder goes", || stage.encoders() == 0);
}

#[test]
fn a_mixer_mixes_the_sound_of_those_that_are_connected_and_routes_the_rest() {
    let stage = Stage::new();
    let hub = stage.create("Mixer", &[]);
    let parties: Vec<Party> = (0..3).map(|number| party(&stage, &hub, number)).collect();
    let change = |operation: &str, media: &str, source: usize, sink: usize| {
        let ports = [("source", parties[source].port.value()), ("sink", parties[sink].port.value())];
        let args = [("media", Value::from(media)), ports[0].clone(), ports[1].clone()];
        hub.call(operation, &args).expect(operation);
    };
    change("connect", "AUDIO", 0, 2);
    change("connect", "AUDIO", 1, 2);
    change("connect", "AUDIO", 2, 0);
    change("connect", "VIDEO", 1, 2);
    change("connect", "VIDEO", 2, 1);
    let hears = |party: usize, wanted: [bool; 4]| parties[party].screen.hears(TONES, wanted);
    until("two are heard together, one alone", || {
        hears(2, [true, true, false, false]) && hears(0, [false, false, true, false])
    });
    until("pictures go where they were sent", || {
        parties[2].screen.shows(4, 4, COLOURS[1]) && parties[1].screen.shows(4, 4, COLOURS[2])
    });
    assert!(
        parties[1].screen.loudness(TONES).is_none() && parties[0].screen.picture().is_none(),
        "nobody was connected to these"
    );
    change("connect", "AUDIO", 2, 2);
    until("oneself, when asked for", || hears(2, [true, true, true, false]));
    change("disconnect", "AUDIO", 0, 2);
    change("disconnect", "VIDEO", 0, 2);
    until("one less", || hears(2, [false, true, true, false]));
    parties[1].port.release();
    until("a port that is gone is heard no more", || hears(2, [false, false, true, false]));
    change("connect", "VIDEO", 0, 2);
    until("another picture", || parties[2].screen.shows(4, 4, COLOURS[0]));
    let newcomer = party(&stage, &hub, 3);
    until("its place is another's, whom nobody asked for", || {
        newcomer.port.heard("MediaFlowInStateChanged", "AUDIO", "state").len() == 1
    });
    parties[2].screen.forget();
    until("the same are heard", || hears(2, [false, false, true, false]));
}

#[test]
fn twenty_parties_come_to_a_composite_and_go_again() {
    let stage = Stage::new();
    let empty = stage.report().nodes.len();
    let hub = stage.create("Composite", &[]);
    let begun = Instant::now();
    let mut parties: Vec<Party> = (0..20).map(|number| party(&stage, &hub, number % 2)).collect();
    println!("20 ports with their elements, connected: {} ms", begun.elapsed().as_millis());
    // Five columns and four rows; a wide one of the last row is nobody's.
    let all = |party: &Party| (0..20).all(|cell| !party.screen.shows(cell % 5 * 160 + 80, cell / 5 * 150 + 75, BLACK));
    until("twenty cells", || parties.iter().all(|party| party.screen.picture().is_some()) && all(&parties[0]));
    // Their tones begin when they come, so that ten of one may be nearly as quiet together as none.
    until("ten of the other tone are heard", || {
        parties[0].screen.loudness(TONES).is_some_and(|loud| loud[0] > 500.0 && loud[1] > 500.0)
    });
    let mixer = stage.report().nodes.into_iter().find(|node| &*node.name == "Composite").expect("a mixer");
    println!("of {} items the mixer lost {}", mixer.counters.items, mixer.counters.dropped_late);
    for party in parties.drain(..).rev() {
        party.port.release();
        party.camera.release();
        party.screen.object.release();
    }
    hub.release();
    assert_eq!(stage.report().nodes.len(), empty, "nothing is left");
}

#[test]
fn no_more_ports_than_a_hub_can_have() {
    let stage = Stage::new();
    let hub = stage.create("Mixer", &[]);
    let ports: Vec<Object> = (0..64).map(|_| stage.port(&hub)).collect();
    assert_eq!(stage.try_port(&hub).err().map(|error| error.code), Some(40_009));
    ports[7].release();
    assert!(stage.try_port(&hub).is_ok(), "a place that is free again");
}

#[test]
fn messages_go_through_filters_and_hubs_as_text_or_binary() {
    let stage = Stage::new();
    let hub = stage.create("Dispatcher", &[]);
    let (filter, screen) = (stage.create("PassThrough", &[]), stage.screen());
    let camera = stage.camera(shot(0));
    let ports = [stage.port(&hub), stage.port(&hub)];
    camera.connect_all(&filter);
    filter.connect_all(&ports[0]);
    ports[1].connect_all(&screen.object);
    hub.with_ports("connect", &[("source", &ports[0]), ("sink", &ports[1])]).expect("connected");
    let messages: Vec<DataMessage> = (0..100_u8)
        .map(|number| DataMessage { text: number % 2 == 0, data: Bytes::from(vec![number; usize::from(number)]) })
        .collect();
    for message in &messages {
        stage.tell(&camera, message.clone());
    }
    until("all come, as they were, in order", || screen.messages() == messages);
    for port in &ports {
        assert_eq!(
            port.heard("MediaFlowInStateChanged", "DATA", "state").len(),
            usize::from(std::ptr::eq(port, &ports[0]))
        );
        assert_eq!(
            port.heard("MediaFlowOutStateChanged", "DATA", "state").len(),
            usize::from(std::ptr::eq(port, &ports[1]))
        );
    }
}

#[test]
fn a_port_tells_of_flow_in_and_out_and_of_its_end() {
    let stage = Stage::new();
    let hub = stage.create("Dispatcher", &[]);
    let (one, other) = (party(&stage, &hub, 0), stage.port(&hub));
    let states =
        |port: &Object, direction: &str| port.heard(&format!("MediaFlow{direction}StateChanged"), "VIDEO", "state");
    until("it flows in", || states(&one.port, "In") == ["FLOWING"]);
    assert!(states(&other, "Out").is_empty() && states(&one.port, "Out").is_empty());
    hub.with_ports("connect", &[("source", &one.port), ("sink", &other)]).expect("connected");
    until("it flows out", || states(&other, "Out") == ["FLOWING"]);
    assert!(states(&other, "In").is_empty(), "what comes from the hub does not flow into the port");
    one.camera.release();
    until("it stops", || {
        states(&one.port, "In") == ["FLOWING", "NOT_FLOWING"] && states(&other, "Out") == ["FLOWING", "NOT_FLOWING"]
    });
    assert_eq!(other.call("isMediaFlowingOut", &[("mediaType", "VIDEO".into())]), Ok(Value::Bool(false)));
}
