//! Decodes a picture and writes it anew. Pure: bytes in, bytes out. What kind it is its first bytes say, never its name;
//! what is beside the pixels (text, places, profiles, further frames, whatever follows the end) does not come along.

use super::{MAX_PIXELS, MAX_SIDE, PictureRefused};
use jpeg_encoder::{ColorType, Encoder};
use png::Transformations;
use std::io::Cursor;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
const JPEG: &[u8] = b"\xff\xd8\xff";

/// Quality of JPEG, of 100.
const QUALITY: u8 = 88;

/// A picture written by this program.
pub(super) struct Anew {
    pub(super) kind: &'static str,
    pub(super) bytes: Vec<u8>,
    pub(super) width: usize,
    pub(super) height: usize,
}

pub(super) fn write_anew(file: &[u8]) -> Result<Anew, PictureRefused> {
    if file.starts_with(PNG) {
        png_anew(file)
    } else if file.starts_with(JPEG) {
        jpeg_anew(file)
    } else {
        Err(PictureRefused::UnknownKind)
    }
}

fn check_size(width: usize, height: usize) -> Result<(), PictureRefused> {
    let fits = width.max(height) <= MAX_SIDE && width.saturating_mul(height) <= MAX_PIXELS;
    if fits { Ok(()) } else { Err(PictureRefused::TooManyPixels) }
}

fn png_anew(file: &[u8]) -> Result<Anew, PictureRefused> {
    let limits = png::Limits { bytes: 4 * MAX_PIXELS };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(file), limits);
    decoder.set_transformations(Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(|_| PictureRefused::Broken)?;
    let (width, height) = reader.info().size();
    check_size(width as usize, height as usize)?;
    let size = reader.output_buffer_size().ok_or(PictureRefused::TooManyPixels)?;
    let mut pixels = vec![0; size];
    let frame = reader.next_frame(&mut pixels).map_err(|_| PictureRefused::Broken)?;
    pixels.truncate(frame.buffer_size());
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(frame.color_type);
    encoder.set_depth(frame.bit_depth);
    let mut writer = encoder.write_header().map_err(|_| PictureRefused::Broken)?;
    writer.write_image_data(&pixels).map_err(|_| PictureRefused::Broken)?;
    writer.finish().map_err(|_| PictureRefused::Broken)?;
    Ok(Anew { kind: "image/png", bytes, width: width as usize, height: height as usize })
}

fn jpeg_anew(file: &[u8]) -> Result<Anew, PictureRefused> {
    let options = DecoderOptions::default().jpeg_set_out_colorspace(ColorSpace::RGB);
    let options = options.set_max_width(MAX_SIDE).set_max_height(MAX_SIDE);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(file), options);
    decoder.decode_headers().map_err(|_| PictureRefused::Broken)?;
    let info = decoder.info().ok_or(PictureRefused::Broken)?;
    let (width, height) = (usize::from(info.width), usize::from(info.height));
    check_size(width, height)?;
    let pixels = decoder.decode().map_err(|_| PictureRefused::Broken)?;
    let turn = decoder.exif().and_then(|exif| orientation(exif)).unwrap_or(1);
    let (pixels, width, height) = upright(pixels, width, height, turn);
    let mut bytes = Vec::new();
    let sides = (u16::try_from(width).unwrap_or(0), u16::try_from(height).unwrap_or(0));
    let encoded = Encoder::new(&mut bytes, QUALITY).encode(&pixels, sides.0, sides.1, ColorType::Rgb);
    encoded.map_err(|_| PictureRefused::Broken)?;
    Ok(Anew { kind: "image/jpeg", bytes, width, height })
}

/// How a camera was held (Exif 2.3, tag 0x0112), 1 to 8: without it a phone's picture would lie on its side once the
/// data beside the pixels is gone.
fn orientation(exif: &[u8]) -> Option<u8> {
    let exif = exif.strip_prefix(b"Exif\0\0").unwrap_or(exif);
    let little = exif.starts_with(b"II");
    let short = |at: usize| {
        let pair = [*exif.get(at)?, *exif.get(at + 1)?];
        Some(if little { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) })
    };
    let long = |at: usize| {
        let (first, second) = (u32::from(short(at)?), u32::from(short(at + 2)?));
        usize::try_from(if little { second << 16 | first } else { first << 16 | second }).ok()
    };
    let directory = long(4)?;
    let entries = usize::from(short(directory)?);
    let entry = (0..entries.min(64)).map(|n| directory + 2 + 12 * n).find(|at| short(*at) == Some(0x0112))?;
    u8::try_from(short(entry + 8)?).ok().filter(|turn| (1..=8).contains(turn))
}

/// The pixels as they were seen.
fn upright(pixels: Vec<u8>, width: usize, height: usize, turn: u8) -> (Vec<u8>, usize, usize) {
    if turn == 1 {
        return (pixels, width, height);
    }
    let lies = turn >= 5;
    let (wide, high) = if lies { (height, width) } else { (width, height) };
    let mut turned = Vec::with_capacity(pixels.len());
    for y in 0..high {
        for x in 0..wide {
            let (from_x, from_y) = match turn {
                2 => (width - 1 - x, y),
                3 => (width - 1 - x, height - 1 - y),
                4 => (x, height - 1 - y),
                5 => (y, x),
                6 => (y, height - 1 - x),
                7 => (width - 1 - y, height - 1 - x),
                _ => (width - 1 - y, x),
            };
            let at = 3 * (from_y * width + from_x);
            turned.extend_from_slice(&pixels[at..at + 3]);
        }
    }
    (turned, wide, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width, height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.add_text_chunk("Comment".to_owned(), "<script>alert(1)</script>".to_owned()).unwrap();
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&vec![200; 3 * (width * height) as usize]).unwrap();
        writer.finish().unwrap();
        bytes
    }

    fn jpeg(width: u16, height: u16) -> Vec<u8> {
        let mut bytes = Vec::new();
        let pixels = vec![90; 3 * usize::from(width) * usize::from(height)];
        Encoder::new(&mut bytes, QUALITY).encode(&pixels, width, height, ColorType::Rgb).unwrap();
        bytes
    }

    #[test]
    fn what_stands_beside_the_pixels_does_not_come_along() {
        let mut file = png(4, 3);
        file.extend_from_slice(b"<html><script>alert(1)</script>");
        let anew = write_anew(&file).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((anew.kind, anew.width, anew.height), ("image/png", 4, 3));
        assert!(anew.bytes.starts_with(PNG) && !anew.bytes.windows(7).any(|part| part == b"<script"));
        let mut file = jpeg(5, 2);
        file.extend_from_slice(b"PK\x03\x04 a whole archive");
        let anew = write_anew(&file).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((anew.kind, anew.width, anew.height), ("image/jpeg", 5, 2));
        assert!(!anew.bytes.windows(2).any(|part| part == b"PK"));
    }

    #[test]
    fn bombs_and_other_kinds_are_refused() {
        // A header that promises more pixels than there may be.
        let mut bomb = png(1, 1);
        bomb[16..24].copy_from_slice(&[0, 0, 0x40, 0, 0, 0, 0x40, 0]);
        assert!(matches!(write_anew(&bomb), Err(PictureRefused::TooManyPixels | PictureRefused::Broken)));
        assert!(matches!(write_anew(&png(8_193, 1)), Err(PictureRefused::TooManyPixels)));
        for other in
            [b"GIF89a".as_slice(), b"<svg xmlns='http://www.w3.org/2000/svg'>", b"RIFF\0\0\0\0WEBP", b"", b"MZ"]
        {
            assert!(matches!(write_anew(other), Err(PictureRefused::UnknownKind)));
        }
        for (whole, cut) in [(png(9, 9), 40), (jpeg(9, 9), 60)] {
            assert!(matches!(write_anew(&whole[..cut]), Err(PictureRefused::Broken)));
        }
    }

    #[test]
    fn a_phones_picture_stands_upright() {
        // Two pixels side by side, A and B, as RGB.
        let pair = vec![1, 1, 1, 2, 2, 2];
        let (turned, wide, high) = upright(pair.clone(), 2, 1, 6);
        assert_eq!((turned, wide, high), (pair.clone(), 1, 2), "a quarter to the right: A above B");
        assert_eq!(upright(pair, 2, 1, 8), (vec![2, 2, 2, 1, 1, 1], 1, 2), "to the left: B above A");
        let exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
        assert_eq!(orientation(exif), Some(6));
        assert_eq!(orientation(b"Exif\0\0II"), None);
    }
}
