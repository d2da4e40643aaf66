//! Pointwise launches over regions of a batch, and over runs.

use super::*;
use crate::lang::Position;
use crate::lang::cpu::PointwiseRow;
use kernwerk_codegen::ir::{Block, Expr, Function, Typed};

#[test]
fn inputs_are_converted_and_positions_are_global() {
    fn body(row: &mut PointwiseRow<'_>) {
        row.map2(|a: f32, b: bool, at: Position| if b { a } else { (at.x() + 100 * at.y() + 1000 * at.z()) as f32 });
    }
    let (global, origin, extent) = ([9, 5, 4], [2, 1, 1], [6, 3, 2]);
    let geometry = Geometry { global, batch: 2, origin, extent, source: [0, 1, 0], source_extent: [9, 4, 4] };
    let voxels = 2 * 9 * 4 * 4;
    let (a, b) = (noise::<i16>(voxels), noise::<u8>(voxels).into_iter().map(|v| v % 2).collect::<Vec<_>>());
    let exprs: &'static [Typed] =
        Box::leak(Box::new([Typed { expr: Expr::Coordinate { axis: Axis::X }, ty: Type::I32 }]));
    let functions = vec![Function {
        name: "body",
        locals: &[],
        arguments: 0,
        exprs,
        stmts: &[],
        lists: &[],
        body: Block { start: 0, len: 0 },
    }];
    let plain = operation(Class::Pointwise, CpuKernel::Pointwise(body), 2, vec![], 0);
    let op: &'static KernelOp = Box::leak(Box::new(KernelOp {
        ir: ir::Op { functions: functions.leak(), ..plain.ir },
        opencl: "",
        cuda: "",
        cpu: plain.cpu,
        weights: &[],
        layout: None,
        scalar: None,
    }));
    let (memory_a, memory_b, arguments) = (uploaded(&a), uploaded(&b), Arguments::default());
    let output = uploaded(&vec![0u16; geometry.voxels()]);
    let launch = Launch {
        inputs: &[operand::<i16>(&*memory_a), operand::<u8>(&*memory_b)],
        outputs: &[operand::<u16>(&*output)],
        ..launch(op, Role::Whole, geometry, &arguments)
    };
    Cpu::new().run(&launch).unwrap();
    let mut expected = Vec::new();
    for n in 0..2 {
        for (z, y, x) in (1..3).flat_map(|z| (1..4).flat_map(move |y| (2..8).map(move |x| (z, y, x)))) {
            let i = ((n * 4 + z) * 4 + y - 1) * 9 + x;
            let position = (x + 100 * y + 1000 * z) as u16;
            expected.push(if b[i] != 0 { u16::try_from(a[i]).unwrap_or(0) } else { position });
        }
    }
    assert_eq!(downloaded::<u16>(&*output), expected);
}

#[test]
fn long_images_are_computed_in_runs() {
    fn body(row: &mut PointwiseRow<'_>) {
        row.map1(|a: f32, _| a * 2.0);
    }
    let values: Vec<f32> = (0..100_003).map(|i| i as f32).collect();
    let (op, arguments) = (operation(Class::Pointwise, CpuKernel::Pointwise(body), 1, vec![], 0), Arguments::default());
    let (memory, output) = (uploaded(&values), uploaded(&vec![0i32; values.len()]));
    let launch = Launch {
        inputs: &[operand::<f32>(&*memory)],
        outputs: &[operand::<i32>(&*output)],
        ..launch(op, Role::Whole, Geometry::whole([values.len(), 1, 1], 1), &arguments)
    };
    Cpu::new().run(&launch).unwrap();
    assert!(downloaded::<i32>(&*output).iter().enumerate().all(|(i, &value)| value == 2 * i as i32));
}
