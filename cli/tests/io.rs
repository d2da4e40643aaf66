//! Image files: what tifffile wrote is read, what is written is read back by us and by another decoder, and damaged
//! files are errors.

use kernwerk_cli::io::{self, Compression, IoError, WriteOptions};
use kernwerk_runtime::{Axes, DType, HostData, HostImage, VoxelSize};
use std::fs;
use std::path::{Path, PathBuf};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// A folder of its own for a test, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("kernwerk-io-{test}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Numbers that count up, as in all fixtures.
fn ramp(dtype: DType, len: usize) -> HostData {
    let values = 0..len;
    match dtype {
        DType::U8 => HostData::U8(values.map(|value| value as u8).collect()),
        DType::I8 => HostData::I8(values.map(|value| value as i8).collect()),
        DType::U16 => HostData::U16(values.map(|value| value as u16).collect()),
        DType::I16 => HostData::I16(values.map(|value| value as i16).collect()),
        DType::U32 => HostData::U32(values.map(|value| value as u32).collect()),
        DType::I32 => HostData::I32(values.map(|value| value as i32).collect()),
        DType::F32 => HostData::F32(values.map(|value| value as f32).collect()),
        DType::U64 => HostData::U64(values.map(|value| value as u64).collect()),
        DType::I64 => HostData::I64(values.map(|value| value as i64).collect()),
        DType::F64 => HostData::F64(values.map(|value| value as f64).collect()),
        DType::F16 => HostData::F16(values.map(|value| half::f16::from_f32(value as f32)).collect()),
    }
}

fn check_fixture(name: &str, axes: &str, shape: &[usize], dtype: DType, voxel_size: Option<[f64; 3]>) {
    let image = io::read(&fixture(name)).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((image.axes().as_str(), image.shape()), (axes, shape), "{name}");
    assert_eq!(image.data(), &ramp(dtype, shape.iter().product()), "{name}");
    let found = image.voxel_size().map(|size| [size.x, size.y, size.z].map(|size| (size * 1e9).round() / 1e9));
    assert_eq!(found, voxel_size, "{name}");
    assert!(image.voxel_size().is_none_or(|size| size.unit == "µm"), "{name}");
}

#[test]
fn files_of_tifffile_are_read() {
    check_fixture("imagej_5d.tif", "tczyx", &[2, 3, 4, 5, 7], DType::U16, Some([0.26, 0.25, 0.29]));
    check_fixture("imagej_big_endian.tif", "zyx", &[3, 5, 7], DType::F32, None);
    check_fixture("imagej_one_directory.tif", "zyx", &[4, 5, 7], DType::U16, Some([1.0, 1.0, 2.0]));
    check_fixture("order_xyctz.ome.tif", "tczyx", &[2, 3, 4, 5, 7], DType::I16, Some([0.26, 0.25, 0.29]));
    check_fixture("plain.tif", "zyx", &[3, 5, 7], DType::U8, None);
    check_fixture("lzw_predictor.tif", "zyx", &[3, 40, 30], DType::U16, None);
    check_fixture("packbits_big_tiff.tif", "zyx", &[3, 5, 7], DType::I32, None);
    check_fixture("float_predictor_tiles.tif", "zyx", &[2, 40, 50], DType::F32, None);
    check_fixture("tiles.tif", "zyx", &[2, 40, 50], DType::U32, None);
    check_fixture("rgb.tif", "cyx", &[3, 5, 7], DType::U8, None);
    check_fixture("rgb_planar.tif", "cyx", &[3, 5, 7], DType::U16, None);
    check_fixture("palette.tif", "yx", &[5, 7], DType::U8, None);
    check_fixture("white_is_zero.tif", "yx", &[5, 7], DType::U8, None);
    check_fixture("centimetres.tif", "yx", &[5, 7], DType::U16, Some([0.5, 0.25, 1.0]));
    let mask = io::read(&fixture("mask_1bit.tif")).unwrap();
    let expected = (0..65).map(|pixel| u8::from(pixel % 3 == 0)).collect();
    assert_eq!((mask.shape(), mask.data()), (&[5, 13][..], &HostData::U8(expected)));
}

#[test]
fn elements_of_64_and_of_half_the_bits_are_read() {
    for (name, dtype) in [("f2", DType::F16), ("f8", DType::F64), ("u8", DType::U64), ("i8", DType::I64)] {
        let image = io::read(&fixture(&format!("rare_{name}.tif"))).unwrap();
        assert_eq!(image.dtype(), dtype, "{name}");
    }
}

const SHAPES: [(&str, &[usize]); 9] = [
    ("yx", &[5, 7]),
    ("zyx", &[3, 5, 7]),
    ("tyx", &[3, 5, 7]),
    ("cyx", &[3, 5, 7]),
    ("czyx", &[2, 3, 5, 7]),
    ("tczyx", &[2, 3, 4, 5, 7]),
    // Axes of extent 1 and planes of a single row or column are kept as they are.
    ("tczyx", &[1, 2, 1, 5, 7]),
    ("zyx", &[1, 1, 7]),
    ("tzyx", &[2, 1, 5, 1]),
];

/// Every element type, axes, compression and kind of TIFF: read back as it was, by us and by the `tiff` crate.
#[test]
fn tiff_round_trip() {
    let folder = Folder::new("round-trip");
    let voxel_sizes = [None, Some(VoxelSize { x: 0.26, y: 0.123_456_789, z: 1.0 / 3.0, unit: "µm".into() })];
    for dtype in DType::ALL {
        for (axes, shape) in SHAPES {
            for (index, compression) in
                [Compression::None, Compression::Deflate, Compression::Lzw].into_iter().enumerate()
            {
                for predictor in [false, true] {
                    let data = ramp(dtype, shape.iter().product());
                    let voxel_size = voxel_sizes[(index + usize::from(predictor)) % 2].clone();
                    let image = HostImage::new(Axes::new(axes).unwrap(), shape, data).unwrap();
                    let image = image.with_voxel_size(voxel_size);
                    let options = WriteOptions { compression, predictor, big_tiff: predictor };
                    for name in ["image.tif", "image.OME.TIFF"] {
                        let path = folder.file(name);
                        io::write(&path, &image, &options).unwrap();
                        let read = io::read(&path).unwrap_or_else(|error| panic!("{axes} {options:?}: {error}"));
                        assert_eq!(read, image, "{axes} {shape:?} {options:?} {name}");
                        let same_order = name != "image.tif" || !axes.contains("cz");
                        assert!(!same_order || pages_of_another_decoder(&path) == image.data().bytes());
                    }
                }
            }
        }
    }
}

/// All pages of a file one after the other, as the `tiff` crate reads them.
fn pages_of_another_decoder(path: &Path) -> Vec<u8> {
    let file = std::io::BufReader::new(fs::File::open(path).unwrap());
    let mut decoder = tiff::decoder::Decoder::new(file).unwrap();
    let mut bytes = Vec::new();
    loop {
        bytes.extend_from_slice(decoder.read_image().unwrap().as_buffer(0).as_bytes());
        if !decoder.more_images() {
            return bytes;
        }
        decoder.next_image().unwrap();
    }
}

#[test]
fn pages_of_many_strips() {
    let folder = Folder::new("strips");
    let path = folder.file("image.tif");
    let shape = [2, 700, 1100];
    for dtype in [DType::U8, DType::U16, DType::F32] {
        let data = ramp(dtype, shape.iter().product());
        let image = HostImage::new(Axes::new("zyx").unwrap(), &shape, data).unwrap();
        for compression in [Compression::None, Compression::Deflate, Compression::Lzw] {
            io::write(&path, &image, &WriteOptions { compression, predictor: true, big_tiff: false }).unwrap();
            assert!(io::read(&path).unwrap() == image, "{dtype} {compression:?}");
            assert!(pages_of_another_decoder(&path) == image.data().bytes());
        }
    }
}

#[test]
fn units_of_any_spelling_survive() {
    let folder = Folder::new("units");
    for unit in ["µm", "nm", "mm", "Å", "pixel", "light years", "a<b>&\"c\""] {
        for (name, dtype) in [("image.tif", DType::U8), ("image.ome.tif", DType::U8), ("signed.tif", DType::I16)] {
            let voxel_size = VoxelSize { x: 2.0, y: 3.5, z: 4.25, unit: unit.into() };
            let image = HostImage::new(Axes::new("yx").unwrap(), &[2, 3], ramp(dtype, 6)).unwrap();
            let image = image.with_voxel_size(Some(voxel_size));
            let path = folder.file(name);
            io::write(&path, &image, &WriteOptions::default()).unwrap();
            assert_eq!(io::read(&path).unwrap(), image);
        }
    }
}

#[test]
fn npy_round_trip() {
    let folder = Folder::new("npy");
    let path = folder.file("image.npy");
    for dtype in DType::ALL {
        for shape in [&[5, 7][..], &[3, 5, 7], &[2, 3, 5, 7], &[2, 1, 3, 5, 7]] {
            let axes = Axes::default_for(shape.len()).unwrap();
            let image = HostImage::new(axes, shape, ramp(dtype, shape.iter().product())).unwrap();
            io::write(&path, &image, &WriteOptions::default()).unwrap();
            assert_eq!(io::read(&path).unwrap(), image);
            assert_eq!((fs::metadata(&path).unwrap().len() as usize - image.data().bytes().len()) % 64, 0);
        }
    }
}

#[test]
fn names_and_places_that_cannot_work() {
    let folder = Folder::new("names");
    let image = HostImage::new(Axes::new("yx").unwrap(), &[1, 2], HostData::U8(vec![1, 2])).unwrap();
    let write = |path: &Path| io::write(path, &image, &WriteOptions::default()).unwrap_err();
    let error = write(&folder.file("image.jpg"));
    assert!(matches!(error, IoError::Ending { .. }) && error.to_string().contains(".npy"), "{error}");
    let error = write(&folder.file("missing/image.tif"));
    assert!(error.to_string().contains("image.tif: cannot write") && error.to_string().contains("folder"), "{error}");
    let error = io::read(&folder.file("missing.tif")).unwrap_err();
    assert!(error.to_string().contains("missing.tif: cannot read"), "{error}");
    fs::create_dir(folder.file("folder.tif")).unwrap();
    for error in [io::read(&folder.file("folder.tif")).unwrap_err(), write(&folder.file("folder.tif"))] {
        assert!(error.to_string().contains("name a file"), "{error}");
    }
    // Nothing of the failures is left beside.
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 1);
}

/// Every fixture cut off at many lengths and with bytes changed one at a time: an error or an image, never a panic.
#[test]
fn damaged_files_are_errors() {
    let folder = Folder::new("damaged");
    let npy = folder.file("image.npy");
    let image = HostImage::new(Axes::new("zyx").unwrap(), &[3, 5, 7], ramp(DType::U16, 105)).unwrap();
    io::write(&npy, &image, &WriteOptions::default()).unwrap();
    let fixtures = fs::read_dir(fixture("")).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<PathBuf> = fixtures.filter(|path| path.extension().is_some_and(|ending| ending == "tif")).collect();
    assert!(files.len() > 15);
    for path in files.into_iter().chain([npy]) {
        let bytes = fs::read(&path).unwrap();
        let damaged = folder.file(&format!("damaged.{}", path.extension().unwrap().to_string_lossy()));
        for len in (0..bytes.len()).step_by(97) {
            fs::write(&damaged, &bytes[..len]).unwrap();
            if let Err(error) = io::read(&damaged) {
                assert!(error.to_string().contains("damaged."), "{error}");
            }
        }
        // The structure stands at the beginning and the end; pixels in between are worth fewer tries.
        let step = (bytes.len() / 700).max(1);
        for at in (0..bytes.len()).step_by(step).chain(0..bytes.len().min(16)) {
            for change in [0xff, 0x01, 0x80] {
                let mut bytes = bytes.clone();
                bytes[at] ^= change;
                fs::write(&damaged, &bytes).unwrap();
                let _ = io::read(&damaged);
            }
        }
    }
}

#[test]
fn images_of_this_repository() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data");
    let nuclei = io::read(&data.join("nuclei_3d.tif")).unwrap();
    assert_eq!((nuclei.axes().as_str(), nuclei.shape(), nuclei.dtype()), ("zyx", &[60, 256, 256][..], DType::U16));
    assert_eq!(nuclei.voxel_size(), Some(&VoxelSize { x: 0.26, y: 0.26, z: 0.29, unit: "µm".into() }));
    let HostData::U16(values) = nuclei.data() else { panic!("checked above") };
    let mean = values.iter().map(|&value| f64::from(value)).sum::<f64>() / values.len() as f64;
    assert_eq!((mean * 1000.0).round(), 7_014_643.0);
    let blobs = io::read(&data.join("blobs.tif")).unwrap();
    assert_eq!((blobs.axes().as_str(), blobs.shape(), blobs.dtype()), ("yx", &[254, 256][..], DType::U8));
}
