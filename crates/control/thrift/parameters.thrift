/**
 * Structs that travel as tagged values: what constructors and methods of single classes take, and what their events carry.
 */
namespace java com.kurento.kms.thrift.api
namespace cpp kurento
namespace * Kurento

/** Any object: whether it may be collected, and after how many seconds without a sign of life. */
struct KmsMediaObjectConstructorParams {
  1: optional bool collectOnUnreferenced,
  2: optional i32 garbageCollectorPeriod
}

struct KmsMediaUriEndPointConstructorParams {
  1: string uri
}

enum KmsMediaMuxer { WEBM = 0, MP4 = 1 }

struct KmsMediaProfile {
  1: required KmsMediaMuxer mediaMuxer
}

/** RecorderEndPoint; it is spelt so. */
struct KmsMediaRecoderEndPointConstructorParams {
  1: optional KmsMediaProfile profileType,
  2: optional bool stopOnEOS
}

struct KmsMediaHttpEndPointConstructorParams {
  1: optional i32 disconnectionTimeout
}

struct KmsMediaHttpGetEndPointConstructorParams {
  1: optional bool terminateOnEOS,
  2: optional KmsMediaProfile profileType
}

/** FaceOverlayFilter.setImageOverlay: places and sizes are parts of the face's. */
struct KmsMediaFaceOverlayImage {
  1: required string uri,
  2: double offsetXPercent,
  3: double offsetYPercent,
  4: double widthPercent,
  5: double heightPercent
}

/** What the event CodeFound of ZBarFilter carries, under the tag EventCodeFoundData. */
struct KmsMediaEventCodeFoundData {
  1: string type,
  2: string value
}
