//! What differs between the two C-family languages, and nothing else.

/// A target language.
pub trait Dialect: Sync {
    /// For comments and file names: `opencl` or `cuda`.
    fn name(&self) -> &'static str;
    /// Definitions of the types and functions that the shared text uses.
    fn prelude(&self) -> &'static str;
    /// Definitions of the functions that compare keys, for kernels that select.
    fn selection(&self) -> &'static str;
    /// What stands before a kernel's name.
    fn kernel(&self) -> &'static str;
    /// The same for groups of at most so many work-items, of which a multiprocessor is to run so many: up to that registers may be used.
    fn bounded_kernel(&self, items: &str, groups: &str) -> String;
    /// What makes compilers write out every call of a function, where a device for which a text is compiled does not do so anyway.
    fn inlined(&self) -> Option<&'static str> {
        None
    }
    /// The qualifier of a pointer to device memory, with a trailing space.
    fn global(&self) -> &'static str;
    /// Says of a pointer that nothing else points there.
    fn restrict(&self) -> &'static str;
    /// The qualifier of an array shared by a work-group, with a trailing space.
    fn shared(&self) -> &'static str;
    /// The qualifier of a pointer to such an array, with a trailing space.
    fn shared_pointer(&self) -> &'static str;
    /// Waits for all work-items of a group.
    fn barrier(&self) -> &'static str;
    /// The same, after which they also see what the others have written to buffers.
    fn buffer_barrier(&self) -> &'static str {
        self.barrier()
    }
    /// A barrier for the 32 work-items of a row of the group, or for more.
    fn warp_barrier(&self) -> &'static str {
        self.barrier()
    }
    /// Global number of the work-item in a dimension, as an expression of an integer type.
    fn item(&self, dimension: usize) -> &'static str;
    /// Number of work-items in a dimension.
    fn items(&self, dimension: usize) -> &'static str;
    /// Number of the work-item in its group in a dimension.
    fn lane(&self, dimension: usize) -> &'static str;
    /// Work-items of a group in a dimension.
    fn lanes(&self, dimension: usize) -> &'static str;
    /// Number of the group in a dimension.
    fn group(&self, dimension: usize) -> &'static str;
    /// What a kernel's pointer points to, for elements of a storage type: where types say how pointers are aligned, vectors of four.
    fn pointee(&self, storage: &str) -> String;
    /// Such a pointer as one to elements, of a type like `const kw_u8 *`; where types do not say how it is aligned, this does.
    fn elements(&self, ty: &str, pointer: &str) -> String;
    /// The language's own name, for people.
    fn language(&self) -> &'static str;
    /// The function that gives the larger of two numbers; NaN is none.
    fn larger(&self) -> &'static str;
    /// The same for the smaller one.
    fn smaller(&self) -> &'static str;
    /// The call of an atomic function (`add`, `min`, `max`) on an element of that C type, up to the element.
    fn atomic(&self, operation: &str, ty: &str) -> String;
}

/// OpenCL C 1.2.
pub struct OpenCl;

impl Dialect for OpenCl {
    fn name(&self) -> &'static str {
        "opencl"
    }
    fn prelude(&self) -> &'static str {
        include_str!("../../rts/opencl.h")
    }
    fn selection(&self) -> &'static str {
        include_str!("../../rts/selection_opencl.h")
    }
    fn kernel(&self) -> &'static str {
        "__kernel void"
    }
    fn bounded_kernel(&self, _items: &str, _groups: &str) -> String {
        self.kernel().into()
    }
    fn inlined(&self) -> Option<&'static str> {
        Some("static inline __attribute__((always_inline))")
    }
    fn global(&self) -> &'static str {
        "__global "
    }
    fn restrict(&self) -> &'static str {
        "restrict "
    }
    fn shared(&self) -> &'static str {
        "__local "
    }
    fn shared_pointer(&self) -> &'static str {
        "__local "
    }
    fn barrier(&self) -> &'static str {
        "barrier(CLK_LOCAL_MEM_FENCE)"
    }
    fn buffer_barrier(&self) -> &'static str {
        "barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE)"
    }
    fn item(&self, dimension: usize) -> &'static str {
        ["get_global_id(0)", "get_global_id(1)", "get_global_id(2)"][dimension]
    }
    fn items(&self, dimension: usize) -> &'static str {
        ["get_global_size(0)", "get_global_size(1)", "get_global_size(2)"][dimension]
    }
    fn lane(&self, dimension: usize) -> &'static str {
        ["get_local_id(0)", "get_local_id(1)", "get_local_id(2)"][dimension]
    }
    fn lanes(&self, dimension: usize) -> &'static str {
        ["get_local_size(0)", "get_local_size(1)", "get_local_size(2)"][dimension]
    }
    fn group(&self, dimension: usize) -> &'static str {
        ["get_group_id(0)", "get_group_id(1)", "get_group_id(2)"][dimension]
    }
    fn pointee(&self, storage: &str) -> String {
        // Arguments of kernels are aligned as the types that they point to.
        format!("KW_QUAD({storage})")
    }
    fn elements(&self, ty: &str, pointer: &str) -> String {
        format!("({ty}){pointer}")
    }
    fn language(&self) -> &'static str {
        "OpenCL C"
    }
    fn larger(&self) -> &'static str {
        "fmax"
    }
    fn smaller(&self) -> &'static str {
        "fmin"
    }
    fn atomic(&self, operation: &str, _ty: &str) -> String {
        format!("atomic_{operation}(&")
    }
}

/// CUDA C++ as NVRTC compiles it.
pub struct Cuda;

impl Dialect for Cuda {
    fn name(&self) -> &'static str {
        "cuda"
    }
    fn prelude(&self) -> &'static str {
        include_str!("../../rts/cuda.h")
    }
    fn selection(&self) -> &'static str {
        include_str!("../../rts/selection_cuda.h")
    }
    fn kernel(&self) -> &'static str {
        "extern \"C\" __global__ void"
    }
    fn bounded_kernel(&self, items: &str, groups: &str) -> String {
        format!("{} __launch_bounds__({items}, {groups})", self.kernel())
    }
    fn global(&self) -> &'static str {
        ""
    }
    fn restrict(&self) -> &'static str {
        "__restrict__ "
    }
    fn shared(&self) -> &'static str {
        "__shared__ "
    }
    fn shared_pointer(&self) -> &'static str {
        ""
    }
    fn barrier(&self) -> &'static str {
        "__syncthreads()"
    }
    fn warp_barrier(&self) -> &'static str {
        "__syncwarp()"
    }
    fn item(&self, dimension: usize) -> &'static str {
        [
            "((kw_long)blockIdx.x * blockDim.x + threadIdx.x)",
            "((kw_long)blockIdx.y * blockDim.y + threadIdx.y)",
            "((kw_long)blockIdx.z * blockDim.z + threadIdx.z)",
        ][dimension]
    }
    fn items(&self, dimension: usize) -> &'static str {
        ["(gridDim.x * blockDim.x)", "(gridDim.y * blockDim.y)", "(gridDim.z * blockDim.z)"][dimension]
    }
    fn lane(&self, dimension: usize) -> &'static str {
        ["threadIdx.x", "threadIdx.y", "threadIdx.z"][dimension]
    }
    fn lanes(&self, dimension: usize) -> &'static str {
        ["blockDim.x", "blockDim.y", "blockDim.z"][dimension]
    }
    fn group(&self, dimension: usize) -> &'static str {
        ["blockIdx.x", "blockIdx.y", "blockIdx.z"][dimension]
    }
    fn pointee(&self, storage: &str) -> String {
        format!("KW_STORAGE({storage})")
    }
    fn elements(&self, ty: &str, pointer: &str) -> String {
        format!("({ty})__builtin_assume_aligned({pointer}, 16)")
    }
    fn language(&self) -> &'static str {
        "CUDA C"
    }
    fn larger(&self) -> &'static str {
        "fmaxf"
    }
    fn smaller(&self) -> &'static str {
        "fminf"
    }
    fn atomic(&self, operation: &str, ty: &str) -> String {
        let mut name = operation.to_owned();
        name[..1].make_ascii_uppercase();
        // The overloads take plain pointers, and buffers of atomics are volatile.
        format!("atomic{name}(({ty}*)&")
    }
}
