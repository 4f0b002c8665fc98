//! The declarations of module `filters`: facts that remote clients depend on.

use crate::class::{Class, ComplexType, Event, Method, Param};

pub(super) static CLASSES: &[Class] = &[
    Class {
        name: "FaceOverlayFilter",
        module: "filters",
        parent: Some("Filter"),
        is_abstract: false,
        constructor: Some(&[Param { name: "mediaPipeline", kind: "MediaPipeline", optional: false, default: None }]),
        properties: &[],
        methods: &[
            Method { name: "unsetOverlayedImage", params: &[], returns: None },
            Method {
                name: "setOverlayedImage",
                params: &[
                    Param { name: "uri", kind: "String", optional: false, default: None },
                    Param { name: "offsetXPercent", kind: "float", optional: false, default: None },
                    Param { name: "offsetYPercent", kind: "float", optional: false, default: None },
                    Param { name: "widthPercent", kind: "float", optional: false, default: None },
                    Param { name: "heightPercent", kind: "float", optional: false, default: None },
                ],
                returns: None,
            },
        ],
        events: &[],
    },
    Class {
        name: "ImageOverlayFilter",
        module: "filters",
        parent: Some("Filter"),
        is_abstract: false,
        constructor: Some(&[Param { name: "mediaPipeline", kind: "MediaPipeline", optional: false, default: None }]),
        properties: &[],
        methods: &[
            Method {
                name: "removeImage",
                params: &[Param { name: "id", kind: "String", optional: false, default: None }],
                returns: None,
            },
            Method {
                name: "addImage",
                params: &[
                    Param { name: "id", kind: "String", optional: false, default: None },
                    Param { name: "uri", kind: "String", optional: false, default: None },
                    Param { name: "offsetXPercent", kind: "float", optional: false, default: None },
                    Param { name: "offsetYPercent", kind: "float", optional: false, default: None },
                    Param { name: "widthPercent", kind: "float", optional: false, default: None },
                    Param { name: "heightPercent", kind: "float", optional: false, default: None },
                    Param { name: "keepAspectRatio", kind: "boolean", optional: false, default: None },
                    Param { name: "center", kind: "boolean", optional: false, default: None },
                ],
                returns: None,
            },
        ],
        events: &[],
    },
];

pub(super) static TYPES: &[ComplexType] = &[];

pub(super) static EVENTS: &[Event] = &[];
