//! What every object has, and pipelines.

crate::declarations! {
    pub(super) static PART in "core";

    classes {
        /// What every object has: an id, a name, a place under its parent, tags and errors.
        abstract MediaObject {
            properties {
                /// The pipeline that it belongs to; a pipeline gives itself.
                final mediaPipeline: MediaPipeline,
                /// The object that it was created in: the pipeline of an element or hub, the hub of a port; nothing for
                /// a pipeline.
                final parent: MediaObject,
                /// What requests call it by: the parent's id, a slash, a UUID, and the class.
                final id: String,
                /// The objects that were created in it and live, oldest first.
                readonly children: [MediaObject],
                /// A name for people. At first it is the id.
                property name: String,
                /// Whether its events carry its tags.
                property sendTagsInEvents: boolean = false,
                /// When it was created, in seconds of Unix time.
                final creationTime: int,
            }
            methods {
                /// Keeps a text under a key. A key that is there already gets the new text. An object has at most 100
                /// tags; one more is error 40009.
                addTag(
                    /// What the text is found by.
                    key: String,
                    /// The text.
                    value: String,
                ),
                /// Forgets a tag. A key that is not there is no error.
                removeTag(
                    /// The key of the tag.
                    key: String,
                ),
                /// Gives the text of one tag; error 40110 when there is none of that key.
                getTag(
                    /// The key of the tag.
                    key: String,
                ) -> {
                    /// The text.
                    String
                },
                /// Gives all tags.
                getTags() -> {
                    /// The tags, in the order in which they were added.
                    [Tag]
                },
            }
            events { Error }
        }

        /// Elements that play together: they share one clock, and live and end with the pipeline.
        class MediaPipeline: MediaObject {
            /// Makes an empty pipeline.
            new {}
            properties {
                /// Whether `getStats` of its elements tells how long media takes to them.
                property latencyStats: boolean = false,
            }
            methods {
                /// Draws the graph as it runs: elements, the converters between them, formats and counters.
                getGstreamerDot(
                    /// Taken for compatibility: the drawing always has every detail.
                    details?: GstreamerDotDetails,
                ) -> {
                    /// A graph in the DOT language.
                    String
                },
                /// Writes that drawing into the folder that the server's environment variable GST_DEBUG_DUMP_DOT_DIR
                /// names; without the variable, nothing is written.
                dumpGstreamerDot(
                    /// Taken for compatibility: the drawing always has every detail.
                    details?: GstreamerDotDetails,
                ),
            }
        }
    }

    registers {
        /// A text that an application keeps with an object.
        Tag {
            /// What it is found by.
            key: String,
            /// The text.
            value: String,
        }
    }

    enums {
        /// How much a drawing of a graph shows.
        GstreamerDotDetails {
            SHOW_MEDIA_TYPE, SHOW_CAPS_DETAILS, SHOW_NON_DEFAULT_PARAMS, SHOW_STATES, SHOW_FULL_PARAMS, SHOW_ALL,
            SHOW_VERBOSE,
        }
    }

    events {
        /// What every event tells.
        RaiseBase {
            /// The object that raises it.
            source: MediaObject,
            /// When, in milliseconds of Unix time, as a text.
            timestampMillis: String,
            /// The object's tags, if it has `sendTagsInEvents` set; else none.
            tags: [Tag],
        }
        /// What every event about media tells.
        Media: RaiseBase {
            /// The name of the event.
            type: String,
        }
        /// Something failed after the request that led to it was answered. The object goes on if it can.
        Error: RaiseBase {
            /// What failed, in words.
            description: String,
            /// The numeric code; 0 when there is none.
            errorCode: int,
            /// The category: `INVALID_URI`, `RESOURCE_ERROR_WRITE`, `UNEXPECTED_ELEMENT_ERROR`.
            type: String,
        }
    }
}
