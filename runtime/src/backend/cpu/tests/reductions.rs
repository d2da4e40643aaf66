//! Every role of a reduction, in the order that `codegen::plan::reduction` lays down.

use super::*;
use crate::lang::cpu::{CpuReduction, reduction};
use crate::lang::{Position, Reduction};

/// Sums of values and of values weighted by place, neither of which may be reordered.
struct Moments;

impl Reduction<f32> for Moments {
    type State = (f32, f32, u32);
    type Output = f32;
    fn identity() -> (f32, f32, u32) {
        (0.0, 0.0, 0)
    }
    fn step((sum, moment, n): (f32, f32, u32), pixel: f32, at: Position) -> (f32, f32, u32) {
        (sum + pixel, ((at.x() + 10 * at.y() + 100 * at.z()) as f32).mul_add(pixel, moment), n + 1)
    }
    fn merge(a: (f32, f32, u32), b: (f32, f32, u32)) -> (f32, f32, u32) {
        (a.0 + b.0, a.1 - b.1, a.2 + b.2)
    }
    fn finish((sum, moment, n): (f32, f32, u32), count: f32) -> f32 {
        sum / count + moment * n as f32
    }
}

type S = (f32, f32, u32);

fn monoid(_: DType) -> &'static dyn CpuReduction {
    reduction::<Moments, f32>()
}

fn reducing() -> &'static KernelOp {
    operation(Class::Reduction, CpuKernel::Reduction(monoid), 1, vec![], 0)
}

fn image(len: usize) -> Vec<f32> {
    noise::<u16>(len).into_iter().map(|value| f32::from(value) / 7.0).collect()
}

fn step(state: S, value: f32, at: [usize; 3]) -> S {
    Moments::step(state, value, Position::new(at.map(|at| at as i32), [1, 1, 1]))
}

fn lanes<T: Copy>(items: &[T], take: impl Fn(S, T, usize) -> S) -> S {
    let mut lanes = [Moments::identity(); 32];
    for (i, &item) in items.iter().enumerate() {
        lanes[i % 32] = take(lanes[i % 32], item, i);
    }
    for half in [16, 8, 4, 2, 1] {
        for lane in 0..half {
            lanes[lane] = Moments::merge(lanes[lane], lanes[lane + half]);
        }
    }
    lanes[0]
}

fn slot_major(states: &[S]) -> Vec<u32> {
    let sums = states.iter().map(|state| state.0.to_bits());
    sums.chain(states.iter().map(|state| state.1.to_bits())).chain(states.iter().map(|state| state.2)).collect()
}

#[test]
fn rows_states_and_results_keep_the_order() {
    let extent = [5000, 3, 2];
    let image = image(2 * extent.iter().product::<usize>());
    let geometry = Geometry::whole(extent, 2);
    let mut expected = Vec::new();
    for (row, voxels) in image.chunks(5000).enumerate() {
        for (c, chunk) in voxels.chunks(4096).enumerate() {
            expected.push(lanes(chunk, |state, v, i| step(state, v, [4096 * c + i, row % 3, row / 3 % 2])));
        }
    }
    let arguments = Arguments::default();
    let (memory, states) = (uploaded(&image), uploaded(&[0u32; 3 * 24]));
    let mut launch = launch(reducing(), Role::ReduceRows, geometry, &arguments);
    let inputs = [operand::<f32>(&*memory)];
    launch.inputs = &inputs;
    launch.reduction.states_out = Some((&*states, 24));
    Cpu::new().run(&launch).unwrap();
    assert_eq!(downloaded::<u32>(&*states), slot_major(&expected));

    let output = uploaded(&[0f32; 12]);
    launch.inputs = &[];
    launch.role = Role::ReduceFinish;
    let outputs = [operand::<f32>(&*output)];
    launch.outputs = &outputs;
    launch.reduction =
        ReductionOperands { states_in: Some((&*states, 24)), group_size: 2, count: 5000.0, ..Default::default() };
    Cpu::new().run(&launch).unwrap();
    let finished = expected.chunks(2).map(|pair| Moments::finish(Moments::merge(pair[0], pair[1]), 5000.0));
    assert_eq!(downloaded::<f32>(&*output), finished.collect::<Vec<_>>());
}

#[test]
fn lists_of_states_are_reduced_in_chunks() {
    let states: Vec<S> = image(9000).into_iter().enumerate().map(|(i, v)| (v, v / 3.0, i as u32)).collect();
    let arguments = Arguments::default();
    let (memory, output) = (uploaded(&slot_major(&states)), uploaded(&[0u32; 9]));
    let mut launch = launch(reducing(), Role::ReduceStates, Geometry::whole([1; 3], 1), &arguments);
    launch.reduction.states_in = Some((&*memory, 9000));
    launch.reduction.states_out = Some((&*output, 3));
    Cpu::new().run(&launch).unwrap();
    let expected: Vec<_> = states.chunks(4096).map(|chunk| lanes(chunk, |a, b, _| Moments::merge(a, b))).collect();
    assert_eq!(downloaded::<u32>(&*output), slot_major(&expected));
}

#[test]
fn projections_step_in_runs_of_64() {
    let extent = [300, 131, 70];
    let image = image(extent.iter().product());
    let (memory, arguments) = (uploaded(&image), Arguments::default());
    for (axis, other) in [(1, 2), (2, 1)] {
        let output = uploaded(&vec![0f32; 300 * extent[other]]);
        let mut launch = launch(reducing(), Role::ReduceAxis, Geometry::whole(extent, 1), &arguments);
        let inputs = [operand::<f32>(&*memory)];
        launch.inputs = &inputs;
        launch.axis = Axis::ALL[axis];
        let outputs = [operand::<f32>(&*output)];
        launch.outputs = &outputs;
        launch.reduction.count = 9.0;
        Cpu::new().run(&launch).unwrap();
        let mut expected = Vec::new();
        for (across, x) in (0..extent[other]).flat_map(|across| (0..300).map(move |x| (across, x))) {
            let mut all = Moments::identity();
            for start in (0..extent[axis]).step_by(64) {
                let mut part = Moments::identity();
                for along in start..extent[axis].min(start + 64) {
                    let mut at = [x, 0, 0];
                    (at[axis], at[other]) = (along, across);
                    part = step(part, image[(at[2] * extent[1] + at[1]) * 300 + x], at);
                }
                all = Moments::merge(all, part);
            }
            expected.push(Moments::finish(all, 9.0));
        }
        assert_eq!(bits(&downloaded::<f32>(&*output)), bits(&expected), "{axis}");
    }
}

#[test]
fn labels_are_stepped_through_row_by_row() {
    let extent = [40, 9, 3];
    let image = image(extent.iter().product());
    let labels: Vec<u16> = noise::<u16>(image.len()).into_iter().map(|value| value % 3).collect();
    let arguments = Arguments::default();
    let items: Vec<[u32; 6]> = (1..3).flat_map(|label| (0..3).map(move |z| [label, z, 2, 1, 37, 8])).collect();
    let memory = (uploaded(&image), uploaded(&labels), uploaded(&items.concat()));
    let (states, merged) = (uploaded(&[0u32; 18]), uploaded(&[0u32; 6]));
    let mut launch = launch(reducing(), Role::ReduceLabels, Geometry::whole(extent, 1), &arguments);
    let inputs = [operand::<f32>(&*memory.0)];
    launch.inputs = &inputs;
    launch.reduction.labels = Some(operand::<u16>(&*memory.1));
    launch.reduction.label_items = Some(&*memory.2);
    launch.reduction.states_out = Some((&*states, 6));
    Cpu::new().run(&launch).unwrap();
    let expected: Vec<_> = items
        .iter()
        .map(|&[label, z, min_x, min_y, max_x, max_y]| {
            (min_y..=max_y).fold(Moments::identity(), |plane, y| {
                let row = (min_x..=max_x).fold(Moments::identity(), |row, x| {
                    let i = ((z * 9 + y) * 40 + x) as usize;
                    if u32::from(labels[i]) == label {
                        step(row, image[i], [x, y, z].map(|at| at as usize))
                    } else {
                        row
                    }
                });
                Moments::merge(plane, row)
            })
        })
        .collect();
    assert_eq!(downloaded::<u32>(&*states), slot_major(&expected));

    let starts = uploaded(&[0u32, 3, 6]);
    launch.role = Role::ReduceLabelPlanes;
    launch.inputs = &[];
    launch.reduction = ReductionOperands {
        states_in: Some((&*states, 6)),
        states_out: Some((&*merged, 2)),
        label_starts: Some(&*starts),
        ..Default::default()
    };
    Cpu::new().run(&launch).unwrap();
    let expected: Vec<_> = expected
        .chunks(3)
        .map(|planes| planes.iter().fold(Moments::identity(), |a, &b| Moments::merge(a, b)))
        .collect();
    assert_eq!(downloaded::<u32>(&*merged), slot_major(&expected));
}
