//! A module that a program adds, as clients meet it.

mod support;

use serde_json::{Value as Json, json};
use std::sync::Arc;
use support::Client;
use trellis_control::{Control, ControlSettings};
use trellis_elements::objects::ElementFactory;
use trellis_elements::{Media, MediaSettings};
use trellis_model::{Args, Class, EventSink, Module, Remote, RemoteError, Value, declare};

trellis_model::declarations! {
    static ECHOES in "echoes";
    classes {
        /// Says again what it is told.
        class Echo: MediaObject {
            /// Makes one.
            new {
                /// The pipeline.
                mediaPipeline: MediaPipeline,
                /// What comes before each text.
                prefix?: String = "again: ",
            }
            methods {
                /// Says a text again, and tells whoever listens.
                say(
                    /// The text.
                    what: Utterance,
                ) -> {
                    /// The text, longer.
                    Utterance
                },
            }
            events { Said }
        }
    }
    registers {
        /// Something that is said.
        Utterance {
            /// The text.
            text: String,
        }
    }
    events {
        /// Something was said.
        Said: RaiseBase {
            /// What.
            what: Utterance,
        }
    }
}

static MODULE: Module = Module {
    name: "echoes",
    version: "0.3.0",
    doc: "Echoes.",
    kurento_version: Some("^7.0.0"),
    imports: &[],
    packages: &[("api.js.nodeName", "echoes-client")],
    parts: &[&ECHOES],
};

struct Echo {
    prefix: String,
    events: EventSink,
}

impl Remote for Echo {
    fn class(&self) -> &'static Class {
        &ECHOES.classes[0]
    }

    fn invoke(&self, operation: &str, args: &Args) -> Option<Result<Value, RemoteError>> {
        let said = |args: &Args| {
            let text = args.record("what")?.text("text").unwrap_or_default();
            let said = Value::record("Utterance", [("text", format!("{}{text}", self.prefix).into())]);
            self.events.raise("Said", [("what", said.clone())]);
            Ok(said)
        };
        (operation == "say").then(|| said(args))
    }

    fn close(&self) {}
}

#[test]
fn a_class_of_an_added_module_is_like_any_other_under_its_own_prefix() {
    declare(&MODULE).expect("a new module");
    let media = Media::start(MediaSettings::default()).expect("the media plane");
    let factory = ElementFactory::new(media).with(&ECHOES.classes[0], |new| {
        Ok(Arc::new(Echo { prefix: new.args.text("prefix")?, events: new.new.events }))
    });
    let settings = ControlSettings::default();
    let control = Control::new(Arc::new(factory), settings);
    let mut client = Client::of(&control);

    let info = client.value("manager_ServerManager", "getInfo", json!({}));
    let module = info["modules"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&module["name"], &module["version"], &module["factories"]),
        (&json!("echoes"), &json!("0.3.0"), &json!(["Echo"]))
    );
    let kmd = client.value("manager_ServerManager", "getKmd", json!({ "moduleName": "echoes" }));
    let kmd: Json = serde_json::from_str(kmd.as_str().unwrap()).unwrap();
    assert_eq!(kmd["remoteClasses"][0]["methods"][0]["params"][0]["type"], "Utterance");
    assert_eq!(kmd["code"]["api"]["js"]["nodeName"], "echoes-client");

    let pipeline = client.create("MediaPipeline", json!({}));
    for name in ["Echo", "echoes.Echo"] {
        let echo = client.create(name, json!({ "mediaPipeline": pipeline }));
        assert!(echo.starts_with(&pipeline) && echo.ends_with("_echoes.Echo"), "{echo}");
        let told = client.ok("describe", json!({ "object": echo }));
        assert_eq!(
            (&told["type"], &told["qualifiedType"], &told["hierarchy"]),
            (&json!("Echo"), &json!("echoes.Echo"), &json!(["kurento.MediaObject"]))
        );
        client.hear(&echo, &["Said"]);
        let what = json!({ "__module__": "echoes", "__type__": "Utterance", "text": "hello" });
        let said = json!({ "__module__": "echoes", "__type__": "Utterance", "text": "again: hello" });
        assert_eq!(client.value(&echo, "say", json!({ "what": what })), said);
        assert_eq!(client.heard(&echo, "Said")[0]["what"], said);
        assert_eq!(client.value(&echo, "getName", json!({})), json!(echo), "as every object");
        assert_eq!(
            client.code(&echo, "say", json!({ "what": { "__module__": "kurento", "__type__": "Tag" } })),
            40_003
        );
    }
    let refused = client.call("create", json!({ "type": "kurento.Echo", "constructorParams": {} }));
    assert_eq!(refused["error"]["message"], "Factory 'kurento.Echo' not found");
}
