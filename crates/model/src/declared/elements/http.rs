//! Media over HTTP.

crate::declarations! {
    pub(super) static PART in "elements";

    classes {
        /// An endpoint with a URL of its own at the server.
        abstract HttpEndpoint: SessionEndpoint {
            methods {
                /// Gives the URL.
                getUrl() -> {
                    /// The URL; it serves the first client that comes to it, and no other.
                    String
                },
            }
        }

        /// Plays what a client uploads by POST, as it is or as a part of a form. The session begins with the first request.
        class HttpPostEndpoint: HttpEndpoint {
            /// Makes one and its URL.
            new {
                /// The pipeline.
                mediaPipeline: MediaPipeline,
                /// How long the session waits for a client that is gone, in seconds.
                disconnectionTimeout?: int = 2,
                /// Taken for compatibility: media is decoded only if a sink does not take it as it came.
                useEncodedMedia?: boolean = false,
            }
            events { EndOfStream }
        }
    }
}
