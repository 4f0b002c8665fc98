//! Events of module `core`.

use crate::class::{Event, Param};

pub static EVENTS: &[Event] = &[
    Event {
        name: "ConnectionStateChanged",
        parent: Some("Media"),
        properties: &[
            Param { name: "oldState", kind: "ConnectionState", optional: false, default: None },
            Param { name: "newState", kind: "ConnectionState", optional: false, default: None },
        ],
    },
    Event {
        name: "ElementConnected",
        parent: Some("Media"),
        properties: &[
            Param { name: "sink", kind: "MediaElement", optional: false, default: None },
            Param { name: "mediaType", kind: "MediaType", optional: false, default: None },
            Param { name: "sourceMediaDescription", kind: "String", optional: false, default: None },
            Param { name: "sinkMediaDescription", kind: "String", optional: false, default: None },
        ],
    },
    Event {
        name: "ElementDisconnected",
        parent: Some("Media"),
        properties: &[
            Param { name: "sink", kind: "MediaElement", optional: false, default: None },
            Param { name: "mediaType", kind: "MediaType", optional: false, default: None },
            Param { name: "sourceMediaDescription", kind: "String", optional: false, default: None },
            Param { name: "sinkMediaDescription", kind: "String", optional: false, default: None },
        ],
    },
    Event {
        name: "Error",
        parent: Some("RaiseBase"),
        properties: &[
            Param { name: "description", kind: "String", optional: false, default: None },
            Param { name: "errorCode", kind: "int", optional: false, default: None },
            Param { name: "type", kind: "String", optional: false, default: None },
        ],
    },
    Event {
        name: "Media",
        parent: Some("RaiseBase"),
        properties: &[Param { name: "type", kind: "String", optional: false, default: None }],
    },
    Event {
        name: "MediaFlowInStateChanged",
        parent: Some("Media"),
        properties: &[
            Param { name: "state", kind: "MediaFlowState", optional: false, default: None },
            Param { name: "padName", kind: "String", optional: false, default: None },
            Param { name: "mediaType", kind: "MediaType", optional: false, default: None },
        ],
    },
    Event {
        name: "MediaFlowOutStateChanged",
        parent: Some("Media"),
        properties: &[
            Param { name: "state", kind: "MediaFlowState", optional: false, default: None },
            Param { name: "padName", kind: "String", optional: false, default: None },
            Param { name: "mediaType", kind: "MediaType", optional: false, default: None },
        ],
    },
    Event { name: "MediaSessionStarted", parent: Some("Media"), properties: &[] },
    Event { name: "MediaSessionTerminated", parent: Some("Media"), properties: &[] },
    Event {
        name: "MediaStateChanged",
        parent: Some("Media"),
        properties: &[
            Param { name: "oldState", kind: "MediaState", optional: false, default: None },
            Param { name: "newState", kind: "MediaState", optional: false, default: None },
        ],
    },
    Event {
        name: "MediaTranscodingStateChanged",
        parent: Some("Media"),
        properties: &[
            Param { name: "state", kind: "MediaTranscodingState", optional: false, default: None },
            Param { name: "binName", kind: "String", optional: false, default: None },
            Param { name: "mediaType", kind: "MediaType", optional: false, default: None },
        ],
    },
    Event {
        name: "ObjectCreated",
        parent: Some("RaiseBase"),
        properties: &[Param { name: "object", kind: "MediaObject", optional: false, default: None }],
    },
    Event {
        name: "ObjectDestroyed",
        parent: Some("RaiseBase"),
        properties: &[Param { name: "objectId", kind: "String", optional: false, default: None }],
    },
    Event {
        name: "RaiseBase",
        parent: None,
        properties: &[
            Param { name: "source", kind: "MediaObject", optional: false, default: None },
            Param { name: "timestampMillis", kind: "String", optional: false, default: None },
            Param { name: "tags", kind: "Tag[]", optional: false, default: None },
        ],
    },
    Event {
        name: "UriEndpointStateChanged",
        parent: Some("Media"),
        properties: &[Param { name: "state", kind: "UriEndpointState", optional: false, default: None }],
    },
];
