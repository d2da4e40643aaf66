//! Running a function for one voxel: statements in order, operands from left to right, nothing clever.

use kernwerk_codegen::ir::{
    AtomicOp, Axis, BinaryOp, Block, Expr, ExprId, Function, Helper, Intrinsic, List, LocalId, Op, ParamType, Reducer,
    Stmt, Type, UnaryOp,
};
use kernwerk_runtime::{Boundary, DType, Number, PerAxis, Value as Parameter};

use super::windows::offsets;
use super::{Picture, Stop, Value, mapped, pixel};
use crate::call::Call;
use crate::element::Element;

/// Statements and expressions that a call may take; a program that takes more is no test.
const FUEL: u64 = 40_000_000;

/// Everything that functions read, and the buffers that they write.
pub(crate) struct Machine<'a> {
    pub(crate) op: &'a Op,
    pub(crate) input: &'a Call,
    pub(crate) pictures: Vec<Picture>,
    /// What `Pixel` stands for.
    pub(crate) pixel: DType,
    /// The axis of the pass.
    pub(crate) axis: Axis,
    /// Extents of what comes out, along x, y, z.
    pub(crate) extent: [usize; 3],
    pub(super) at: [i64; 3],
    n: usize,
    lane: usize,
    /// What the lanes of a group share, as far as it is written.
    shared: Vec<Vec<Option<Value>>>,
    fuel: u64,
    /// Offsets of the windows, which depend on the call and the axis alone.
    windows: Vec<(u8, Axis, Vec<[i64; 3]>)>,
}

/// How a block ends.
enum Flow {
    Next,
    Break,
    Continue,
    Return(Vec<Value>),
}

/// The locals of a function while it runs. A local that is an array has its elements in `arrays`.
struct Locals {
    values: Vec<Option<Value>>,
    arrays: Vec<Vec<Value>>,
    /// The arrays that each lane of a group has, where they have been written in a phase.
    lanes: Vec<Vec<Vec<Value>>>,
    /// The functions that the function may call.
    helpers: &'static [&'static Helper],
}

impl Locals {
    fn set(&mut self, local: LocalId, value: Value) {
        self.values[local.0 as usize] = Some(value);
    }
}

fn undefined<T>(what: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Undefined(what.into()))
}

fn broken<T>(what: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Broken(what.into()))
}

impl<'a> Machine<'a> {
    pub(crate) fn new(op: &'a Op, input: &'a Call, pictures: Vec<Picture>) -> Machine<'a> {
        let pixel = pixel(op, &pictures);
        let extent = input.spatial();
        Machine {
            op,
            input,
            pictures,
            pixel,
            axis: Axis::X,
            extent,
            at: [0; 3],
            n: 0,
            lane: 0,
            shared: Vec::new(),
            fuel: FUEL,
            windows: Vec::new(),
        }
    }

    /// Goes to a voxel or item.
    pub(crate) fn place(&mut self, at: [i64; 3], n: usize) {
        (self.at, self.n) = (at, n);
        let arrays = self.op.group.iter().flat_map(|group| group.shared);
        self.shared = arrays.map(|array| vec![None; array.length as usize]).collect();
    }

    /// Runs a function; arguments are its first locals.
    pub(crate) fn call(&mut self, function: &Function, arguments: &[Value]) -> Result<Vec<Value>, Stop> {
        self.call_with(function, self.op.helpers, arguments)
    }

    fn call_with(
        &mut self,
        function: &Function,
        helpers: &'static [&'static Helper],
        arguments: &[Value],
    ) -> Result<Vec<Value>, Stop> {
        let count = function.locals.len();
        let mut locals =
            Locals { values: vec![None; count], arrays: vec![Vec::new(); count], lanes: Vec::new(), helpers };
        for (local, value) in locals.values.iter_mut().zip(arguments) {
            *local = Some(*value);
        }
        match self.block(function, &mut locals, function.body)? {
            Flow::Return(values) => Ok(values),
            Flow::Next if crate::outputs(self.op).is_empty() => Ok(Vec::new()),
            _ => broken(format!("the function `{}` ends without a result", function.name)),
        }
    }

    fn spend(&mut self) -> Result<(), Stop> {
        self.fuel = self.fuel.checked_sub(1).ok_or(Stop::TooLong)?;
        Ok(())
    }

    fn block(&mut self, function: &Function, locals: &mut Locals, block: Block) -> Result<Flow, Stop> {
        for stmt in block.of(function) {
            self.spend()?;
            match self.stmt(function, locals, stmt)? {
                Flow::Next => {}
                other => return Ok(other),
            }
        }
        Ok(Flow::Next)
    }

    fn stmt(&mut self, function: &Function, locals: &mut Locals, stmt: &Stmt) -> Result<Flow, Stop> {
        match *stmt {
            Stmt::Declare { local } => locals.values[local.0 as usize] = None,
            Stmt::Let { local, value } | Stmt::Assign { local, value } => {
                let value = self.eval(function, locals, value)?;
                locals.set(local, value);
            }
            Stmt::LetCall { first, count, helper, arguments } => {
                let values = self.helper(function, locals, helper, arguments)?;
                if values.len() != count as usize {
                    return broken("a function gives another number of results than its caller takes");
                }
                for (number, value) in values.into_iter().enumerate() {
                    locals.set(LocalId(first.0 + number as u32), value);
                }
            }
            Stmt::LetArray { local, values } => {
                let given = self.list(function, locals, values)?;
                let length = function.local(local).length.unwrap_or(0) as usize;
                let array = if given.len() == 1 { vec![given[0]; length] } else { given };
                // Every lane's own begins anew.
                for lane in &mut locals.lanes {
                    lane.get_mut(local.0 as usize).map(Vec::clear);
                }
                locals.arrays[local.0 as usize] = array;
            }
            Stmt::AssignElement { local, index, value } => {
                let index = self.eval(function, locals, index)?.integer()?;
                let value = self.eval(function, locals, value)?;
                let element = usize::try_from(index).ok().and_then(|i| locals.arrays[local.0 as usize].get_mut(i));
                match element {
                    Some(element) => *element = value,
                    None => return undefined(format!("element {index} of an array")),
                }
            }
            Stmt::If { condition, then, otherwise } => {
                let holds = self.eval(function, locals, condition)?.truth()?;
                return self.block(function, locals, if holds { then } else { otherwise });
            }
            Stmt::For { local, start, end, inclusive, body } => {
                let ty = function.local(local).ty;
                let start = self.eval(function, locals, start)?.integer()?;
                let end = self.eval(function, locals, end)?.integer()? + i128::from(inclusive);
                let mut counter = start;
                while counter < end {
                    let Some(value) = Value::of_type(counter, ty) else { return broken("a counter leaves its type") };
                    locals.set(local, value);
                    match self.block(function, locals, body)? {
                        Flow::Break => break,
                        Flow::Return(values) => return Ok(Flow::Return(values)),
                        Flow::Next | Flow::Continue => {}
                    }
                    self.spend()?;
                    counter += 1;
                }
            }
            Stmt::ForWindow { window, value, offset, body } => {
                let input = self.op.windows[usize::from(window)].input;
                for [dx, dy, dz] in self.window(window)? {
                    if let Some(local) = value {
                        locals.set(local, self.read(input, [dx, dy, dz])?);
                    }
                    if let Some(offset) = offset {
                        for (local, d) in [(offset.x, dx), (offset.y, dy), (offset.z, dz)] {
                            locals.set(local, Value::I32(d as i32));
                        }
                    }
                    match self.block(function, locals, body)? {
                        Flow::Break => break,
                        Flow::Return(values) => return Ok(Flow::Return(values)),
                        Flow::Next | Flow::Continue => {}
                    }
                    self.spend()?;
                }
            }
            Stmt::ForUnder { input, under, turned, reflected, value, weight, body } => {
                let axis = match turned {
                    Some(id) => self.eval(function, locals, id)?.integer()? as usize,
                    None => 0,
                };
                let reflected = self.eval(function, locals, reflected)?.truth()?;
                for [kernel, neighbor] in self.under(axis, reflected) {
                    for (local, input, place) in [(value, input, neighbor), (weight, under, kernel)] {
                        if let Some(local) = local {
                            locals.set(local, self.place_in_source(input, place)?);
                        }
                    }
                    match self.block(function, locals, body)? {
                        Flow::Break => break,
                        Flow::Return(values) => return Ok(Flow::Return(values)),
                        Flow::Next | Flow::Continue => {}
                    }
                    self.spend()?;
                }
            }
            Stmt::While { condition, body } => {
                while self.eval(function, locals, condition)?.truth()? {
                    match self.block(function, locals, body)? {
                        Flow::Break => break,
                        Flow::Return(values) => return Ok(Flow::Return(values)),
                        Flow::Next | Flow::Continue => {}
                    }
                    self.spend()?;
                }
            }
            Stmt::Break => return Ok(Flow::Break),
            Stmt::Continue => return Ok(Flow::Continue),
            Stmt::Return { values } => {
                return Ok(Flow::Return(self.list(function, locals, values)?));
            }
            Stmt::Store { input, index, value } => {
                let index = self.eval(function, locals, index)?;
                let value = self.eval(function, locals, value)?.raw()?;
                *self.element(input, index)? = value;
            }
            Stmt::Phase { body } => {
                let lanes = self.op.group.map_or(0, |group| group.lanes as usize);
                // Arrays that stand around phases are every lane's own.
                locals.lanes.resize(lanes, Vec::new());
                for lane in 0..lanes {
                    self.lane = lane;
                    let outside = locals.arrays.clone();
                    let own = std::mem::take(&mut locals.lanes[lane]);
                    for (array, own) in locals.arrays.iter_mut().zip(own) {
                        if !own.is_empty() {
                            *array = own;
                        }
                    }
                    match self.block(function, locals, body)? {
                        Flow::Next => {}
                        _ => return broken("a phase is left before its end"),
                    }
                    locals.lanes[lane] = std::mem::replace(&mut locals.arrays, outside);
                }
            }
            Stmt::Share { array, index, value } => {
                let index = self.eval(function, locals, index)?.integer()?;
                let value = self.eval(function, locals, value)?;
                let element = usize::try_from(index).ok().and_then(|i| self.shared[usize::from(array)].get_mut(i));
                match element {
                    Some(element) => *element = Some(value),
                    None => return undefined(format!("element {index} of what lanes share")),
                }
            }
            Stmt::Atomic { result, op, input, index, value } => {
                let index = self.eval(function, locals, index)?;
                let value = self.eval(function, locals, value)?.integer()?;
                let ty = self.op.inputs[usize::from(input)].ty;
                let element = self.element(input, index)?;
                let before = Value::loaded(*element, ty)?;
                let old = before.integer()?;
                let new = match op {
                    AtomicOp::Add => Value::wrapped(old + value, ty)?,
                    AtomicOp::Min => Value::wrapped(old.min(value), ty)?,
                    AtomicOp::Max => Value::wrapped(old.max(value), ty)?,
                };
                *element = new.raw()?;
                if let Some(local) = result {
                    locals.set(local, before);
                }
            }
        }
        Ok(Flow::Next)
    }

    fn element(&mut self, input: u8, index: Value) -> Result<&mut Element, Stop> {
        let index = index.integer()?;
        let elements = &mut self.pictures[usize::from(input)].elements;
        let len = elements.len();
        let element = usize::try_from(index).ok().and_then(|index| elements.get_mut(index));
        element.ok_or_else(|| Stop::Undefined(format!("index {index} of a buffer of {len} elements")))
    }

    /// The voxel at the current place of an input.
    pub(crate) fn voxel(&self, input: u8) -> Result<Value, Stop> {
        self.read(input, [0; 3])
    }

    /// A neighbour, with the boundary applied axis by axis.
    fn read(&self, input: u8, offset: [i64; 3]) -> Result<Value, Stop> {
        self.absolute(input, std::array::from_fn(|axis| self.at[axis] + offset[axis]))
    }

    /// The voxel of the source at a place, with the boundary applied axis by axis.
    pub(super) fn absolute(&self, input: u8, place: [i64; 3]) -> Result<Value, Stop> {
        let extents = self.input.spatial();
        let ty = self.op.inputs[usize::from(input)].ty;
        let mut position = [0; 3];
        for axis in 0..3 {
            match mapped(self.input.boundary, place[axis], extents[axis] as i64) {
                Some(coordinate) => position[axis] = coordinate as usize,
                None => {
                    let Boundary::Constant(constant) = self.input.boundary else { return broken("a boundary") };
                    return Value::outside(constant, ty, self.pixel);
                }
            }
        }
        let [x, y, z] = position;
        let index = ((self.n * extents[2] + z) * extents[1] + y) * extents[0] + x;
        Value::loaded(self.pictures[usize::from(input)].elements[index], ty)
    }

    fn window(&mut self, window: u8) -> Result<Vec<[i64; 3]>, Stop> {
        let axis = self.axis;
        if let Some((_, _, known)) = self.windows.iter().find(|entry| (entry.0, entry.1) == (window, axis)) {
            return Ok(known.clone());
        }
        let found = offsets(&self.op.windows[usize::from(window)], self.input, axis.index())?;
        self.windows.push((window, axis, found.clone()));
        Ok(found)
    }

    fn eval(&mut self, function: &Function, locals: &Locals, id: ExprId) -> Result<Value, Stop> {
        self.spend()?;
        let typed = function.expr(id);
        let ty = typed.ty;
        Ok(match typed.expr {
            Expr::Float { bits } => Value::F32(f32::from_bits(bits)),
            Expr::Int { value } if ty == Type::Pixel => Value::Pixel(Element::whole(self.pixel, value.into())),
            Expr::Int { value } => Value::wrapped(value.into(), ty)?,
            Expr::Bool { value } => Value::Bool(value),
            Expr::PixelBound { largest } => Value::Pixel(match (self.pixel, largest) {
                (DType::F32 | DType::F16, false) => Element::Float(f32::NEG_INFINITY),
                (DType::F32 | DType::F16, true) => Element::Float(f32::NAN),
                (DType::F64, false) => Element::Double(f64::NEG_INFINITY),
                (DType::F64, true) => Element::Double(f64::NAN),
                (dtype, false) => Element::Int(crate::element::limits(dtype).0),
                (dtype, true) => Element::Int(crate::element::limits(dtype).1),
            }),
            Expr::Local { local } => match locals.values[local.0 as usize] {
                Some(value) => value,
                None => return broken(format!("`{}` is read before it has a value", function.local(local).name)),
            },
            Expr::Param { param, axis } => self.param(param, axis)?,
            Expr::Voxel { input } => self.voxel(input)?,
            Expr::Coordinate { axis } => Value::wrapped(self.at[axis.index()].into(), ty)?,
            Expr::Along => Value::wrapped(self.at[self.axis.index()].into(), ty)?,
            Expr::Extent { axis } => Value::wrapped(self.extent[axis.index()] as i128, ty)?,
            Expr::SourceExtent { axis, .. } => Value::wrapped(self.input.spatial()[axis.index()] as i128, ty)?,
            Expr::Sample { input, sampling, at } => {
                let mut place = [Value::I32(0); 3];
                for (axis, &id) in at.iter().enumerate() {
                    place[axis] = self.eval(function, locals, id)?;
                }
                self.sample(input, sampling, place)?
            }
            Expr::ItemIndex => {
                let [ex, ey, ez] = self.input.spatial();
                let [x, y, z] = self.at.map(|coordinate| coordinate as usize);
                Value::Index((((self.n * ez + z) * ey + y) * ex + x) as u64)
            }
            Expr::BatchIndex => Value::Index(self.n as u64),
            Expr::Lane => Value::Index(self.lane as u64),
            Expr::Shared { array, index } => {
                let index = self.eval(function, locals, index)?.integer()?;
                let element = usize::try_from(index).ok().and_then(|i| self.shared[usize::from(array)].get(i).copied());
                match element.flatten() {
                    Some(value) => value,
                    None => return undefined(format!("element {index} of what lanes share")),
                }
            }
            // The smallest number as it is written: its digits alone are no i32.
            Expr::Unary { op: UnaryOp::Neg, value }
                if ty == Type::I32 && matches!(function.expr(value).expr, Expr::Int { value: 2_147_483_648 }) =>
            {
                Value::I32(i32::MIN)
            }
            Expr::Unary { op, value } => {
                let value = self.eval(function, locals, value)?;
                unary(op, value, ty)?
            }
            Expr::Binary { op, left, right } => {
                let left = self.eval(function, locals, left)?;
                match (op, left) {
                    (BinaryOp::And, Value::Bool(false)) => Value::Bool(false),
                    (BinaryOp::Or, Value::Bool(true)) => Value::Bool(true),
                    _ => {
                        let right = self.eval(function, locals, right)?;
                        binary(op, left, right, ty)?
                    }
                }
            }
            Expr::Select { condition, then, otherwise } => {
                let holds = self.eval(function, locals, condition)?.truth()?;
                self.eval(function, locals, if holds { then } else { otherwise })?
            }
            Expr::Cast { value } => {
                let value = self.eval(function, locals, value)?;
                cast(value, ty)?
            }
            Expr::Call { function: intrinsic, arguments } => {
                let values = self.list(function, locals, arguments)?;
                call(intrinsic, &values)?
            }
            Expr::CallHelper { helper, arguments } => match self.helper(function, locals, helper, arguments)?[..] {
                [value] => value,
                _ => return broken("a function of several results is called for one"),
            },
            Expr::Element { local, index } => {
                let index = self.eval(function, locals, index)?.integer()?;
                let element = usize::try_from(index).ok().and_then(|i| locals.arrays[local.0 as usize].get(i).copied());
                match element {
                    Some(value) => value,
                    None => return undefined(format!("element {index} of an array")),
                }
            }
            Expr::Neighbor { input, offset } => {
                let mut d = [0; 3];
                for (axis, &id) in offset.iter().enumerate() {
                    d[axis] = self.eval(function, locals, id)?.integer()? as i64;
                }
                // Along a line the three are one number, the step along the axis of the pass.
                if self.op.class == kernwerk_codegen::ir::Class::Separable {
                    d = std::array::from_fn(|axis| if axis == self.axis.index() { d[axis] } else { 0 });
                }
                self.read(input, d)?
            }
            Expr::Inside { offset } => {
                let mut inside = true;
                for (axis, &id) in offset.iter().enumerate() {
                    let d = self.eval(function, locals, id)?.integer()? as i64;
                    inside &= (0..self.input.spatial()[axis] as i64).contains(&(self.at[axis] + d));
                }
                Value::Bool(inside)
            }
            Expr::Reduce { window, reducer: Reducer::WeightedSum } => self.weighted_sum(window)?,
            Expr::Reduce { window, reducer } => self.reduce(window, reducer)?,
            Expr::LoadBits { input, index, count } => {
                let first = self.eval(function, locals, index)?.integer()?;
                let count = self.eval(function, locals, count)?.integer()?;
                if count > 32 {
                    return undefined("more than 32 bits of a buffer are wanted");
                }
                let mut bits = 0;
                for k in 0..count {
                    let index = Value::wrapped(first + k, Type::Index)?;
                    let set = Value::loaded(*self.element(input, index)?, Type::Bool)?.truth()?;
                    bits |= u32::from(set) << k;
                }
                Value::U32(bits)
            }
            Expr::Load { input, index } | Expr::Peek { input, index } => {
                let index = self.eval(function, locals, index)?;
                let ty = self.op.inputs[usize::from(input)].ty;
                Value::loaded(*self.element(input, index)?, ty)?
            }
        })
    }

    fn list(&mut self, function: &Function, locals: &Locals, list: List) -> Result<Vec<Value>, Stop> {
        list.of(function).iter().map(|&id| self.eval(function, locals, id)).collect()
    }

    fn helper(
        &mut self,
        function: &Function,
        locals: &Locals,
        helper: u8,
        arguments: List,
    ) -> Result<Vec<Value>, Stop> {
        let arguments = self.list(function, locals, arguments)?;
        match locals.helpers.get(usize::from(helper)) {
            Some(helper) => self.call_with(&helper.function, helper.helpers, &arguments),
            None => broken("a function is called that is not there"),
        }
    }

    fn param(&self, param: u8, axis: Option<Axis>) -> Result<Value, Stop> {
        fn part<T: Copy>(value: &PerAxis<T>, axis: Axis) -> T {
            match axis {
                Axis::X => value.x,
                Axis::Y => value.y,
                Axis::Z => value.z,
            }
        }
        let number = usize::from(param);
        Ok(match (&self.input.values[number], axis) {
            (Parameter::F32(value), None) => Value::F32(*value),
            (Parameter::I32(value), None) => Value::I32(*value),
            (Parameter::U32(value), None) => Value::U32(*value),
            (Parameter::Bool(value), None) => Value::Bool(*value),
            (Parameter::Pixel(value), None) if self.op.params[number].ty == ParamType::Pixel => {
                Value::Pixel(match (self.pixel, *value) {
                    (DType::F32 | DType::F16, value) => Element::Float(value.to_f64() as f32),
                    (DType::F64, value) => Element::Double(value.to_f64()),
                    (_, Number::Whole(value)) => Element::Int(value),
                    (_, Number::Float(value)) => Element::Int(value as i128),
                })
            }
            (Parameter::PerAxisF32(value), Some(axis)) => Value::F32(part(value, axis)),
            (Parameter::PerAxisU32(value), Some(axis)) => Value::U32(part(value, axis)),
            (value, axis) => return broken(format!("a parameter {value:?} is read along {axis:?}")),
        })
    }

    fn weighted_sum(&mut self, entry: u8) -> Result<Value, Stop> {
        let weights = &self.op.weights[usize::from(entry)];
        let Some(all) = crate::host::weights(weights.call, self.op, &self.input.values) else {
            return broken(format!("the weights `{}` are not known", weights.call));
        };
        let line = match self.axis {
            Axis::X => all.x,
            Axis::Y => all.y,
            Axis::Z => all.z,
        };
        let radius = (line.len() / 2) as i64;
        let mut sum = 0f32;
        for (k, weight) in line.into_iter().enumerate() {
            let mut offset = [0; 3];
            offset[self.axis.index()] = k as i64 - radius;
            sum = weight.mul_add(self.read(weights.input, offset)?.float()?, sum);
        }
        Ok(Value::F32(sum))
    }

    fn reduce(&mut self, window: u8, reducer: Reducer) -> Result<Value, Stop> {
        let input = self.op.windows[usize::from(window)].input;
        let offsets = self.window(window)?;
        if reducer == Reducer::Count {
            return Ok(Value::F32(offsets.len() as f32));
        }
        self.fuel = self.fuel.checked_sub(offsets.len() as u64).ok_or(Stop::TooLong)?;
        let mut values = offsets.iter().map(|&offset| self.read(input, offset)).collect::<Result<Vec<_>, _>>()?;
        if reducer == Reducer::Sum {
            return values.iter().try_fold(0f32, |sum, value| Ok(sum + value.float()?)).map(Value::F32);
        }
        values.sort_by_cached_key(|value| value.rank().unwrap_or(0));
        if reducer == Reducer::Mode {
            // Of equally long runs the first is found last.
            let runs = values.chunk_by(|a, b| a.rank() == b.rank()).rev();
            let longest = runs.max_by_key(|run| run.len());
            return Ok(longest.and_then(|run| run.first()).map_or(values[0], |value| value.canonical()));
        }
        let place = match reducer {
            Reducer::Min => 0,
            Reducer::Max => values.len() - 1,
            _ => values.len() / 2,
        };
        Ok(values[place].canonical())
    }
}

fn unary(op: UnaryOp, value: Value, ty: Type) -> Result<Value, Stop> {
    match (op, value) {
        (UnaryOp::Neg, Value::F32(value)) => Ok(Value::F32(-value)),
        (UnaryOp::Neg, value) => {
            Value::of_type(-value.integer()?, ty).map_or_else(|| undefined("a negation overflows"), Ok)
        }
        (UnaryOp::Not, Value::Bool(value)) => Ok(Value::Bool(!value)),
        (UnaryOp::Not, value) => Value::wrapped(!value.integer()?, ty),
    }
}

fn binary(op: BinaryOp, left: Value, right: Value, ty: Type) -> Result<Value, Stop> {
    use BinaryOp as B;
    if let (Value::F32(a), Value::F32(b)) = (left, right) {
        return Ok(match op {
            B::Add => Value::F32(a + b),
            B::Sub => Value::F32(a - b),
            B::Mul => Value::F32(a * b),
            B::Div => Value::F32(a / b),
            _ => return compare(op, a.partial_cmp(&b)),
        });
    }
    if let (Value::Pixel(a), Value::Pixel(b)) = (left, right) {
        let order = match (a, b) {
            (Element::Int(a), Element::Int(b)) => Some(a.cmp(&b)),
            (Element::Float(a), Element::Float(b)) => a.partial_cmp(&b),
            (Element::Double(a), Element::Double(b)) => a.partial_cmp(&b),
            _ => return broken("pixels of two types meet"),
        };
        return compare(op, order);
    }
    if let (Value::Bool(a), Value::Bool(b)) = (left, right) {
        return Ok(Value::Bool(match op {
            B::And | B::BitAnd => a && b,
            B::Or | B::BitOr => a || b,
            B::BitXor => a != b,
            _ => return compare(op, Some(a.cmp(&b))),
        }));
    }
    let (a, b) = (left.integer()?, right.integer()?);
    let width = match ty {
        Type::I64 | Type::Index => 64,
        _ => 32,
    };
    let exact = match op {
        B::Add => a + b,
        B::Sub => a - b,
        B::Mul => a * b,
        B::Div | B::Rem if b == 0 => return undefined("a division by zero"),
        B::Div => a / b,
        // The smallest number over -1 overflows, also as a remainder.
        B::Rem if Value::of_type(a / b, ty).is_none() => return undefined("a remainder overflows"),
        B::Rem => a % b,
        B::BitAnd => a & b,
        B::BitOr => a | b,
        B::BitXor => a ^ b,
        B::Shl | B::Shr if !(0..width).contains(&b) => return undefined("a shift by the width or more"),
        B::Shl => return Value::wrapped(a << b, ty),
        B::Shr => a >> b,
        _ => return compare(op, Some(a.cmp(&b))),
    };
    Value::of_type(exact, ty).map_or_else(|| undefined(format!("{a} {op:?} {b} overflows")), Ok)
}

fn compare(op: BinaryOp, order: Option<std::cmp::Ordering>) -> Result<Value, Stop> {
    use std::cmp::Ordering::{Equal, Greater, Less};
    Ok(Value::Bool(match op {
        BinaryOp::Eq => order == Some(Equal),
        BinaryOp::Ne => order != Some(Equal),
        BinaryOp::Lt => order == Some(Less),
        BinaryOp::Le => matches!(order, Some(Less | Equal)),
        BinaryOp::Gt => order == Some(Greater),
        BinaryOp::Ge => matches!(order, Some(Greater | Equal)),
        other => return broken(format!("{other:?} of values that it is not defined for")),
    }))
}

fn cast(value: Value, ty: Type) -> Result<Value, Stop> {
    match (value, ty) {
        (Value::F32(value), Type::F32) => Ok(Value::F32(value)),
        (Value::F32(value), ty) => {
            // Towards zero and saturating; exact in f64.
            let exact = f64::from(value).trunc();
            let (low, high) = match ty {
                Type::I32 => (-2_147_483_648i128, 2_147_483_647i128),
                Type::U32 => (0, 4_294_967_295),
                Type::Index => (0, i128::from(u64::MAX)),
                _ => return broken("f32 is converted to a type that it cannot be converted to"),
            };
            let whole = if exact.is_nan() { 0 } else { (exact as i128).clamp(low, high) };
            Value::wrapped(whole, ty)
        }
        // One rounding: Rust's `as` from i128 rounds to nearest, halves to even.
        (value, Type::F32) => Ok(Value::F32(value.integer()? as f32)),
        (value, Type::Bool) => Ok(Value::Bool(value.truth()?)),
        (value, ty) => Value::wrapped(value.integer()?, ty),
    }
}

fn call(intrinsic: Intrinsic, values: &[Value]) -> Result<Value, Stop> {
    match (intrinsic, values) {
        (Intrinsic::Abs, [Value::I32(value)]) => {
            value.checked_abs().map(Value::I32).map_or_else(|| undefined("an absolute value overflows"), Ok)
        }
        (Intrinsic::Min, &[a, b]) => Ok(if b.rank()? < a.rank()? { b } else { a }.canonical()),
        (Intrinsic::Max, &[a, b]) => Ok(if b.rank()? > a.rank()? { b } else { a }.canonical()),
        (Intrinsic::IsNan, [value]) => Ok(Value::Bool(value.float()?.is_nan())),
        (Intrinsic::IsFinite, [value]) => Ok(Value::Bool(value.float()?.is_finite())),
        (Intrinsic::ToBits, [value]) => {
            let value = value.float()?;
            Ok(Value::U32(if value.is_nan() { crate::element::NAN_BITS } else { value.to_bits() }))
        }
        (Intrinsic::FromBits, [Value::U32(bits)]) => Ok(Value::F32(f32::from_bits(*bits))),
        (Intrinsic::WrappingAdd, &[a, b]) => wrapping(a, b, |a, b| a + b),
        (Intrinsic::WrappingSub, &[a, b]) => wrapping(a, b, |a, b| a - b),
        (Intrinsic::WrappingMul, &[a, b]) => wrapping(a, b, |a, b| a * b),
        (Intrinsic::CountOnes, [Value::U32(word)]) => Ok(Value::U32(word.count_ones())),
        (Intrinsic::LeadingZeros, [Value::U32(word)]) => Ok(Value::U32(word.leading_zeros())),
        (Intrinsic::TrailingZeros, [Value::U32(word)]) => Ok(Value::U32(word.trailing_zeros())),
        (Intrinsic::MulAdd, [a, b, c]) => Ok(Value::F32(a.float()?.mul_add(b.float()?, c.float()?))),
        (intrinsic, [value]) => {
            let value = value.float()?;
            Ok(Value::F32(match intrinsic {
                Intrinsic::Abs => value.abs(),
                Intrinsic::Sqrt => value.sqrt(),
                Intrinsic::Floor => value.floor(),
                Intrinsic::Ceil => value.ceil(),
                Intrinsic::Round => value.round_ties_even(),
                Intrinsic::Trunc => value.trunc(),
                other => return broken(format!("{other:?} is not of the exact tier")),
            }))
        }
        (other, values) => broken(format!("{other:?} of {} values", values.len())),
    }
}

fn wrapping(a: Value, b: Value, of: impl Fn(i128, i128) -> i128) -> Result<Value, Stop> {
    let ty = match a {
        Value::I32(_) => Type::I32,
        Value::U32(_) => Type::U32,
        other => return broken(format!("wrapping arithmetic of {other:?}")),
    };
    Value::wrapped(of(a.integer()?, b.integer()?), ty)
}
