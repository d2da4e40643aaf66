//! A run of voxels that a pointwise body is applied to. Invariant: the body runs on blocks of values in its own compute
//! types; storage types are known to the conversions before and after it alone.

use kernwerk_codegen::ir::DType;

use super::convert::Raw;
use super::{Compute, Outputs, Position, Results};
use crate::arguments::Arguments;
use crate::backend::cpu::simd::{Best, Task, Vectors};

/// Voxels per block: all buffers of a block fit the L1 cache.
const BLOCK: usize = 512;

/// A run of voxels of consecutive x.
pub struct PointwiseRow<'a> {
    pub(crate) inputs: &'a [Raw<'a>],
    /// Number of the first voxel in the inputs.
    pub(crate) start: usize,
    pub(crate) outputs: Outputs<'a>,
    pub(crate) position: Position,
    pub(crate) pixel: DType,
    pub(crate) arguments: &'a Arguments,
}

macro_rules! map {
    ($(#[$meta:meta])* $name:ident, $with:ident, $task:ident, $($input:ident $letter:ident $number:tt),*) => {
        struct $task<'a, $($letter,)* R, Body> {
            $($input: &'a [$letter; BLOCK],)*
            output: &'a mut [R],
            position: Position,
            body: &'a Body,
        }

        impl<$($letter: Compute,)* R, Body: Fn($($letter,)* Position) -> R> Task for $task<'_, $($letter,)* R, Body> {
            type Output = ();
            #[inline(always)]
            fn call(self) {
                // As arguments of a function the slices are known not to overlap. The body is called itself: a call by way of its
                // reference is a function of the standard library's, which is not inlined if the body is long.
                #[inline(always)]
                #[allow(clippy::too_many_arguments, reason = "one for each input")]
                fn run<$($letter: Compute,)* R>(
                    $($input: &[$letter; BLOCK],)*
                    output: &mut [R],
                    position: Position,
                    body: &impl Fn($($letter,)* Position) -> R,
                ) {
                    let [x, y, z] = position.at;
                    for i in 0..output.len().min(BLOCK) {
                        output[i] = (*body)($($input[i],)* Position::new([x + i as i32, y, z], position.extent));
                    }
                }
                run($(self.$input,)* self.output, self.position, self.body);
            }
        }

        impl PointwiseRow<'_> {
            $(#[$meta])*
            #[inline]
            pub fn $name<$($letter: Compute,)* R: Results>(&mut self, body: impl Fn($($letter,)* Position) -> R) {
                self.$with(Best, body);
            }

            $(#[$meta])*
            #[inline]
            pub fn $with<V: Vectors, $($letter: Compute,)* R: Results>(
                &mut self,
                _: V,
                body: impl Fn($($letter,)* Position) -> R,
            ) {
                $(let mut $input = [$letter::default(); BLOCK];)*
                let mut output = [R::default(); BLOCK];
                let len = self.len();
                for start in (0..len).step_by(BLOCK) {
                    let len = BLOCK.min(len - start);
                    $($letter::load(self.inputs[$number].slice(self.start + start, len), &mut $input);)*
                    let [x, y, z] = self.position.at;
                    let position = Position::new([x + start as i32, y, z], self.position.extent);
                    V::run($task { $($input: &$input,)* output: &mut output[..len], position, body: &body });
                    R::store_all(&output[..len], start, &mut self.outputs);
                }
            }
        }
    };
}

map!(
    /// Computes each voxel from its position.
    map0, map0_with, Map0,
);
map!(
    /// Computes each voxel from one input.
    map1, map1_with, Map1, a A 0
);
map!(
    /// Computes each voxel from two inputs.
    map2, map2_with, Map2, a A 0, b B 1
);
map!(
    /// Computes each voxel from three inputs.
    map3, map3_with, Map3, a A 0, b B 1, c C 2
);
map!(
    /// Computes each voxel from four inputs.
    map4, map4_with, Map4, a A 0, b B 1, c C 2, d D 3
);
map!(
    /// Computes each voxel from five inputs.
    map5, map5_with, Map5, a A 0, b B 1, c C 2, d D 3, e E 4
);
map!(
    /// Computes each voxel from six inputs.
    map6, map6_with, Map6, a A 0, b B 1, c C 2, d D 3, e E 4, f F 5
);

impl PointwiseRow<'_> {
    /// What `Pixel` stands for.
    pub fn pixel(&self) -> DType {
        self.pixel
    }

    /// The values of the parameters.
    pub fn arguments(&self) -> &Arguments {
        self.arguments
    }

    /// Number of voxels.
    #[allow(clippy::len_without_is_empty, reason = "a row is never empty")]
    pub fn len(&self) -> usize {
        self.outputs.len()
    }
}
