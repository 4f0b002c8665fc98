//! Where each picture goes: a grid as Kurento's Composite lays it out.

/// A rectangle of the mixed picture, in pixels. All four numbers are even, so that it is whole in the small planes too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
}

/// The cells of `count` pictures in a picture of an even size: the square root of the count, rounded up, in columns,
/// and as many rows as are needed; filled row by row.
pub(super) fn cells(count: usize, width: u32, height: u32) -> Vec<Cell> {
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    let columns = (1..=count).find(|columns| columns * columns >= count).unwrap_or(1);
    let rows = count.div_ceil(columns);
    let edge = |at: u32, of: u32, side: u32| (side * at / of) & !1;
    let cell = |index: u32| {
        let (column, row) = (index % columns, index / columns);
        let (x, y) = (edge(column, columns, width), edge(row, rows, height));
        Cell { x, y, width: edge(column + 1, columns, width) - x, height: edge(row + 1, rows, height) - y }
    };
    // A picture too small for so many has cells without area, which show nothing.
    (0..count).map(cell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_is_as_square_as_it_can_be() {
        let shape = |count| {
            let cells = cells(count, 1_200, 1_200);
            (cells.iter().filter(|cell| cell.y == 0).count(), cells.iter().filter(|cell| cell.x == 0).count())
        };
        let shapes = [(1, 1), (2, 1), (2, 2), (2, 2), (3, 2), (3, 2), (3, 3), (3, 3), (3, 3), (4, 3)];
        for (index, expected) in shapes.into_iter().enumerate() {
            assert_eq!(shape(index + 1), expected, "{} pictures", index + 1);
        }
        assert!(cells(0, 800, 600).is_empty());
    }

    #[test]
    fn cells_are_even_do_not_overlap_and_fill_full_rows() {
        for count in 1..=64 {
            let cells = cells(count, 854, 482);
            let even = |cell: &Cell| [cell.x, cell.y, cell.width, cell.height].iter().all(|side| side % 2 == 0);
            assert!(cells.iter().all(even));
            let meet = |a: &Cell, b: &Cell| {
                a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
            };
            for (index, cell) in cells.iter().enumerate() {
                assert!(cells[..index].iter().all(|other| !meet(cell, other)), "{count}");
            }
            let first_row: u32 = cells.iter().filter(|cell| cell.y == 0).map(|cell| cell.width).sum();
            assert_eq!(first_row, 854, "{count}");
        }
    }
}
