//! The mixed picture: cells drawn in place, in pictures that nobody else holds any more.

use crate::mixer::grid::Cell;
use trellis_graph::NodeError;
use trellis_media::{Picture, PicturePool};

/// Mixed pictures that are kept to be drawn on again: one with the encoder, one on its way, one to draw on.
const KEPT: usize = 3;

/// What belongs into a cell.
#[derive(Clone)]
pub(super) struct Drawn {
    pub cell: Cell,
    /// Has the cell's size.
    pub picture: Picture,
    /// Another number for every picture that the mixer has taken.
    pub number: u64,
}

/// A mixed picture, and what is on it.
struct Canvas {
    picture: Picture,
    holds: Vec<(Cell, u64)>,
}

/// The mixed pictures of one mixer.
pub(super) struct Canvases {
    width: u32,
    height: u32,
    pool: PicturePool,
    kept: Vec<Canvas>,
}

impl Canvases {
    pub fn new(width: u32, height: u32) -> Canvases {
        Canvases { width, height, pool: PicturePool::new(), kept: Vec::new() }
    }

    /// A picture with this on it, and black elsewhere. Only what has changed is drawn.
    pub fn draw(&mut self, wanted: &[Drawn]) -> Result<Picture, NodeError> {
        let free = self.kept.iter_mut().position(|canvas| canvas.picture.is_unique());
        let mut canvas = match free {
            Some(free) => self.kept.remove(free),
            None => {
                let picture = self.pool.picture(self.width, self.height).map_err(NodeError::new)?;
                Canvas { picture, holds: Vec::new() }
            }
        };
        canvas.update(wanted);
        let picture = canvas.picture.clone();
        if self.kept.len() == KEPT {
            self.kept.remove(0);
        }
        self.kept.push(canvas);
        Ok(picture)
    }
}

impl Canvas {
    fn update(&mut self, wanted: &[Drawn]) {
        let cells = |drawn: &Drawn| drawn.cell;
        let same_grid =
            self.holds.len() == wanted.len() && self.holds.iter().zip(wanted).all(|(held, want)| held.0 == cells(want));
        if !same_grid || wanted.is_empty() {
            blacken(&mut self.picture);
            self.holds.clear();
        }
        for (index, want) in wanted.iter().enumerate() {
            if self.holds.get(index).is_none_or(|(_, number)| *number != want.number) {
                copy(&mut self.picture, &want.picture, want.cell);
            }
        }
        self.holds.clear();
        self.holds.extend(wanted.iter().map(|want| (want.cell, want.number)));
    }
}

fn blacken(picture: &mut Picture) {
    for (index, (plane, _)) in picture.planes_mut().into_iter().enumerate() {
        plane.fill(if index == 0 { 16 } else { 128 });
    }
}

/// Copies a picture to where the cell is; what would go beyond either of them is left out.
fn copy(to: &mut Picture, picture: &Picture, cell: Cell) {
    let planes = picture.planes();
    for (index, (target, stride)) in to.planes_mut().into_iter().enumerate() {
        let shift = u32::from(index > 0);
        let [x, y, width, height] = [cell.x, cell.y, cell.width, cell.height].map(|side| (side >> shift) as usize);
        let (width, height) = (width.min(planes[index].width), height.min(planes[index].height));
        let (source, source_stride) = picture.plane(index);
        for (to, from) in target.chunks_mut(stride).skip(y).zip(source.chunks(source_stride)).take(height) {
            if let (Some(to), Some(from)) = (to.get_mut(x..x + width), from.get(..width)) {
                to.copy_from_slice(from);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mixer::grid::cells;

    fn plain(width: u32, height: u32, luma: u8) -> Picture {
        let mut picture = Picture::black(width, height).unwrap();
        picture.planes_mut()[0].0.fill(luma);
        picture
    }

    fn luma(picture: &Picture, x: usize, y: usize) -> u8 {
        let (plane, stride) = picture.plane(0);
        plane[y * stride + x]
    }

    fn wanted(lumas: &[(u8, u64)]) -> Vec<Drawn> {
        let grid = cells(lumas.len(), 64, 48);
        let drawn = grid.into_iter().zip(lumas).map(|(cell, (luma, number))| Drawn {
            cell,
            picture: plain(cell.width, cell.height, *luma),
            number: *number,
        });
        drawn.collect()
    }

    #[test]
    fn a_picture_that_somebody_holds_is_not_drawn_on() {
        let mut canvases = Canvases::new(64, 48);
        let first = canvases.draw(&wanted(&[(50, 1), (60, 2)])).unwrap();
        let second = canvases.draw(&wanted(&[(70, 3), (60, 2)])).unwrap();
        assert_eq!((luma(&first, 0, 0), luma(&first, 40, 0)), (50, 60));
        assert_eq!((luma(&second, 0, 0), luma(&second, 40, 0)), (70, 60));
    }

    #[test]
    fn a_picture_that_nobody_holds_is_drawn_on_in_place_and_only_where_it_changed() {
        let mut canvases = Canvases::new(64, 48);
        let address = canvases.draw(&wanted(&[(50, 1), (60, 2)])).unwrap().bytes().as_ptr();
        // The second picture has the number of what is there: a drawn copy would show.
        let again = canvases.draw(&wanted(&[(70, 3), (99, 2)])).unwrap();
        assert_eq!(again.bytes().as_ptr(), address);
        assert_eq!((luma(&again, 0, 0), luma(&again, 40, 0)), (70, 60));
    }

    #[test]
    fn another_grid_leaves_nothing_of_the_one_before() {
        let mut canvases = Canvases::new(64, 48);
        drop(canvases.draw(&wanted(&[(200, 1), (200, 2), (200, 3), (200, 4)])).unwrap());
        let three = canvases.draw(&wanted(&[(100, 5), (100, 6), (100, 7)])).unwrap();
        assert_eq!((luma(&three, 0, 0), luma(&three, 40, 30)), (100, 16));
        drop(three);
        assert_eq!(luma(&canvases.draw(&[]).unwrap(), 0, 0), 16);
    }

    #[test]
    fn no_more_pictures_are_kept_than_needed() {
        let mut canvases = Canvases::new(64, 48);
        let held: Vec<Picture> = (0..10).map(|number| canvases.draw(&wanted(&[(50, number)])).unwrap()).collect();
        assert_eq!((held.len(), canvases.kept.len()), (10, KEPT));
    }
}
