//! The declarations of module `core`: facts that remote clients depend on.

mod events;
mod types;

pub(super) use events::EVENTS;
pub(super) use types::TYPES;

use crate::class::{Class, Method, Param, Property};

pub(super) static CLASSES: &[Class] = &[
    Class {
        name: "MediaObject",
        module: "core",
        parent: None,
        is_abstract: true,
        constructor: None,
        properties: &[
            Property { name: "mediaPipeline", kind: "MediaPipeline", read_only: false, is_final: true, default: None },
            Property { name: "parent", kind: "MediaObject", read_only: false, is_final: true, default: None },
            Property { name: "id", kind: "String", read_only: false, is_final: true, default: None },
            Property { name: "children", kind: "MediaObject[]", read_only: true, is_final: false, default: None },
            Property { name: "name", kind: "String", read_only: false, is_final: false, default: None },
            Property {
                name: "sendTagsInEvents",
                kind: "boolean",
                read_only: false,
                is_final: false,
                default: Some("false"),
            },
            Property { name: "creationTime", kind: "int", read_only: false, is_final: true, default: None },
        ],
        methods: &[
            Method {
                name: "addTag",
                params: &[
                    Param { name: "key", kind: "String", optional: false, default: None },
                    Param { name: "value", kind: "String", optional: false, default: None },
                ],
                returns: None,
            },
            Method {
                name: "removeTag",
                params: &[Param { name: "key", kind: "String", optional: false, default: None }],
                returns: None,
            },
            Method {
                name: "getTag",
                params: &[Param { name: "key", kind: "String", optional: false, default: None }],
                returns: Some("String"),
            },
            Method { name: "getTags", params: &[], returns: Some("Tag[]") },
        ],
        events: &["Error"],
    },
    Class {
        name: "ServerManager",
        module: "core",
        parent: Some("MediaObject"),
        is_abstract: true,
        constructor: None,
        properties: &[
            Property { name: "info", kind: "ServerInfo", read_only: true, is_final: false, default: None },
            Property { name: "pipelines", kind: "MediaPipeline[]", read_only: true, is_final: false, default: None },
            Property { name: "sessions", kind: "String[]", read_only: true, is_final: false, default: None },
            Property { name: "metadata", kind: "String", read_only: true, is_final: false, default: None },
        ],
        methods: &[
            Method {
                name: "getKmd",
                params: &[Param { name: "moduleName", kind: "String", optional: false, default: None }],
                returns: Some("String"),
            },
            Method { name: "getCpuCount", params: &[], returns: Some("int") },
            Method {
                name: "getUsedCpu",
                params: &[Param { name: "interval", kind: "int", optional: false, default: Some("1000") }],
                returns: Some("float"),
            },
            Method { name: "getUsedMemory", params: &[], returns: Some("int64") },
        ],
        events: &["ObjectCreated", "ObjectDestroyed"],
    },
    Class {
        name: "SessionEndpoint",
        module: "core",
        parent: Some("Endpoint"),
        is_abstract: true,
        constructor: None,
        properties: &[],
        methods: &[],
        events: &["MediaSessionTerminated", "MediaSessionStarted"],
    },
    Class {
        name: "Hub",
        module: "core",
        parent: Some("MediaObject"),
        is_abstract: true,
        constructor: None,
        properties: &[],
        methods: &[
            Method {
                name: "getGstreamerDot",
                params: &[Param { name: "details", kind: "GstreamerDotDetails", optional: true, default: None }],
                returns: Some("String"),
            },
            Method {
                name: "dumpGstreamerDot",
                params: &[Param { name: "details", kind: "GstreamerDotDetails", optional: true, default: None }],
                returns: None,
            },
        ],
        events: &[],
    },
    Class {
        name: "Filter",
        module: "core",
        parent: Some("MediaElement"),
        is_abstract: true,
        constructor: None,
        properties: &[],
        methods: &[],
        events: &[],
    },
    Class {
        name: "Endpoint",
        module: "core",
        parent: Some("MediaElement"),
        is_abstract: true,
        constructor: None,
        properties: &[],
        methods: &[],
        events: &[],
    },
    Class {
        name: "HubPort",
        module: "core",
        parent: Some("MediaElement"),
        is_abstract: false,
        constructor: Some(&[Param { name: "hub", kind: "Hub", optional: false, default: None }]),
        properties: &[],
        methods: &[],
        events: &[],
    },
    Class {
        name: "PassThrough",
        module: "core",
        parent: Some("MediaElement"),
        is_abstract: false,
        constructor: Some(&[Param { name: "mediaPipeline", kind: "MediaPipeline", optional: false, default: None }]),
        properties: &[],
        methods: &[],
        events: &[],
    },
    Class {
        name: "UriEndpoint",
        module: "core",
        parent: Some("Endpoint"),
        is_abstract: true,
        constructor: None,
        properties: &[
            Property { name: "uri", kind: "String", read_only: false, is_final: true, default: None },
            Property { name: "state", kind: "UriEndpointState", read_only: true, is_final: false, default: None },
        ],
        methods: &[
            Method { name: "pause", params: &[], returns: None },
            Method { name: "stop", params: &[], returns: None },
        ],
        events: &["UriEndpointStateChanged"],
    },
    Class {
        name: "MediaPipeline",
        module: "core",
        parent: Some("MediaObject"),
        is_abstract: false,
        constructor: Some(&[]),
        properties: &[Property {
            name: "latencyStats",
            kind: "boolean",
            read_only: false,
            is_final: false,
            default: Some("false"),
        }],
        methods: &[
            Method {
                name: "getGstreamerDot",
                params: &[Param { name: "details", kind: "GstreamerDotDetails", optional: true, default: None }],
                returns: Some("String"),
            },
            Method {
                name: "dumpGstreamerDot",
                params: &[Param { name: "details", kind: "GstreamerDotDetails", optional: true, default: None }],
                returns: None,
            },
        ],
        events: &[],
    },
    Class {
        name: "SdpEndpoint",
        module: "core",
        parent: Some("SessionEndpoint"),
        is_abstract: true,
        constructor: None,
        properties: &[
            Property { name: "maxAudioRecvBandwidth", kind: "int", read_only: false, is_final: false, default: None },
            Property { name: "maxVideoRecvBandwidth", kind: "int", read_only: false, is_final: false, default: None },
        ],
        methods: &[
            Method {
                name: "generateOffer",
                params: &[Param { name: "options", kind: "OfferOptions", optional: true, default: None }],
                returns: Some("String"),
            },
            Method {
                name: "processOffer",
                params: &[Param { name: "offer", kind: "String", optional: false, default: None }],
                returns: Some("String"),
            },
            Method {
                name: "processAnswer",
                params: &[Param { name: "answer", kind: "String", optional: false, default: None }],
                returns: Some("String"),
            },
            Method { name: "getLocalSessionDescriptor", params: &[], returns: Some("String") },
            Method { name: "getRemoteSessionDescriptor", params: &[], returns: Some("String") },
        ],
        events: &[],
    },
    Class {
        name: "BaseRtpEndpoint",
        module: "core",
        parent: Some("SdpEndpoint"),
        is_abstract: true,
        constructor: None,
        properties: &[
            Property { name: "minVideoRecvBandwidth", kind: "int", read_only: false, is_final: false, default: None },
            Property { name: "minVideoSendBandwidth", kind: "int", read_only: false, is_final: false, default: None },
            Property { name: "maxVideoSendBandwidth", kind: "int", read_only: false, is_final: false, default: None },
            Property { name: "mediaState", kind: "MediaState", read_only: true, is_final: false, default: None },
            Property {
                name: "connectionState",
                kind: "ConnectionState",
                read_only: true,
                is_final: false,
                default: None,
            },
            Property { name: "mtu", kind: "int", read_only: false, is_final: false, default: None },
            Property { name: "rembParams", kind: "RembParams", read_only: false, is_final: false, default: None },
        ],
        methods: &[Method { name: "requestKeyframe", params: &[], returns: None }],
        events: &["MediaStateChanged", "ConnectionStateChanged"],
    },
    Class {
        name: "MediaElement",
        module: "core",
        parent: Some("MediaObject"),
        is_abstract: true,
        constructor: None,
        properties: &[
            Property { name: "encoderBitrate", kind: "int", read_only: false, is_final: false, default: None },
            Property { name: "minEncoderBitrate", kind: "int", read_only: false, is_final: false, default: None },
            Property { name: "maxEncoderBitrate", kind: "int", read_only: false, is_final: false, default: None },
        ],
        methods: &[
            Method {
                name: "getSourceConnections",
                params: &[
                    Param { name: "mediaType", kind: "MediaType", optional: true, default: None },
                    Param { name: "description", kind: "String", optional: true, default: None },
                ],
                returns: Some("ElementConnectionData[]"),
            },
            Method {
                name: "getSinkConnections",
                params: &[
                    Param { name: "mediaType", kind: "MediaType", optional: true, default: None },
                    Param { name: "description", kind: "String", optional: true, default: None },
                ],
                returns: Some("ElementConnectionData[]"),
            },
            Method {
                name: "connect",
                params: &[
                    Param { name: "sink", kind: "MediaElement", optional: false, default: None },
                    Param { name: "mediaType", kind: "MediaType", optional: true, default: None },
                    Param { name: "sourceMediaDescription", kind: "String", optional: true, default: None },
                    Param { name: "sinkMediaDescription", kind: "String", optional: true, default: None },
                ],
                returns: None,
            },
            Method {
                name: "disconnect",
                params: &[
                    Param { name: "sink", kind: "MediaElement", optional: false, default: None },
                    Param { name: "mediaType", kind: "MediaType", optional: true, default: None },
                    Param { name: "sourceMediaDescription", kind: "String", optional: true, default: None },
                    Param { name: "sinkMediaDescription", kind: "String", optional: true, default: None },
                ],
                returns: None,
            },
            Method {
                name: "setAudioFormat",
                params: &[Param { name: "caps", kind: "AudioCaps", optional: false, default: None }],
                returns: None,
            },
            Method {
                name: "setVideoFormat",
                params: &[Param { name: "caps", kind: "VideoCaps", optional: false, default: None }],
                returns: None,
            },
            Method {
                name: "dumpGstreamerDot",
                params: &[Param { name: "details", kind: "GstreamerDotDetails", optional: true, default: None }],
                returns: None,
            },
            Method {
                name: "getGstreamerDot",
                params: &[Param { name: "details", kind: "GstreamerDotDetails", optional: true, default: None }],
                returns: Some("String"),
            },
            Method {
                name: "getStats",
                params: &[Param { name: "mediaType", kind: "MediaType", optional: true, default: None }],
                returns: Some("Stats<>"),
            },
            Method {
                name: "isMediaFlowingIn",
                params: &[
                    Param { name: "mediaType", kind: "MediaType", optional: false, default: None },
                    Param {
                        name: "sinkMediaDescription",
                        kind: "String",
                        optional: true,
                        default: Some("\"default\""),
                    },
                ],
                returns: Some("boolean"),
            },
            Method {
                name: "isMediaFlowingOut",
                params: &[
                    Param { name: "mediaType", kind: "MediaType", optional: false, default: None },
                    Param {
                        name: "sourceMediaDescription",
                        kind: "String",
                        optional: true,
                        default: Some("\"default\""),
                    },
                ],
                returns: Some("boolean"),
            },
            Method {
                name: "isMediaTranscoding",
                params: &[
                    Param { name: "mediaType", kind: "MediaType", optional: false, default: None },
                    Param { name: "binName", kind: "String", optional: true, default: Some("\"default\"") },
                ],
                returns: Some("boolean"),
            },
        ],
        events: &[
            "ElementConnected",
            "ElementDisconnected",
            "MediaFlowOutStateChanged",
            "MediaFlowInStateChanged",
            "MediaTranscodingStateChanged",
        ],
    },
];
