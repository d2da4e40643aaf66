#!/usr/bin/env bash
# Every kernel of the library under tools that watch each access to memory: with a few voxels, since they are slow.
#
#   tests/sanitize.sh [CHECK]... [-- PART-OF-AN-OPERATION'S-NAME...]
#
#   oclgrind    data races, accesses out of bounds and errors of calls, on oclgrind's simulated OpenCL device (the default)
#   memcheck racecheck initcheck synccheck    the tools of NVIDIA's compute-sanitizer, on the first CUDA device
#
# Values that nobody has written are initcheck's: oclgrind 21 does not follow LLVM's `freeze`, and so takes every index that a
# kernel computes by division for one.
#
# The calls are the `tiny` sample of the conformance tests, which fails if a kernel is never launched, and compares every
# result with the CPU's. KERNWERK_CONFORMANCE_BINARY names a conformance binary that was built elsewhere; with it, neither
# the source nor cargo is needed. Reports that are races by design are listed, with the reason, in tests/sanitize.py.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

checks=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do checks+=("$1"); shift; done
[ $# -gt 0 ] && shift
[ ${#checks[@]} -gt 0 ] || checks=(oclgrind)

binary=${KERNWERK_CONFORMANCE_BINARY:-}
if [ -z "$binary" ]; then
    binary=$(cd "$here/.." && cargo test --locked -p kernwerk-tests --test conformance --no-run 2>&1 |
        tee /dev/stderr | sed -n 's/.*Executable.*(\(.*\))$/\1/p')
    binary=$(cd "$here/.." && realpath "$binary")
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# The tools want all calls from one thread, and programs that they have compiled themselves.
export KERNWERK_CONFORMANCE=tiny KERNWERK_TEST_THREADS=1 KERNWERK_CACHE_DIR="$scratch/cache"

simulate() {
    local library
    library=$(find "$(dirname "$(realpath "$(command -v oclgrind)")")/../lib" -name liboclgrind-rt.so -print -quit)
    # Optimised programs hold intrinsics of LLVM that oclgrind 21 does not know, and lose their line numbers.
    KERNWERK_OPENCL_LIBRARY=$library KERNWERK_REQUIRE=opencl oclgrind --data-races --check-api --max-errors 1000000 \
        --build-options "-cl-opt-disable" --log "$scratch/log" "$binary" "$@" | tee "$scratch/out"
    grep -q "^opencl Oclgrind Simulator: .* kernels ran" "$scratch/out"
    python3 "$here/sanitize.py" "$scratch/log"
}

for check in "${checks[@]}"; do
    echo "== $check"
    case $check in
    oclgrind) simulate "$@" ;;
    memcheck | racecheck | initcheck | synccheck)
        # The driver asks for one parameter too many to learn how many a kernel has: an error of that call is no report.
        options=(--tool "$check" --error-exitcode 1)
        [ "$check" != memcheck ] || options+=(--leak-check no --report-api-errors no)
        # Without an OpenCL library, only CUDA is tested.
        KERNWERK_OPENCL_LIBRARY=none KERNWERK_REQUIRE=cuda compute-sanitizer "${options[@]}" "$binary" "$@"
        ;;
    *)
        echo "there is no check \`$check\`; see the head of $0" >&2
        exit 2
        ;;
    esac
done
