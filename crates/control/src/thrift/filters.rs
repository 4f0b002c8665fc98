//! What filters that look for colours are given: structs of 3.0, as the object model wants them.

use super::Outcome;
use super::generated::filters::{
    KmsMediaChromaBackgroundImage, KmsMediaChromaConstructorParams, KmsMediaPointerDetector2ConstructorParams,
    KmsMediaPointerDetectorWindow, KmsMediaPointerDetectorWindowSet,
};
use super::generated::types::KmsMediaParam;
use super::tagged::structure;
use serde_json::{Value as Json, json};

/// The parameters of today that a struct brings; `None` when its tag is that of another.
pub(super) fn read(tag: &str, given: &KmsMediaParam) -> Outcome<Option<Json>> {
    Ok(Some(match tag {
        "KmsMediaChromaConstructorParams" => {
            let KmsMediaChromaConstructorParams { calibration_area: area, background_image } = structure(given)?;
            let image = background_image.map(|image| image.uri);
            json!({ "window": region(area.x, area.y, area.width, area.height), "backgroundImage": image })
        }
        "KmsMediaChromaBackgroundImage" => json!({ "uri": structure::<KmsMediaChromaBackgroundImage>(given)?.uri }),
        "KmsMediaPointerDetectorWindow" => json!({ "window": window(structure(given)?) }),
        "KmsMediaPointerDetectorWindowSet" => json!({ "windows": windows(structure(given)?) }),
        "KmsMediaPointerDetector2ConstructorParams" => {
            let KmsMediaPointerDetector2ConstructorParams { color_calibration_region: area, window_set } =
                structure(given)?;
            let (x, y) = area.point.map_or((None, None), |point| (point.x, point.y));
            let calibration = region(x, y, area.width, area.height);
            json!({ "calibrationRegion": calibration, "windows": window_set.map(windows) })
        }
        _ => return Ok(None),
    }))
}

/// `WindowParam`: its corner is the upper left one, whatever the names say.
fn region(x: Option<i32>, y: Option<i32>, width: Option<i32>, height: Option<i32>) -> Json {
    json!({ "topRightCornerX": x, "topRightCornerY": y, "width": width, "height": height })
}

fn windows(set: KmsMediaPointerDetectorWindowSet) -> Vec<Json> {
    set.windows.into_iter().flatten().map(window).collect()
}

/// `PointerDetectorWindowMediaParam`.
fn window(window: KmsMediaPointerDetectorWindow) -> Json {
    json!({
        "id": window.id,
        "upperRightX": window.top_right_corner_x,
        "upperRightY": window.top_right_corner_y,
        "width": window.width,
        "height": window.height,
        "image": window.inactive_overlay_image_uri,
        "imageTransparency": window.overlay_transparency.map(|part| part.0),
        "activeImage": window.active_overlay_image_uri,
    })
}
