//! Scrubs HEIC photos, the format iPhones take them in, without decoding them.
//!
//! Such a file is a tree of boxes, each a length, a four-letter type and a body. The box `meta`
//! lists the items of the file (the picture, the tiles it is made of, its EXIF, its XMP) and, as
//! offsets into the file, where in the box `mdat` or `idat` each of them lies. So nothing may be
//! moved, and what has to go is overwritten with zeros where it is.
//!
//! The rule is to keep what is known to make up the picture and to overwrite everything else: a
//! kind of note that is invented next year is gone too, and so is what was hidden between items.
//! A file that cannot be followed to its last byte is refused, since nobody could tell what it
//! would keep; in here that is `None`. The rotation is a property (`irot`), so it stays.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::slice;

use super::photo::{Photo, PhotoError, check_size};

type Span = Range<usize>;
type Kind = [u8; 4];
type Size = (u32, u32);

/// Brands of files whose pictures are HEVC.
const HEVC: [&Kind; 6] = [b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"];

/// The longest list of brands, in bytes; a handful of brands is usual.
const MAX_BRANDS: usize = 256;

/// The most boxes in a box. A 48-megapixel photo has some two hundred items.
const MAX_ENTRIES: usize = 4_096;

/// The most pieces that items may lie in, all together; one an item is usual.
const MAX_PIECES: usize = 16_384;

/// Items that make up a picture: coded pictures, their tiles, and what is composed of them.
fn is_picture(item: Kind) -> bool {
    let coded = matches!(&item, b"hvc1" | b"lhv1" | b"hvt1");
    coded || matches!(&item, b"grid" | b"iovl" | b"iden" | b"tmap")
}

/// Properties that a viewer needs. Others name or describe a picture, or tell when it was taken
/// and where the camera stood.
fn is_needed(property: Kind) -> bool {
    let coding = matches!(&property, b"hvcC" | b"lhvC" | b"lsel" | b"oinf" | b"tols");
    let shape = matches!(&property, b"ispe" | b"pasp" | b"clap" | b"irot" | b"imir");
    let light = matches!(&property, b"clli" | b"mdcv" | b"cclv" | b"amve");
    coding || shape || light || matches!(&property, b"colr" | b"pixi" | b"auxC" | b"rloc")
}

/// Tells the content type of a HEIC or HEIF file by its brands; `None` if it is neither.
pub(super) fn recognise(bytes: &[u8]) -> Option<&'static str> {
    let mut reader = Reader { left: bytes };
    let size = usize::try_from(reader.number(4)?).ok()?;
    if &reader.kind()? != b"ftyp" {
        return None;
    }
    let major = reader.kind()?;
    let compatible = bytes.get(16..size.min(bytes.len())).unwrap_or_default();
    let hevc = |brand: &[u8]| HEVC.iter().any(|known| known.as_slice() == brand);
    if hevc(&major) || compatible.chunks_exact(4).any(hevc) {
        return Some("image/heic");
    }
    matches!(&major, b"mif1" | b"msf1").then_some("image/heif")
}

/// Overwrites everything in the file that is not the picture, and tells its size as shown.
pub(super) fn clean(bytes: &[u8], content_type: &'static str) -> Result<Photo, PhotoError> {
    let mut out = bytes.to_vec();
    let ((width, height), all) = scrub(bytes, &mut out).ok_or(PhotoError::Damaged)?;
    all.into_iter().try_for_each(|(width, height)| check_size(width, height))?;
    Ok(Photo { bytes: out, content_type, width, height })
}

/// Gives the size of the picture as shown and all sizes that the file claims.
fn scrub(bytes: &[u8], out: &mut [u8]) -> Option<(Size, Vec<Size>)> {
    let mut meta = None;
    let mut media = Vec::new();
    for (position, atom) in atoms(bytes, 0..bytes.len())?.into_iter().enumerate() {
        match (&atom.kind, position) {
            (b"ftyp", 0) if atom.body.len() <= MAX_BRANDS => {}
            (b"meta", _) => set_once(&mut meta, atom.body)?,
            (b"mdat", _) => media.push(atom.body),
            (b"ftyp", _) => return None,
            _ => blank(out, &atom)?,
        }
    }

    let (mut primary, mut infos, mut locations) = (None, None, None);
    let (mut properties, mut inline) = (None, None);
    for atom in atoms(bytes, skip(&meta?, 4)?)? {
        match &atom.kind {
            b"pitm" => set_once(&mut primary, atom.body)?,
            b"iinf" => set_once(&mut infos, atom.body)?,
            b"iloc" => set_once(&mut locations, atom.body)?,
            b"iprp" => set_once(&mut properties, atom.body)?,
            b"idat" => set_once(&mut inline, atom.body)?,
            // Its name, which says what wrote the file.
            b"hdlr" => zero(out, skip(&atom.body, 24)?)?,
            b"iref" | b"dinf" | b"grpl" => {}
            _ => blank(out, &atom)?,
        }
    }
    let mut reader = Reader::of(bytes, &primary?)?;
    let (version, _) = reader.version()?;
    let primary = reader.id(version > 0)?;
    let items = read_items(bytes, &infos?, out)?;
    let places = read_places(bytes, &locations?, &media, inline.as_ref())?;
    let sizes = read_sizes(bytes, properties?, primary, out)?;
    items.get(&primary).filter(|&&kind| is_picture(kind))?;

    let (mut kept, mut private) = (Vec::new(), Vec::new());
    for (item, &kind) in &items {
        let place = places.get(item).map(Vec::as_slice).unwrap_or_default();
        if is_picture(kind) {
            kept.extend_from_slice(place);
        } else if matches!(&kind, b"Exif" | b"mime") && place.is_empty() {
            return None;
        } else {
            private.extend_from_slice(place);
        }
    }
    kept.sort_unstable_by_key(|span| span.start);
    media.extend(inline);
    for body in media {
        zero_between(out, &body, &kept)?;
    }
    // A file may claim that the same bytes are picture and note, and claim it a thousand times.
    private.sort_unstable_by_key(|span| span.start);
    let mut from = 0;
    for span in private {
        zero(out, span.start.max(from)..span.end.max(from))?;
        from = from.max(span.end);
    }
    Some(sizes)
}

/// Overwrites what no picture lies in. `kept` is in the order of the file.
fn zero_between(out: &mut [u8], body: &Span, kept: &[Span]) -> Option<()> {
    let mut from = body.start;
    for span in kept {
        if span.start >= body.start && span.end <= body.end {
            zero(out, from..span.start.max(from))?;
            from = from.max(span.end);
        }
    }
    zero(out, from..body.end)
}

/// Reads from `iinf` what kind each item is, and drops the items' names.
fn read_items(bytes: &[u8], body: &Span, out: &mut [u8]) -> Option<BTreeMap<u32, Kind>> {
    let (version, _) = Reader::of(bytes, body)?.version()?;
    let mut items = BTreeMap::new();
    for atom in atoms(bytes, skip(body, if version == 0 { 6 } else { 8 })?)? {
        if &atom.kind != b"infe" {
            blank(out, &atom)?;
            continue;
        }
        let mut reader = Reader::of(bytes, &atom.body)?;
        let (version, _) = reader.version()?;
        // Older versions tell no kind.
        matches!(version, 2 | 3).then_some(())?;
        let item = reader.id(version == 3)?;
        reader.take(2)?;
        let kind = reader.kind()?;
        zero(out, atom.body.end - reader.left.len()..atom.body.end)?;
        items.insert(item, kind).is_none().then_some(())?;
    }
    Some(items)
}

/// Reads from `iloc` where in the file each item lies. Every piece has to be inside a box that is
/// there to hold items, so that overwriting one cannot change what the file says about another.
fn read_places(bytes: &[u8], body: &Span, media: &[Span], inline: Option<&Span>) -> Option<BTreeMap<u32, Vec<Span>>> {
    let mut reader = Reader::of(bytes, body)?;
    let (version, _) = reader.version()?;
    let (offset_size, length_size) = reader.nibbles()?;
    let (base_size, index_size) = reader.nibbles()?;
    let index_size = if version == 0 { 0 } else { index_size };
    let sizes = [offset_size, length_size, base_size, index_size];
    if version > 2 || !sizes.iter().all(|size| matches!(size, 0 | 4 | 8)) {
        return None;
    }
    let mut places = BTreeMap::new();
    let mut pieces = 0;
    for _ in 0..reader.number(if version == 2 { 4 } else { 2 })? {
        let item = reader.id(version == 2)?;
        let method = reader.number(if version == 0 { 0 } else { 2 })? & 15;
        let file = reader.number(2)?;
        let (homes, origin) = match (file, method, inline) {
            (0, 0, _) => (media, 0),
            (0, 1, Some(inline)) => (slice::from_ref(inline), inline.start),
            // Elsewhere, such as in another file.
            _ => return None,
        };
        let base = reader.number(base_size)?;
        let mut place = Vec::new();
        for _ in 0..reader.number(2)? {
            reader.number(index_size)?;
            let offset = base.checked_add(reader.number(offset_size)?)?;
            let start = usize::try_from(offset).ok()?.checked_add(origin)?;
            let length = usize::try_from(reader.number(length_size)?).ok()?;
            let end = start.checked_add(length)?;
            let within = |home: &Span| home.start <= start && end <= home.end;
            pieces += 1;
            // No length stands for all there is.
            if length == 0 || pieces > MAX_PIECES || !homes.iter().any(within) {
                return None;
            }
            place.push(start..end);
        }
        places.insert(item, place).is_none().then_some(())?;
    }
    Some(places)
}

/// Reads from `iprp` how large the pictures are, and blanks the properties that no viewer needs.
fn read_sizes(bytes: &[u8], body: Span, primary: u32, out: &mut [u8]) -> Option<(Size, Vec<Size>)> {
    let mut properties = None;
    let mut wanted = BTreeSet::new();
    for atom in atoms(bytes, body)? {
        match &atom.kind {
            b"ipco" => set_once(&mut properties, atom.body)?,
            b"ipma" => read_associations(bytes, &atom.body, primary, &mut wanted)?,
            _ => blank(out, &atom)?,
        }
    }
    let mut all = Vec::new();
    let (mut size, mut sideways) = (None, false);
    for (number, atom) in (1..).zip(atoms(bytes, properties?)?) {
        let mut reader = Reader::of(bytes, &atom.body)?;
        let of_primary = wanted.contains(&number);
        match &atom.kind {
            b"ispe" => {
                reader.version()?;
                let claimed = (reader.id(true)?, reader.id(true)?);
                all.push(claimed);
                if of_primary {
                    size = Some(claimed);
                }
            }
            // In quarter turns.
            b"irot" if of_primary => sideways = reader.number(1)? & 1 == 1,
            _ if is_needed(atom.kind) => {}
            _ => blank(out, &atom)?,
        }
    }
    if sideways {
        size = size.map(|(width, height)| (height, width));
    }
    Some((size?, all))
}

/// Reads from `ipma` which properties, counted from one, an item has.
fn read_associations(bytes: &[u8], body: &Span, wanted: u32, found: &mut BTreeSet<u64>) -> Option<()> {
    let mut reader = Reader::of(bytes, body)?;
    let (version, flags) = reader.version()?;
    // The top bit of each says whether a viewer has to know the property.
    let (width, mask) = if flags & 1 == 1 { (2, 0x7FFF) } else { (1, 0x7F) };
    for _ in 0..reader.number(4)? {
        let item = reader.id(version > 0)?;
        for _ in 0..reader.number(1)? {
            let property = reader.number(width)? & mask;
            if item == wanted {
                found.insert(property);
            }
        }
    }
    Some(())
}

/// A box of the file; `Box` is something else in this language.
struct Atom {
    kind: Kind,
    /// Where the kind stands.
    label: Span,
    body: Span,
}

/// Splits a part of the file into boxes, which have to fill it to the last byte.
fn atoms(bytes: &[u8], within: Span) -> Option<Vec<Atom>> {
    let mut found = Vec::new();
    let mut start = within.start;
    while start < within.end {
        let mut reader = Reader::of(bytes, &(start..within.end))?;
        let room = reader.left.len();
        let mut size = usize::try_from(reader.number(4)?).ok()?;
        let kind = reader.kind()?;
        if size == 1 {
            size = usize::try_from(reader.number(8)?).ok()?;
        } else if size == 0 && within.end == bytes.len() {
            // To the end of the file.
            size = room;
        }
        let header = room - reader.left.len();
        if size < header || size > room || found.len() == MAX_ENTRIES {
            return None;
        }
        found.push(Atom { kind, label: start + 4..start + 8, body: start + header..start + size });
        start += size;
    }
    Some(found)
}

/// Turns a box into free space of the same size.
fn blank(out: &mut [u8], atom: &Atom) -> Option<()> {
    out.get_mut(atom.label.clone())?.copy_from_slice(b"free");
    zero(out, atom.body.clone())
}

fn zero(out: &mut [u8], span: Span) -> Option<()> {
    out.get_mut(span)?.fill(0);
    Some(())
}

/// What is left of a box after its first bytes.
fn skip(body: &Span, bytes: usize) -> Option<Span> {
    let start = body.start.checked_add(bytes)?;
    (start <= body.end).then_some(start..body.end)
}

/// For boxes that there may be one of: with two, programs differ in which of them counts.
fn set_once(slot: &mut Option<Span>, span: Span) -> Option<()> {
    slot.replace(span).is_none().then_some(())
}

/// Reads one number after the other, for as long as there are any.
struct Reader<'a> {
    left: &'a [u8],
}

impl<'a> Reader<'a> {
    fn of(bytes: &'a [u8], span: &Span) -> Option<Self> {
        let left = bytes.get(span.clone())?;
        Some(Self { left })
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, left) = self.left.split_at_checked(count)?;
        self.left = left;
        Some(taken)
    }

    /// A number of up to eight bytes; one of no bytes is zero.
    fn number(&mut self, size: usize) -> Option<u64> {
        let bytes = self.take(size)?.iter();
        Some(bytes.fold(0, |number, &byte| number << 8 | u64::from(byte)))
    }

    /// A number of 32 bits or, in the older versions of most boxes, of 16.
    fn id(&mut self, wide: bool) -> Option<u32> {
        u32::try_from(self.number(if wide { 4 } else { 2 })?).ok()
    }

    fn nibbles(&mut self) -> Option<(usize, usize)> {
        let byte = usize::try_from(self.number(1)?).ok()?;
        Some((byte >> 4, byte & 15))
    }

    fn kind(&mut self) -> Option<Kind> {
        self.take(4)?.first_chunk().copied()
    }

    /// The version and the flags of a box that has them.
    fn version(&mut self) -> Option<(u64, u64)> {
        Some((self.number(1)?, self.number(3)?))
    }
}
