/**
 * Structs of the filters that look for colours: ChromaFilter and PointerDetectorFilter.
 */
namespace java com.kurento.kms.thrift.api
namespace cpp kurento
namespace * Kurento

struct KmsMediaChromaColorCalibrationArea {
  1: i32 x,
  2: i32 y,
  3: i32 width,
  4: i32 height
}

struct KmsMediaChromaBackgroundImage {
  1: required string uri
}

struct KmsMediaChromaConstructorParams {
  1: required KmsMediaChromaColorCalibrationArea calibrationArea,
  2: optional KmsMediaChromaBackgroundImage backgroundImage
}

/** A window of PointerDetectorFilter. */
struct KmsMediaPointerDetectorWindow {
  1: required i32 topRightCornerX,
  2: required i32 topRightCornerY,
  3: required i32 width,
  4: required i32 height,
  5: required string id,
  6: optional string inactiveOverlayImageUri,
  7: optional double overlayTransparency,
  8: optional string activeOverlayImageUri
}

struct KmsMediaPointerDetectorWindowSet {
  1: set<KmsMediaPointerDetectorWindow> windows
}

struct KmsMediaImagePoint {
  1: i32 x,
  2: i32 y
}

struct KmsMediaImageRegion {
  1: KmsMediaImagePoint point,
  2: i32 width,
  3: i32 height
}

struct KmsMediaPointerDetector2ConstructorParams {
  1: required KmsMediaImageRegion colorCalibrationRegion,
  2: optional KmsMediaPointerDetectorWindowSet windowSet
}
