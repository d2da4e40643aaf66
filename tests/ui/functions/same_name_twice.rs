use kernwerk::prelude::*;

mod one {
    use kernwerk::prelude::*;
    #[gpu_fn]
    pub fn shape(x: f32) -> f32 {
        x
    }
}
mod two {
    use kernwerk::prelude::*;
    #[gpu_fn]
    pub fn shape(x: f32) -> f32 {
        -x
    }
}

#[gpu_op(pointwise)]
pub fn both(image: f32) -> f32 {
    one::shape(image) + two::shape(image)
}

fn main() {}
