//! Codes of real pictures (zxing's, see the media catalogue) are read, and nothing is read where there is none.

mod support;

use support::{media, painted, sample, still};
use trellis_media::Picture;
use trellis_vision::{Code, CodeReader};

/// The codes of a file's picture, and what is to be read there.
fn read(name: &str) -> Option<(Vec<Code>, String)> {
    let picture = still(&format!("codes/{name}.png"))?;
    let expected = String::from_utf8(media(&format!("codes/{name}.txt"))?).unwrap();
    Some((CodeReader::new().read(&picture), expected))
}

#[test]
fn every_code_says_what_was_written_into_it() {
    let files = [
        ("qrcode-1_1", "QR-Code"),
        ("qrcode-2_1", "QR-Code"),
        ("qrcode-2_12", "QR-Code"),
        ("qrcode-3_01", "QR-Code"),
        ("qrcode-4_01", "QR-Code"),
        ("qrcode-5_01", "QR-Code"),
        ("qrcode-6_1", "QR-Code"),
        ("ean13-2_01", "EAN-13"),
        ("ean8-1_5", "EAN-8"),
        ("code128-1_2", "CODE-128"),
        ("code39-1_2", "CODE-39"),
        ("itf-1_3", "I2/5"),
    ];
    for (name, symbology) in files {
        let Some((codes, expected)) = read(name) else { return };
        let found: Vec<_> = codes.iter().map(|code| (code.symbology.name(), code.text.as_str())).collect();
        assert_eq!(found, [(symbology, expected.as_str())], "{name}");
    }
}

#[test]
fn nothing_is_read_where_there_is_no_code() {
    for name in ["codes/falsepositive_12.png", "face/astronaut.png", "face/two_people.jpg"] {
        let Some(picture) = still(name) else { return };
        assert_eq!(CodeReader::new().read(&picture), [], "{name}");
    }
}

#[test]
fn bars_are_read_standing_and_lying() {
    let Some(picture) = still("codes/ean13-2_01.png") else { return };
    let (width, height) = (picture.width(), picture.height());
    let lying = painted(height, width, |plane, column, row| sample(&picture, plane, row, column));
    assert_eq!(CodeReader::new().read(&lying), CodeReader::new().read(&picture));
}

/// Several pictures side by side, each enlarged so many times.
fn beside(pictures: &[Picture], times: u32) -> Picture {
    let width: u32 = pictures.iter().map(|picture| picture.width() * times).sum();
    let height = pictures.iter().map(|picture| picture.height() * times).max().unwrap_or(2);
    painted(width, height, |plane, column, row| {
        let (mut left, row) = (column / times as usize, row / times as usize);
        for picture in pictures {
            let size = picture.planes()[plane];
            if left < size.width {
                return if row < size.height { sample(picture, plane, left, row) } else { 235 };
            }
            left -= size.width;
        }
        128
    })
}

#[test]
fn two_codes_of_one_picture_are_both_read_and_so_is_a_large_one() {
    let (Some(one), Some(other)) = (still("codes/qrcode-3_01.png"), still("codes/qrcode-5_01.png")) else { return };
    let both = beside(&[one.clone(), other], 1);
    assert_eq!(CodeReader::new().read(&both).len(), 2);
    let large = beside(std::slice::from_ref(&one), 8);
    assert_eq!(large.width(), 1_920);
    assert_eq!(CodeReader::new().read(&large), CodeReader::new().read(&one));
}
