//! Images in host memory with their axes and voxel size: what files are read into and written from.
//!
//! Invariant: `data` holds exactly `shape.iter().product()` elements, the last axis fastest, and `axes` names each
//! axis of `shape` once, in the order t, c, z, y, x.

use crate::{DType, Error, Result};

/// Elements in host memory.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum HostData {
    U8(Vec<u8>),
    I8(Vec<i8>),
    U16(Vec<u16>),
    I16(Vec<i16>),
    U32(Vec<u32>),
    I32(Vec<i32>),
    F32(Vec<f32>),
    U64(Vec<u64>),
    I64(Vec<i64>),
    F64(Vec<f64>),
    F16(Vec<half::f16>),
}

/// Runs one expression for whichever element type a [`HostData`] has: `host_data!(data, values => values.len())`.
#[macro_export]
macro_rules! host_data {
    ($data:expr, $values:ident => $body:expr) => {
        match $data {
            $crate::HostData::U8($values) => $body,
            $crate::HostData::I8($values) => $body,
            $crate::HostData::U16($values) => $body,
            $crate::HostData::I16($values) => $body,
            $crate::HostData::U32($values) => $body,
            $crate::HostData::I32($values) => $body,
            $crate::HostData::F32($values) => $body,
            $crate::HostData::U64($values) => $body,
            $crate::HostData::I64($values) => $body,
            $crate::HostData::F64($values) => $body,
            $crate::HostData::F16($values) => $body,
        }
    };
}

macro_rules! from_vectors {
    ($($variant:ident($ty:ty)),*) => {$(
        impl From<Vec<$ty>> for HostData {
            fn from(values: Vec<$ty>) -> HostData {
                HostData::$variant(values)
            }
        }
    )*};
}
from_vectors!(
    U8(u8),
    I8(i8),
    U16(u16),
    I16(i16),
    U32(u32),
    I32(i32),
    F32(f32),
    U64(u64),
    I64(i64),
    F64(f64),
    F16(half::f16)
);

impl HostData {
    /// The element type.
    pub fn dtype(&self) -> DType {
        match self {
            HostData::U8(_) => DType::U8,
            HostData::I8(_) => DType::I8,
            HostData::U16(_) => DType::U16,
            HostData::I16(_) => DType::I16,
            HostData::U32(_) => DType::U32,
            HostData::I32(_) => DType::I32,
            HostData::F32(_) => DType::F32,
            HostData::U64(_) => DType::U64,
            HostData::I64(_) => DType::I64,
            HostData::F64(_) => DType::F64,
            HostData::F16(_) => DType::F16,
        }
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        host_data!(self, values => values.len())
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Zeros.
    pub fn zeros(dtype: DType, len: usize) -> HostData {
        match dtype {
            DType::U8 => HostData::U8(vec![0; len]),
            DType::I8 => HostData::I8(vec![0; len]),
            DType::U16 => HostData::U16(vec![0; len]),
            DType::I16 => HostData::I16(vec![0; len]),
            DType::U32 => HostData::U32(vec![0; len]),
            DType::I32 => HostData::I32(vec![0; len]),
            DType::F32 => HostData::F32(vec![0.0; len]),
            DType::U64 => HostData::U64(vec![0; len]),
            DType::I64 => HostData::I64(vec![0; len]),
            DType::F64 => HostData::F64(vec![0.0; len]),
            DType::F16 => HostData::F16(vec![half::f16::ZERO; len]),
        }
    }

    /// An element as the nearest f64; only integers above 2⁵³ are rounded.
    pub fn number(&self, index: usize) -> f64 {
        match self {
            HostData::F16(values) => values[index].to_f64(),
            HostData::U64(values) => values[index] as f64,
            HostData::I64(values) => values[index] as f64,
            HostData::U8(values) => values[index].into(),
            HostData::I8(values) => values[index].into(),
            HostData::U16(values) => values[index].into(),
            HostData::I16(values) => values[index].into(),
            HostData::U32(values) => values[index].into(),
            HostData::I32(values) => values[index].into(),
            HostData::F32(values) => values[index].into(),
            HostData::F64(values) => values[index],
        }
    }

    /// All elements so.
    pub fn numbers(&self) -> Vec<f64> {
        (0..self.len()).map(|index| self.number(index)).collect()
    }

    /// The elements as bytes, in the machine's order.
    pub fn bytes(&self) -> &[u8] {
        host_data!(self, values => bytemuck::cast_slice(values))
    }

    /// The elements as bytes, writable.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        host_data!(self, values => bytemuck::cast_slice_mut(values))
    }
}

/// The size of a voxel in physical units.
#[derive(Clone, Debug, PartialEq)]
pub struct VoxelSize {
    /// Along x.
    pub x: f64,
    /// Along y.
    pub y: f64,
    /// Along z.
    pub z: f64,
    /// The unit, e.g. `µm`.
    pub unit: String,
}

/// The names of the axes of an array, a subsequence of `t c z y x` in that order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Axes(String);

impl Axes {
    /// Axes from letters such as `"zyx"` or `"tyx"`.
    ///
    /// # Errors
    /// If a letter is unknown, repeated or out of the order t, c, z, y, x, or if y or x is missing.
    pub fn new(letters: &str) -> Result<Axes> {
        let letters = letters.to_ascii_lowercase();
        let mut order = "tczyx".chars();
        let in_order = letters.chars().all(|letter| order.any(|known| known == letter));
        if in_order && letters.ends_with("yx") {
            return Ok(Axes(letters));
        }
        Err(Error::Shape {
            operation: "axes".into(),
            problem: format!("`{letters}` does not name axes in the order t, c, z, y, x, ending in `yx`"),
            remedy: "use for example yx, zyx, tyx, czyx or tczyx".into(),
        })
    }

    /// The default for a number of axes: `yx`, `zyx`, `czyx`, `tczyx`; `None` for another number.
    pub fn default_for(axes: usize) -> Option<Axes> {
        (2..=5).contains(&axes).then(|| Axes("tczyx"[5 - axes..].to_owned()))
    }

    /// The letters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Number of axes.
    pub fn count(&self) -> usize {
        self.0.len()
    }
}

/// An image in host memory.
#[derive(Clone, Debug, PartialEq)]
pub struct HostImage {
    axes: Axes,
    shape: Vec<usize>,
    data: HostData,
    voxel_size: Option<VoxelSize>,
}

impl HostImage {
    /// An image from its elements, the last axis fastest.
    ///
    /// # Errors
    /// If the number of axes or of elements does not fit, or if an extent is 0.
    pub fn new(axes: Axes, shape: &[usize], data: HostData) -> Result<HostImage> {
        let problem = if axes.count() != shape.len() {
            format!("the axes `{}` do not fit an array with {} axes", axes.as_str(), shape.len())
        } else if shape.contains(&0) {
            format!("an image of shape {shape:?} is empty")
        } else if shape.iter().product::<usize>() != data.len() {
            format!("{} elements do not fill the shape {shape:?}", data.len())
        } else {
            return Ok(HostImage { axes, shape: shape.to_vec(), data, voxel_size: None });
        };
        Err(Error::Shape { operation: "image".into(), problem, remedy: "check the shape of the array".into() })
    }

    /// The same image with a voxel size.
    #[must_use]
    pub fn with_voxel_size(mut self, voxel_size: Option<VoxelSize>) -> HostImage {
        self.voxel_size = voxel_size;
        self
    }

    /// The names of the axes.
    pub fn axes(&self) -> &Axes {
        &self.axes
    }

    /// The extents, slowest axis first.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The elements.
    pub fn data(&self) -> &HostData {
        &self.data
    }

    /// Gives the elements away.
    pub fn into_data(self) -> HostData {
        self.data
    }

    /// The element type.
    pub fn dtype(&self) -> DType {
        self.data.dtype()
    }

    /// The voxel size, if known.
    pub fn voxel_size(&self) -> Option<&VoxelSize> {
        self.voxel_size.as_ref()
    }

    /// The extents as (t, c, z, y, x), 1 where the image lacks the axis.
    pub fn shape5(&self) -> [usize; 5] {
        let mut full = [1; 5];
        for (letter, &extent) in self.axes.as_str().chars().zip(&self.shape) {
            if let Some(position) = "tczyx".find(letter) {
                full[position] = extent;
            }
        }
        full
    }
}
