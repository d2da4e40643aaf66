//! Signatures of each class, and the program around the bodies.

use super::{BufferUse, Extent, Generator, GridBuffer, Offset, Program, Slot, Source, Ty, View};
use crate::host;

impl Generator {
    fn source(&mut self, text: impl Into<String>, ty: Ty, low: i128, high: i128) {
        self.sources.push(Source { text: text.into(), ty, low, high });
    }

    fn coordinates(&mut self, name: &str, ty: Ty) {
        for axis in ["x", "y", "z"] {
            self.source(format!("{name}.{axis}()"), ty, 0, 8200);
            self.source(format!("{name}.extent_{axis}()"), ty, 1, 8201);
        }
    }

    /// Scalar parameters; returns their declarations.
    fn params(&mut self, most: usize) -> Vec<String> {
        let number = self.random.below(most + 1);
        (0..number).map(|_| self.param()).collect()
    }

    fn param(&mut self) -> String {
        let attribute = *self.random.pick(&["#[param] ", "#[param(default = 1)] ", "#[param(unit = \"voxels\")] "]);
        let mut kinds = vec![Ty::F32, Ty::F32, Ty::I32, Ty::U32, Ty::Bool];
        if self.generic {
            kinds.push(Ty::T);
        }
        let ty = *self.random.pick(&kinds);
        let attribute = if ty == Ty::Bool { "#[param] " } else { attribute };
        if matches!(ty, Ty::F32 | Ty::U32) && self.random.percent(30) {
            let name = self.argument_name("per");
            for axis in ["x", "y", "z"] {
                let (low, high) = ty.range();
                self.source(format!("{name}.{axis}"), ty, low, high);
            }
            return format!("{}{name}: PerAxis<{}>", attribute.replace("(default = 1)", ""), ty.name());
        }
        let name = self.argument_name("p");
        let (low, high) = ty.range();
        self.source(&name, ty, low, high);
        format!("{attribute}{name}: {}", ty.name())
    }

    /// The types of what an operation of several images returns: mostly one.
    fn outputs(&mut self) -> Vec<Ty> {
        let number = *self.random.pick(&[1, 1, 1, 1, 2, 3]);
        (0..number).map(|_| self.output()).collect()
    }

    fn output(&mut self) -> Ty {
        let mut types = vec![Ty::F32, Ty::F32, Ty::I32, Ty::U32, Ty::Bool];
        if self.generic {
            types.extend([Ty::T, Ty::T, Ty::T]);
        }
        *self.random.pick(&types)
    }

    /// `pub fn probe<T: Pixel>(…) -> … { … }`.
    fn function(&mut self, attribute: &str, arguments: &[String], outputs: &[Ty]) -> Program {
        let results = outputs.iter().copied().map(Slot::any).collect();
        self.function_of(attribute, arguments, results)
    }

    fn function_of(&mut self, attribute: &str, arguments: &[String], results: Vec<Slot>) -> Program {
        let outputs: Vec<Ty> = results.iter().map(|slot| slot.ty).collect();
        self.results = results;
        let depth = 1 + self.random.below(3);
        self.function_body(depth);
        let name = self.operation_name();
        let generic = if self.generic { "<T: Pixel>" } else { "" };
        let names: Vec<&str> = outputs.iter().map(|ty| ty.name()).collect();
        let result = match &names[..] {
            [] => String::new(),
            [name] => format!(" -> {name}"),
            names => format!(" -> ({})", names.join(", ")),
        };
        let body = self.take_body();
        let source = format!("pub fn {name}{generic}({}){result} {{\n{body}}}\n", arguments.join(", "));
        let extents = self.buffers.iter().map(|buffer| match buffer.use_ {
            BufferUse::Read(extent) => extent,
            BufferUse::Own(factor) => Extent::Items(factor),
            BufferUse::Shared(_, len) => Extent::Fixed(len),
        });
        Program { attribute: attribute.to_owned(), source, extents: extents.collect() }
    }

    pub(super) fn pointwise(&mut self) -> Program {
        self.generic = self.random.percent(30);
        let images = 1 + self.random.below(3);
        let mut arguments = Vec::new();
        for number in 0..images {
            let mut types = vec![Ty::F32, Ty::F32, Ty::I32, Ty::U32, Ty::Bool];
            if self.generic {
                types = if number == 0 { vec![Ty::T] } else { [types, vec![Ty::T; 4]].concat() };
            }
            let ty = *self.random.pick(&types);
            let name = self.argument_name("image");
            let (low, high) = ty.range();
            self.source(&name, ty, low, high);
            self.source(&name, ty, low, high);
            arguments.push(format!("{name}: {}", ty.name()));
        }
        if self.random.percent(40) {
            let name = self.argument_name("at");
            self.coordinates(&name, Ty::I32);
            let place = if self.random.percent(50) { arguments.len() } else { 0 };
            arguments.insert(place, format!("{name}: Position"));
        }
        arguments.extend(self.params(3));
        let outputs = self.outputs();
        self.function("pointwise", &arguments, &outputs)
    }

    fn image_type(&mut self) -> Ty {
        let ty = *self.random.pick(&[Ty::F32, Ty::F32, Ty::F32, Ty::I32, Ty::U32, Ty::Bool, Ty::T, Ty::T, Ty::T]);
        self.generic = ty == Ty::T;
        ty
    }

    pub(super) fn neighborhood(&mut self) -> Program {
        let element = self.image_type();
        let name = self.argument_name("w");
        let mut arguments = vec![format!("{name}: Window<{}>", element.name())];
        self.coordinates(&name, Ty::I32);
        let (low, high) = element.range();
        self.source(format!("{name}.center()"), element, low, high);
        self.image = Some((name.clone(), element));
        let mut radius = None;
        if self.random.percent(60) {
            let param = self.argument_name("radius");
            for axis in ["x", "y", "z"] {
                self.source(format!("{param}.{axis}"), Ty::U32, 0, 3);
            }
            arguments.push(format!("#[param(default = 1, range = 0..=3)] {param}: PerAxis<u32>"));
            radius = Some(param);
        }
        let number = self.random.below(4);
        for _ in 0..number {
            let shape = *self.random.pick(&["cuboid", "ellipsoid", "diamond"]);
            let (text, offset, size) = match &radius {
                Some(param) if self.random.percent(60) => (param.clone(), Offset::Whole, 343),
                _ => {
                    let voxels = *self.random.pick(&[0usize, 1, 1, 1, 2, 2, 3]);
                    (voxels.to_string(), Offset::Free, (2 * voxels + 1).pow(3))
                }
            };
            let text = format!("{name}.{shape}({text})");
            self.views.push(View { text, planar: true, offset, size });
        }
        arguments.extend(self.params(2));
        let outputs = self.outputs();
        self.function("neighborhood", &arguments, &outputs)
    }

    pub(super) fn separable(&mut self) -> Program {
        let element = self.image_type();
        let name = self.argument_name("line");
        let mut arguments = vec![format!("{name}: Line<{}>", element.name())];
        self.coordinates(&name, Ty::I32);
        let (low, high) = element.range();
        self.source(format!("{name}.center()"), element, low, high);
        self.image = Some((name.clone(), element));
        let mut radius = None;
        if self.random.percent(60) {
            let param = self.argument_name("radius");
            for axis in ["x", "y", "z"] {
                self.source(format!("{param}.{axis}"), Ty::U32, 0, 3);
            }
            arguments.push(format!("#[param(default = 1, range = 0..=3)] {param}: PerAxis<u32>"));
            if element == Ty::F32 {
                let function = *self.random.pick(&host::OF_RADIUS);
                self.weights.push(format!("{function}({param})"));
            }
            radius = Some(param);
        }
        if element == Ty::F32 && self.random.percent(50) {
            let param = self.argument_name("tooth");
            for axis in ["x", "y", "z"] {
                self.source(format!("{param}.{axis}"), Ty::F32, 0, 0);
            }
            arguments.push(format!("{param}: PerAxis<f32>"));
            let function = *self.random.pick(&host::OF_FLOATS);
            self.weights.push(format!("{function}({param})"));
        }
        let number = self.random.below(3);
        for _ in 0..number {
            let (text, offset) = match &radius {
                Some(param) if self.random.percent(60) => (param.clone(), Offset::Whole),
                _ => ((*self.random.pick(&["0", "1", "2", "5"])).to_owned(), Offset::Free),
            };
            self.views.push(View { text: format!("{name}.window({text})"), planar: false, offset, size: 11 });
        }
        arguments.extend(self.params(1));
        self.function("neighborhood(separable)", &arguments, &[element])
    }

    pub(super) fn gather(&mut self) -> Program {
        let element = self.image_type();
        let name = self.argument_name("source");
        let mut arguments = vec![format!("{name}: Sampler<{}>", element.name())];
        for axis in ["x", "y", "z"] {
            self.source(format!("{name}.extent_{axis}()"), Ty::I32, 1, 8201);
        }
        self.image = Some((name, element));
        let at = self.argument_name("at");
        self.coordinates(&at, Ty::I32);
        arguments.push(format!("{at}: Position"));
        if self.random.percent(30) {
            let size = self.argument_name("size");
            for axis in ["x", "y", "z"] {
                self.source(format!("{size}.{axis}"), Ty::U32, 1, 9);
            }
            arguments.push(format!("#[param(output_extent, range = 1..=9)] {size}: PerAxis<u32>"));
        }
        arguments.extend(self.params(3));
        let outputs = self.outputs();
        self.function("gather", &arguments, &outputs)
    }

    pub(super) fn scan(&mut self) -> Program {
        self.generic = self.random.percent(40);
        let types = if self.generic { vec![Ty::T] } else { vec![Ty::F32, Ty::F32, Ty::I32, Ty::U32, Ty::Bool] };
        let element = *self.random.pick(&types);
        let name = self.argument_name("pixel");
        let (low, high) = element.range();
        self.source(&name, element, low, high);
        self.source(&name, element, low, high);
        let mut arguments = vec![format!("{name}: {}", element.name())];
        let pixel = name;
        if self.random.percent(30) {
            let name = self.argument_name("other");
            self.source(&name, element, low, high);
            arguments.push(format!("{name}: {}", element.name()));
        }
        let mut results = vec![Slot::any(self.output())];
        for _ in 0..1 + self.random.below(3) {
            let slot = self.slot();
            let start = match slot.ty == element && !element.is_integer() && self.random.percent(40) {
                true => pixel.clone(),
                false => self.start(slot),
            };
            let name = self.argument_name("s");
            self.source(&name, slot.ty, slot.low, slot.high);
            self.source(&name, slot.ty, slot.low, slot.high);
            arguments.push(format!("#[state(start = {start})] {name}: {}", slot.ty.name()));
            results.push(slot);
        }
        if self.random.percent(40) {
            let name = self.argument_name("at");
            self.coordinates(&name, Ty::I32);
            arguments.push(format!("{name}: Position"));
        }
        arguments.extend(self.params(2));
        self.function_of("scan", &arguments, results)
    }

    /// A part of a state: its integers are kept small, so that they can be computed with.
    fn slot(&mut self) -> Slot {
        let mut types = vec![Ty::F32, Ty::F32, Ty::I32, Ty::U32, Ty::Bool];
        if self.generic {
            types.extend([Ty::T, Ty::T]);
        }
        let ty = *self.random.pick(&types);
        let (low, high) = match ty {
            Ty::U32 => (0, (1 << 20) - 1),
            Ty::I32 => (-(1 << 20) + 1, (1 << 20) - 1),
            ty => ty.range(),
        };
        Slot { ty, low, high }
    }

    /// What a state starts with.
    fn start(&mut self, slot: Slot) -> String {
        let literal = self.literal(slot.ty);
        if slot.ty.is_integer() { self.random.between(0, 9).to_string() } else { literal.text }
    }

    pub(super) fn grid(&mut self) -> Program {
        let at = self.argument_name("at");
        let mut arguments = vec![format!("{at}: Item")];
        self.coordinates(&at, Ty::Usize);
        self.source(format!("{at}.n()"), Ty::Usize, 0, 8);
        self.source(format!("{at}.index()"), Ty::Usize, 0, 20_000);
        let reads = self.random.below(3);
        for _ in 0..reads {
            let ty = *self.random.pick(&[Ty::F32, Ty::I32, Ty::U32, Ty::Bool]);
            let extent =
                if self.random.percent(50) { Extent::Items(1) } else { Extent::Fixed(1 + self.random.below(40)) };
            let name = self.argument_name("source");
            arguments.push(format!("{name}: Read<{}>", ty.name()));
            self.buffers.push(GridBuffer { name, ty, use_: BufferUse::Read(extent) });
        }
        let writes = 1 + self.random.below(3);
        for _ in 0..writes {
            let ty = *self.random.pick(&[Ty::F32, Ty::I32, Ty::U32]);
            let use_ = if ty == Ty::F32 || self.random.percent(60) {
                BufferUse::Own(1 + self.random.below(3))
            } else {
                let method = *self.random.pick(&["fetch_add", "fetch_min", "fetch_max"]);
                BufferUse::Shared(method, 1 + self.random.below(9))
            };
            let name = self.argument_name("target");
            arguments.push(format!("{name}: Global<{}>", ty.name()));
            self.buffers.push(GridBuffer { name, ty, use_ });
        }
        arguments.extend(self.params(2));
        self.function("grid", &arguments, &[])
    }

    pub(super) fn reduction(&mut self) -> Program {
        let element = *self.random.pick(&[Ty::F32, Ty::F32, Ty::I32, Ty::U32, Ty::Bool, Ty::T, Ty::T]);
        self.generic = element == Ty::T;
        let slots: Vec<Slot> = (0..1 + self.random.below(3)).map(|_| self.slot()).collect();
        let output = self.output();
        let state = match &slots[..] {
            [slot] => slot.ty.name().to_owned(),
            slots => format!("({})", slots.iter().map(|slot| slot.ty.name()).collect::<Vec<_>>().join(", ")),
        };
        let generic = if self.generic { "<T: Pixel>" } else { "" };
        let budget = self.budget;
        let mut text = format!("impl{generic} Reduction<{}> for Probe {{\n", element.name());
        text.push_str(&format!("    type State = {state};\n    type Output = {};\n", output.name()));
        for function in ["identity", "step", "merge", "finish"] {
            self.arguments.clear();
            self.sources.clear();
            self.variables.clear();
            self.arrays.clear();
            self.budget = budget / 2 + 4;
            self.indent = 2;
            self.results = if function == "finish" { vec![Slot::any(output)] } else { slots.clone() };
            let mut arguments = Vec::new();
            let states: &[&str] = match function {
                "identity" => &[],
                "merge" => &["a", "b"],
                _ => &["state"],
            };
            let mut parts = Vec::new();
            for plain in states {
                let name = self.argument_name(plain);
                parts.push(name.clone());
                arguments.push(format!("{name}: {state}"));
            }
            if function == "step" {
                let name = self.argument_name("pixel");
                let (low, high) = element.range();
                self.source(&name, element, low, high);
                arguments.push(format!("{name}: {}", element.name()));
                let at = self.argument_name("at");
                self.coordinates(&at, Ty::I32);
                arguments.push(format!("{at}: Position"));
            }
            if function == "finish" {
                let name = self.argument_name("count");
                self.source(&name, Ty::F32, 0, 0);
                arguments.push(format!("{name}: f32"));
            }
            for name in parts {
                self.take_apart(&name, &slots);
            }
            if function == "identity" {
                let result = self.result();
                self.line(result);
            } else {
                let depth = self.random.below(3);
                self.function_body(depth);
            }
            let result = if function == "finish" { output.name() } else { &state };
            let body = self.take_body();
            text.push_str(&format!("    fn {function}({}) -> {result} {{\n{body}    }}\n", arguments.join(", ")));
        }
        text.push_str("}\n");
        Program { attribute: "reduction".into(), source: text, extents: Vec::new() }
    }

    /// `let (a, b) = state;`
    fn take_apart(&mut self, state: &str, slots: &[Slot]) {
        if let [slot] = slots {
            return self.source(state, slot.ty, slot.low, slot.high);
        }
        let mut names: Vec<String> = Vec::new();
        for _ in slots {
            let mut name = self.argument_name("s");
            // A state's argument is taken apart into variables, which may not have the names of arguments.
            while names.contains(&name) || name == state {
                name.push('b');
            }
            names.push(name);
        }
        let wild = self.random.percent(10).then(|| self.random.below(slots.len()));
        let shown: Vec<&str> =
            names.iter().enumerate().map(|(n, name)| if wild == Some(n) { "_" } else { name.as_str() }).collect();
        self.line(format!("let ({}) = {state};", shown.join(", ")));
        for (number, (name, slot)) in names.iter().zip(slots).enumerate() {
            if wild != Some(number) {
                self.source(name, slot.ty, slot.low, slot.high);
            }
        }
    }
}
