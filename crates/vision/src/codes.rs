//! QR codes and bar codes in a picture, by rxing on its luma.
//!
//! A picture is looked at in several ways, each of which finds one code at the most: as it is; by its halves, where there
//! may be another QR code; and made ready for bars, which are the same in many rows: rows averaged against noise,
//! and edges sharpened against a lens that is out of focus. All of them are quick; together they find more than rxing does
//! by trying harder, in less time.

use rxing::common::{GlobalHistogramBinarizer, HybridBinarizer};
use rxing::{
    BarcodeFormat, Binarizer, BinaryBitmap, DecodeHints, Luma8Source, LuminanceSource, MultiFormatReader, RXingResult,
    Reader,
};
use trellis_media::Picture;

/// Pictures are looked at in this width at the most: a code whose bars are thinner is not looked for.
const LOOK_WIDTH: usize = 1_280;
/// Rows that are averaged to look for bars.
const BAR_ROWS: usize = 8;

/// A kind of code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Symbology {
    /// QR code (ISO/IEC 18004).
    QrCode,
    /// EAN-13; UPC-A and UPC-E too, which are shorter ways to write one.
    Ean13,
    /// EAN-8.
    Ean8,
    /// Code 128.
    Code128,
    /// Code 39.
    Code39,
    /// Code 93.
    Code93,
    /// Interleaved 2 of 5.
    Interleaved2Of5,
    /// Codabar.
    Codabar,
    /// GS1 DataBar.
    DataBar,
    /// GS1 DataBar Expanded.
    DataBarExpanded,
}

impl Symbology {
    /// Its name as ZBar, and so Kurento, writes it.
    pub fn name(self) -> &'static str {
        match self {
            Symbology::QrCode => "QR-Code",
            Symbology::Ean13 => "EAN-13",
            Symbology::Ean8 => "EAN-8",
            Symbology::Code128 => "CODE-128",
            Symbology::Code39 => "CODE-39",
            Symbology::Code93 => "CODE-93",
            Symbology::Interleaved2Of5 => "I2/5",
            Symbology::Codabar => "Codabar",
            Symbology::DataBar => "DataBar",
            Symbology::DataBarExpanded => "DataBar-Exp",
        }
    }
}

/// A code that was read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Code {
    /// What kind of code it is.
    pub symbology: Symbology,
    /// What it says.
    pub text: String,
}

/// Reads the codes of pictures.
pub struct CodeReader {
    luma: Luma,
    bars: Luma,
    /// Everything.
    any: DecodeHints,
    /// In the halves of a picture.
    qr: DecodeHints,
    /// In every row of what is made ready for bars: those that have a check digit, as others would be seen anywhere.
    checked_bars: DecodeHints,
}

/// Samples of so many columns and rows, without a gap.
#[derive(Default)]
struct Luma {
    samples: Vec<u8>,
    width: usize,
    height: usize,
}

fn hints(formats: &[BarcodeFormat]) -> DecodeHints {
    DecodeHints { PossibleFormats: Some(formats.iter().copied().collect()), ..DecodeHints::default() }
}

impl Default for CodeReader {
    fn default() -> Self {
        Self::new()
    }
}

impl CodeReader {
    /// A reader.
    pub fn new() -> CodeReader {
        let checked = [
            BarcodeFormat::EAN_13,
            BarcodeFormat::EAN_8,
            BarcodeFormat::UPC_A,
            BarcodeFormat::UPC_E,
            BarcodeFormat::CODE_128,
            BarcodeFormat::CODE_93,
            BarcodeFormat::RSS_14,
            BarcodeFormat::RSS_EXPANDED,
        ];
        let others = [BarcodeFormat::QR_CODE, BarcodeFormat::CODE_39, BarcodeFormat::ITF, BarcodeFormat::CODABAR];
        CodeReader {
            luma: Luma::default(),
            bars: Luma::default(),
            any: hints(&[&checked[..], &others].concat()),
            qr: hints(&[BarcodeFormat::QR_CODE]),
            checked_bars: DecodeHints { TryHarder: Some(true), ..hints(&checked) },
        }
    }

    /// The codes of a picture, each once.
    pub fn read(&mut self, picture: &Picture) -> Vec<Code> {
        self.luma.take(picture);
        let mut codes: Vec<Code> = Vec::new();
        let mut found = |code: Option<Code>| {
            let new = code.filter(|code| !codes.contains(code));
            codes.extend(new);
        };
        let Some(whole) = self.luma.source() else { return codes };
        let as_it_is = decode(HybridBinarizer::new(whole.clone()), &self.any);
        found(as_it_is.or_else(|| decode(GlobalHistogramBinarizer::new(whole.clone()), &self.qr)));
        for half in self.luma.halves() {
            found(decode(HybridBinarizer::new(half), &self.qr));
        }
        // Bars that stand, and bars that lie.
        let turned = whole.rotate_counter_clockwise().ok();
        for source in [Some(whole), turned].into_iter().flatten() {
            self.bars.sharpen(&source);
            found(self.bars.source().and_then(|bars| decode(HybridBinarizer::new(bars), &self.checked_bars)));
        }
        codes
    }
}

/// One code.
fn decode<B: Binarizer>(binarizer: B, hints: &DecodeHints) -> Option<Code> {
    // Where there is no code, that is the error.
    let result = MultiFormatReader::default().decode_with_hints(&mut BinaryBitmap::new(binarizer), hints).ok()?;
    code_of(&result)
}

impl Luma {
    fn source(&self) -> Option<Luma8Source<'_>> {
        Luma8Source::new_with_slice(&self.samples, self.width as u32, self.height as u32).ok()
    }

    /// Left, right, upper and lower half.
    fn halves(&self) -> impl Iterator<Item = Luma8Source<'_>> {
        let (across, down) = (self.width / 2, self.height / 2);
        let halves = [
            (0, 0, across, self.height),
            (across, 0, self.width - across, self.height),
            (0, 0, self.width, down),
            (0, down, self.width, self.height - down),
        ];
        let area = |(_, _, width, height): &(usize, usize, usize, usize)| *width > 0 && *height > 0;
        let cut = |(left, top, width, height)| self.source()?.crop(left, top, width, height).ok();
        halves.into_iter().filter(area).filter_map(cut)
    }

    /// The luma of a picture; of a large one the means of blocks.
    fn take(&mut self, picture: &Picture) {
        let step = (picture.width() as usize).div_ceil(LOOK_WIDTH).max(1);
        (self.width, self.height) = (picture.width() as usize / step, picture.height() as usize / step);
        let (luma, stride) = picture.plane(0);
        self.samples.clear();
        for rows in luma.chunks(stride * step).take(self.height) {
            if step == 1 {
                self.samples.extend_from_slice(&rows[..self.width]);
                continue;
            }
            self.samples.extend((0..self.width).map(|x| {
                let block = rows.chunks(stride).flat_map(|row| &row[x * step..(x + 1) * step]);
                let sum: usize = block.map(|sample| usize::from(*sample)).sum();
                (sum / (step * step)) as u8
            }));
        }
    }

    /// Makes a picture ready for bars.
    fn sharpen(&mut self, source: &Luma8Source<'_>) {
        let matrix = source.get_matrix();
        (self.width, self.height) = (source.get_width(), source.get_height() / BAR_ROWS);
        self.samples.clear();
        let mut mean = vec![0_i32; self.width];
        for rows in matrix.chunks_exact((self.width * BAR_ROWS).max(1)) {
            mean.fill(0);
            for row in rows.chunks_exact(self.width) {
                mean.iter_mut().zip(row).for_each(|(sum, sample)| *sum += i32::from(*sample));
            }
            mean.iter_mut().for_each(|sum| *sum /= BAR_ROWS as i32);
            let last = self.width.saturating_sub(1);
            self.samples.extend((0..self.width).map(|x| {
                let beside = mean[x.saturating_sub(1)] + mean[(x + 1).min(last)];
                (3 * mean[x] - beside).clamp(0, 255) as u8
            }));
        }
    }
}

fn code_of(result: &RXingResult) -> Option<Code> {
    let text = result.getText().to_owned();
    let (symbology, text) = match result.getBarcodeFormat() {
        BarcodeFormat::QR_CODE => (Symbology::QrCode, text),
        BarcodeFormat::EAN_13 => (Symbology::Ean13, text),
        BarcodeFormat::UPC_A => (Symbology::Ean13, format!("0{text}")),
        BarcodeFormat::UPC_E => (Symbology::Ean13, format!("0{}", expanded(&text)?)),
        BarcodeFormat::EAN_8 => (Symbology::Ean8, text),
        BarcodeFormat::CODE_128 => (Symbology::Code128, text),
        BarcodeFormat::CODE_39 => (Symbology::Code39, text),
        BarcodeFormat::CODE_93 => (Symbology::Code93, text),
        BarcodeFormat::ITF => (Symbology::Interleaved2Of5, text),
        BarcodeFormat::CODABAR => (Symbology::Codabar, text),
        BarcodeFormat::RSS_14 => (Symbology::DataBar, text),
        BarcodeFormat::RSS_EXPANDED => (Symbology::DataBarExpanded, text),
        _ => return None,
    };
    Some(Code { symbology, text })
}

/// The UPC-A number that the eight digits of a UPC-E stand for (GS1 General Specifications, section 5.2.2.4): the sixth
/// of the middle ones says where zeros were left out.
fn expanded(upc_e: &str) -> Option<String> {
    let digit = |at: usize| upc_e.get(at..=at).filter(|digit| digit.as_bytes()[0].is_ascii_digit());
    let digits: Vec<&str> = (0..8).map(digit).collect::<Option<_>>()?;
    let [system, a, b, c, d, e, last, check] = digits.try_into().ok()?;
    let middle = match last {
        "0" | "1" | "2" => format!("{a}{b}{last}0000{c}{d}{e}"),
        "3" => format!("{a}{b}{c}00000{d}{e}"),
        "4" => format!("{a}{b}{c}{d}00000{e}"),
        _ => format!("{a}{b}{c}{d}{e}0000{last}"),
    };
    Some(format!("{system}{middle}{check}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_number_is_the_long_one_that_it_stands_for() {
        // Each pair has the check digit of the long form.
        let pairs = [("04252614", "042100005264"), ("01234531", "012300000451"), ("01234565", "012345000065")];
        for (short, long) in pairs {
            assert_eq!(expanded(short).as_deref(), Some(long));
        }
        assert_eq!(expanded("0123456"), None);
    }

    #[test]
    fn a_picture_of_nothing_says_nothing() {
        for (width, height) in [(1, 1), (16, 16), (640, 480), (2_000, 10)] {
            assert_eq!(CodeReader::new().read(&Picture::black(width, height).unwrap()), []);
        }
    }
}
