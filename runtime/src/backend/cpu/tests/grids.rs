//! Grid launches: atomics, conversions, mistakes.

use super::*;
use crate::lang::cpu::GridRow;
use crate::lang::cpu::Plain as Best;
use crate::lang::{Global, Item, Read};

#[test]
fn items_share_buffers_atomically() {
    fn histogram(image: Read<'_, u32>, bins: Global<'_, u32>, lowest: Global<'_, i32>, at: Item) {
        bins.fetch_add(image.get(at.index()) as usize, 1);
        lowest.fetch_min(at.z(), at.index() as i32 - 7);
        lowest.fetch_max(2 + at.z(), at.x() as i32 - 5);
    }
    fn kernel(row: &GridRow<'_>) {
        let (image, bins, lowest) = (row.read::<u32>(0), row.global::<u32>(1), row.global::<i32>(2));
        row.run_with(Best, |at| histogram(image, bins, lowest, at));
    }
    let image = noise::<u8>(64 * 64 * 2);
    let (op, arguments) = (operation(Class::Grid, CpuKernel::Grid(kernel), 3, vec![], 0), Arguments::default());
    let memory = (uploaded(&image), uploaded(&[0u32; 256]), uploaded(&[0i32, i32::MAX, i32::MIN, -3]));
    let launch = Launch {
        inputs: &[operand::<u8>(&*memory.0), operand::<u32>(&*memory.1), operand::<i32>(&*memory.2)],
        ..launch(op, Role::Whole, Geometry::whole([64, 64, 2], 1), &arguments)
    };
    Cpu::new().run(&launch).unwrap();
    let mut expected = vec![0u32; 256];
    image.iter().for_each(|&value| expected[usize::from(value)] += 1);
    assert_eq!(downloaded::<u32>(&*memory.1), expected);
    assert_eq!(downloaded::<i32>(&*memory.2), [-7, 4089, 58, 58]);
}

#[test]
fn a_bad_index_is_an_error() {
    fn kernel(row: &GridRow<'_>) {
        let image = row.read::<f32>(0);
        row.run_with(Best, |at| assert!(image.get(at.index() + 1) > -1.0));
    }
    let (op, arguments) = (operation(Class::Grid, CpuKernel::Grid(kernel), 1, vec![], 0), Arguments::default());
    let memory = uploaded(&[0u8; 5]);
    let inputs = [operand::<u8>(&*memory)];
    let mut launch = launch(op, Role::Whole, Geometry::whole([5, 1, 1], 1), &arguments);
    launch.inputs = &inputs;
    let error = Cpu::new().run(&launch).unwrap_err().to_string();
    assert!(error.contains("index 5 is past the end of a buffer of 5 elements"), "{error}");
    assert!(Cpu::new().run(&launch).is_err(), "the memory is still usable");
}
