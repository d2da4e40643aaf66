//! One call of an operation as a plain Rust function sees it: voxels, neighbours and values of parameters.
//!
//! Invariant: nothing here uses a kernel or the CPU backend; boundaries are mapped voxel by voxel.

use kernwerk_codegen::ir::Boundary;
use kernwerk_runtime::{Arguments, HostImage, OpInfo, PerAxis};
use ndarray::{ArrayD, IxDyn};

/// A voxel of the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Voxel {
    /// Which image of the batch (t and c, counted together).
    pub n: usize,
    /// Column.
    pub x: i32,
    /// Row.
    pub y: i32,
    /// Plane.
    pub z: i32,
}

impl Voxel {
    /// Every voxel of an image with extents (t, c, z, y, x), in the order of memory.
    pub(crate) fn all([t, c, z, y, x]: [usize; 5]) -> impl Iterator<Item = Voxel> + use<> {
        let [x, y, z] = [x as i32, y as i32, z as i32];
        (0..t * c).flat_map(move |n| {
            (0..z).flat_map(move |z| (0..y).flat_map(move |y| (0..x).map(move |x| Voxel { n, x, y, z })))
        })
    }
}

/// One call: its inputs, its boundary and the values of its parameters.
pub struct Call {
    op: &'static OpInfo,
    inputs: Vec<HostImage>,
    /// The inputs, in f64, which holds every value of every element type but integers above 2⁵³.
    values: Vec<Vec<f64>>,
    boundary: Boundary,
    arguments: Arguments,
}

impl Call {
    pub(crate) fn new(op: &'static OpInfo, inputs: Vec<HostImage>, boundary: Boundary, arguments: Arguments) -> Call {
        let number = |image: &HostImage| image.data().numbers();
        let values = inputs.iter().map(number).collect();
        Call { op, inputs, values, boundary, arguments }
    }

    /// The inputs as they are stored.
    pub fn inputs(&self) -> &[HostImage] {
        &self.inputs
    }

    /// What lies outside the inputs.
    pub fn boundary(&self) -> Boundary {
        self.boundary
    }

    /// Extents along x, y and z of the first input.
    pub fn extent(&self) -> [i32; 3] {
        self.extent_of(0)
    }

    /// Extents along x, y and z of an input.
    pub fn extent_of(&self, input: usize) -> [i32; 3] {
        let [_, _, z, y, x] = self.inputs[input].shape5();
        [x as i32, y as i32, z as i32]
    }

    /// Number of images in the batch (t and c, counted together).
    pub fn batch(&self) -> usize {
        let [t, c, ..] = self.inputs[0].shape5();
        t * c
    }

    /// Every voxel of the inputs, in the order of memory.
    pub fn voxels(&self) -> impl Iterator<Item = Voxel> + use<> {
        Voxel::all(self.inputs[0].shape5())
    }

    /// A voxel of an input, as f32: what an operation sees that takes the image as f32.
    pub fn value(&self, input: usize, at: Voxel) -> f32 {
        self.exact(input, at) as f32
    }

    /// A voxel of an input, exactly: labels, and images that an operation takes as integers or as `T`.
    pub fn exact(&self, input: usize, at: Voxel) -> f64 {
        self.near_exact(input, at, [0, 0, 0])
    }

    /// The neighbour of a voxel at an offset (x, y, z), as f32; outside the image, what the boundary says.
    pub fn near(&self, input: usize, at: Voxel, offset: [i32; 3]) -> f32 {
        self.near_exact(input, at, offset) as f32
    }

    /// The neighbour of a voxel at an offset (x, y, z), exactly; outside the image, what the boundary says.
    ///
    /// A constant is given as it is; an operation that takes the image as integers or as `T` sees it rounded half to even
    /// and saturated.
    pub fn near_exact(&self, input: usize, at: Voxel, offset: [i32; 3]) -> f64 {
        let [t, c, z, y, x] = self.inputs[input].shape5();
        // One image may serve all of a batch.
        let n = if t * c == 1 { 0 } else { at.n };
        debug_assert!(n < t * c, "the voxel is one of the batch");
        let mut index = n as i64;
        for (coordinate, extent) in [(at.z + offset[2], z), (at.y + offset[1], y), (at.x + offset[0], x)] {
            match self.boundary.index(i64::from(coordinate), extent as i64) {
                Some(inside) => index = index * extent as i64 + inside,
                None => {
                    let Boundary::Constant(value) = self.boundary else { unreachable!("the others map everything") };
                    return f64::from(value);
                }
            }
        }
        self.values[input][index as usize]
    }

    /// An input as an array of f32, with its axes.
    pub fn array(&self, input: usize) -> ArrayD<f32> {
        let values = self.values[input].iter().map(|&value| value as f32).collect();
        ArrayD::from_shape_vec(IxDyn(self.inputs[input].shape()), values).expect("an image fills its shape")
    }

    /// The value of a parameter of type f32.
    ///
    /// # Panics
    /// If there is no such parameter, as do all of these.
    pub fn f32(&self, parameter: &str) -> f32 {
        self.arguments.f32(self.index(parameter))
    }

    /// The value of a parameter of type u32.
    pub fn u32(&self, parameter: &str) -> u32 {
        self.arguments.u32(self.index(parameter))
    }

    /// The value of a parameter of type i32.
    pub fn i32(&self, parameter: &str) -> i32 {
        self.arguments.i32(self.index(parameter))
    }

    /// The value of a parameter of type bool.
    pub fn bool(&self, parameter: &str) -> bool {
        self.arguments.bool(self.index(parameter))
    }

    /// The value of a choice, as the position of its name.
    pub fn choice(&self, parameter: &str) -> usize {
        self.arguments.choice(self.index(parameter))
    }

    /// The values of a parameter of type `PerAxis<f32>`.
    pub fn per_axis_f32(&self, parameter: &str) -> PerAxis<f32> {
        self.arguments.per_axis_f32(self.index(parameter))
    }

    /// The values of a parameter of type `PerAxis<u32>`.
    pub fn per_axis_u32(&self, parameter: &str) -> PerAxis<u32> {
        self.arguments.per_axis_u32(self.index(parameter))
    }

    /// The radius of a window, 0 along axes of extent 1, along which windows do not extend.
    pub fn radius(&self, parameter: &str) -> PerAxis<i32> {
        let PerAxis { x, y, z } = self.per_axis_u32(parameter);
        let [width, height, depth] = self.extent();
        let effective = |radius: u32, extent: i32| if extent == 1 { 0 } else { radius as i32 };
        PerAxis { x: effective(x, width), y: effective(y, height), z: effective(z, depth) }
    }

    fn index(&self, parameter: &str) -> usize {
        self.op.param_index(parameter).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The call in one line: types, shape, boundary and parameters.
    pub(crate) fn describe(&self) -> String {
        let types: Vec<&str> = self.inputs.iter().map(|input| input.dtype().name()).collect();
        let params = self.op.params.iter().zip(self.arguments.values());
        let params: String = params.map(|(param, value)| format!(" {}={value}", param.name)).collect();
        let first = &self.inputs[0];
        let (axes, shape) = (first.axes().as_str(), first.shape());
        format!("{}({}) {axes} {shape:?} {}{params}", self.op.name, types.join(", "), self.boundary)
    }
}
