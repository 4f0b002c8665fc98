//! Rectangles in a picture.

/// A rectangle in pixels; it may lie partly or wholly outside the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Area {
    /// Left edge.
    pub x: i32,
    /// Upper edge.
    pub y: i32,
    /// Width.
    pub width: u32,
    /// Height.
    pub height: u32,
}

impl Area {
    /// How much of the two is common, from 0 to 1 (intersection over union).
    pub fn overlap(&self, other: &Area) -> f64 {
        let common = |a: i32, a_len: u32, b: i32, b_len: u32| {
            let end = (i64::from(a) + i64::from(a_len)).min(i64::from(b) + i64::from(b_len));
            (end - i64::from(a.max(b))).max(0) as f64
        };
        let both =
            common(self.x, self.width, other.x, other.width) * common(self.y, self.height, other.y, other.height);
        let size = |area: &Area| f64::from(area.width) * f64::from(area.height);
        let union = size(self) + size(other) - both;
        if union > 0.0 { both / union } else { 0.0 }
    }
}

/// Where an image goes in a picture, in fractions of the picture's size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placement {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
    /// Whether the image keeps its shape within the rectangle.
    pub keep_aspect_ratio: bool,
    /// Whether an image that does not fill the rectangle stands in its middle.
    pub center: bool,
}

impl Placement {
    /// The rectangle in a picture of this size for an image of that size.
    pub fn area(&self, width: u32, height: u32, image: (u32, u32)) -> Area {
        let (picture_width, picture_height) = (f64::from(width), f64::from(height));
        let (mut x, mut y) = (self.x * picture_width, self.y * picture_height);
        let (full_width, full_height) = (self.width * picture_width, self.height * picture_height);
        let (mut width, mut height) = (full_width, full_height);
        if self.keep_aspect_ratio {
            let scale = (full_width / f64::from(image.0.max(1))).min(full_height / f64::from(image.1.max(1)));
            (width, height) = (f64::from(image.0) * scale, f64::from(image.1) * scale);
            if self.center {
                x += (full_width - width) / 2.0;
                y += (full_height - height) / 2.0;
            }
        }
        Area { x: x as i32, y: y as i32, width: width.max(0.0) as u32, height: height.max(0.0) as u32 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_that_keeps_its_shape_stands_in_the_middle() {
        let placement = Placement { x: 0.5, y: 0.0, width: 0.5, height: 1.0, keep_aspect_ratio: true, center: true };
        assert_eq!(placement.area(640, 480, (100, 100)), Area { x: 320, y: 80, width: 320, height: 320 });
    }

    #[test]
    fn overlap_is_one_with_itself_and_zero_apart() {
        let area = Area { x: -10, y: 5, width: 20, height: 20 };
        assert_eq!(area.overlap(&area), 1.0);
        assert_eq!(area.overlap(&Area { x: 100, ..area }), 0.0);
    }
}
