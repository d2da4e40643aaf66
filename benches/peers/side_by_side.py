#!/usr/bin/env python3
"""Kernwerk beside other libraries on the same machine, in one run, on the same images.

    cargo build --release -p kernwerk-benches
    python3 benches/peers/side_by_side.py --table target/release/table --json cpu.json                      # CPU: SciPy, scikit-image
    python3 benches/peers/side_by_side.py --table table --sets large,small2d,small3d --ours cuda,opencl:H200 --json gpu.json

Every library runs in a process of its own, one after the other, in several rounds; the least time of all rounds counts, for them as for us.
First their results are compared with ours on small images (`compare.py`); what does not agree is timed, but marked. A library that is not
installed is left out. The images come from our program, as `.npy`.

CPU targets: how many times faster than SciPy and scikit-image Kernwerk has to be, by family.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

import numpy as np

import array_peers
import compare
import other_peers

PEERS = {
    "scipy": array_peers.SciPy,
    "cupy": array_peers.CuPy,
    "cucim": array_peers.CuCIM,
    "torch": other_peers.Torch,
    "cle-cuda": lambda: other_peers.Clesperanto("cuda"),
    "cle-opencl": lambda: other_peers.Clesperanto("opencl"),
}
CPU_TARGETS = {
    "gauss": 6, "mean": 6, "minmax": 6, "gradient": 6, "distance": 6, "median": 20, "labelling": 3, "measurement": 3, "resampling": 3,
    "reduction": 2, "projection": 2, "histogram": 2, "scan": 2,
}
CPU_TARGETS_BY_CASE = {"variance_box_r2_f32": 20}
ROTATED_BYTES = 240 << 20
"""So many bytes of inputs are used in turn on a GPU, so that no cache holds them; as `inputs.rs` does."""


# ---------------------------------------------------------------- a library's own process


def tell(**message):
    print(json.dumps(message), flush=True)


def load(folder, name):
    return np.load(os.path.join(folder, name + ".npy"))


def our_results(folder, case):
    """The results of a case as `table --files` wrote them: arrays, numbers or tables."""
    results = []
    while True:
        base = os.path.join(folder, f"{case}.{len(results)}")
        if os.path.exists(base + ".npy"):
            results.append(np.load(base + ".npy"))
        elif os.path.exists(base + ".json"):
            with open(base + ".json") as file:
                results.append(json.load(file))
        else:
            return results


def on_host(peer, value):
    if isinstance(value, (tuple, list)):
        return tuple(on_host(peer, part) for part in value)
    if isinstance(value, dict):
        return {name: on_host(peer, part) for name, part in value.items()}
    return value if isinstance(value, (int, float, np.generic, np.ndarray)) else peer.download(value)


def ways(call):
    return call if isinstance(call, dict) else {"": call}


def check(peer, cases, folder):
    for case in cases:
        if case["name"] not in peer.calls:
            continue
        inputs = {kind: load(folder, "input." + kind) for kind in case["inputs"]}
        for way, call in ways(peer.calls[case["name"]]).items():
            tell(started=case["name"])
            try:
                theirs = on_host(peer, call(*(peer.upload(array) for array in inputs.values())))
                agree, about = compare.compare(case["name"], our_results(folder, case["name"]), theirs, inputs)
            except Exception as error:  # whatever a library raises: the case is lost, the others are not
                agree, about = False, f"{type(error).__name__}: {error}"[:200]
            tell(case=case["name"], way=way, agree=bool(agree), about=about)


def measure(peer, call, sets, seconds):
    """As `measure.rs`: the least and the median of calls that are waited for, the mean of calls issued back to back."""
    def once(turn):
        peer.synchronize()
        start = time.perf_counter()
        result = call(*sets[turn % len(sets)])
        peer.synchronize()
        elapsed = 1e3 * (time.perf_counter() - start)
        del result
        return elapsed

    begin = time.perf_counter()
    times = [once(0)]
    first = times[0]
    # On a GPU the first call of a library may be little else than compiling.
    if first < 4e3 * seconds or peer.on_gpu:
        times = [once(1)]
        while time.perf_counter() - begin < 0.6 * seconds and len(times) < 1000 or len(times) < 3:
            if time.perf_counter() - begin > 4 * seconds:
                break
            times.append(once(len(times) + 1))
    batch, count = None, int(min(200, 0.4e3 * seconds / min(times)))
    if count >= 3:
        peer.synchronize()
        start = time.perf_counter()
        for turn in range(count):
            result = call(*sets[turn % len(sets)])
        peer.synchronize()
        batch = 1e6 * (time.perf_counter() - start) / count
        del result
    return {"first_ms": first, "ms": float(np.median(times)), "min_ms": min(times), "batch_us": batch}


def measure_all(peer, cases, folder, seconds):
    loaded, kinds = {}, None
    for case in cases:
        if case["name"] not in peer.calls:
            continue
        tell(started=case["name"])
        best = None
        try:
            if case["inputs"] != kinds:
                kinds, loaded = case["inputs"], {}
                peer.free()
                arrays = [load(folder, "input." + kind) for kind in kinds]
                copies = max(1, min(24, -(-ROTATED_BYTES // arrays[0].nbytes))) if peer.on_gpu else 1
                loaded = [[peer.upload(array) for array in arrays] for _ in range(copies)]
            for way, call in ways(peer.calls[case["name"]]).items():
                timing = measure(peer, call, loaded, seconds) | {"way": way}
                if best is None or timing["min_ms"] < best["min_ms"]:
                    best = timing
            tell(case=case["name"], **best)
        except Exception as error:  # as above
            tell(case=case["name"], error=f"{type(error).__name__}: {error}"[:200])
            kinds = None
            peer.free()


def worker(options):
    try:
        peer = PEERS[options.worker]()
    except Exception as error:  # not installed, or no device
        tell(missing=f"{type(error).__name__}: {error}"[:200])
        return
    tell(version=peer.version())
    cases = json.loads(sys.stdin.read())
    if options.check:
        check(peer, cases, options.folder)
    else:
        measure_all(peer, cases, options.folder, options.seconds)


# ---------------------------------------------------------------- the process that compares


def run_worker(name, cases, folder, options, checking, deadline):
    """Runs a library over cases and returns its messages; starts it again behind a case that it dies of."""
    messages, left = [], list(cases)
    while left:
        command = [sys.executable, os.path.abspath(__file__), "--worker", name, "--folder", folder, "--seconds", str(options.seconds)]
        log = tempfile.TemporaryFile("w+")
        child = subprocess.Popen(command + (["--check"] if checking else []), stdin=subprocess.PIPE, stdout=log,
                                 stderr=None if options.verbose else subprocess.DEVNULL, text=True)
        try:
            child.communicate(json.dumps(left), timeout=max(1.0, deadline - time.monotonic()))
            over = False
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            over = True
        log.seek(0)
        new = [json.loads(line) for line in log.read().splitlines() if line.startswith("{")]
        messages += new
        if child.returncode == 0 or over:
            break
        started = [message["started"] for message in new if "started" in message]
        if not started:
            messages.append({"missing": f"ended with {child.returncode}"})
            break
        messages.append({"case": started[-1], "error": f"the process ended with {child.returncode}", "agree": False, "about": "crashed"})
        names = [case["name"] for case in left]
        left = left[names.index(started[-1]) + 1:]
    return messages


def our_environment(device):
    backend, _, name = device.partition(":")
    environment = dict(os.environ, KERNWERK_BACKEND=backend)
    if name:
        environment["KERNWERK_DEVICE"] = name
    return environment


def run_ours(device, size, options, names):
    """Our program's record of one size, or None if the device is not there."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "ours.json")
        command = [options.table, "--size", size, "--seconds", str(options.seconds), "--json", path]
        for name in names:
            command += ["--only", name]
        done = subprocess.run(command, env=our_environment(device), capture_output=True, text=True)
        if done.returncode:
            print(f"kernwerk {device}: {done.stderr.strip()}")
            return None
        with open(path) as file:
            return json.load(file)


def least(known, new):
    """The lesser of two timings, figure by figure."""
    if known is None or "error" in known:
        return new
    for key in ("first_ms", "ms", "min_ms", "batch_us"):
        figures = [figure for figure in (known.get(key), new.get(key)) if figure is not None]
        known[key] = min(figures) if figures else None
    return known


def figure(timing, size, on_gpu):
    """The milliseconds that count: least time on a CPU, back to back for small images on a GPU, the lesser of both for large ones."""
    if timing is None or "error" in timing or timing.get("ms") is None:
        return None
    batch = timing.get("batch_us")
    if not on_gpu:
        return min(timing["min_ms"], timing["ms"])
    if size.startswith("small"):
        return batch / 1e3 if batch is not None else timing["ms"]
    return min(timing["ms"], batch / 1e3) if batch is not None else timing["ms"]


def compare_size(size, options, document):
    names = options.only or [line.split()[0] for line in
                             subprocess.run([options.table, "--list"], capture_output=True, text=True, check=True).stdout.splitlines()]
    record = {"set": size, "cases": {}}
    with tempfile.TemporaryDirectory() as folder:
        command = [options.table, "--files", folder, "--size", size]
        subprocess.run(command, env=our_environment(options.ours[0]), check=True, capture_output=True)
        folder = os.path.join(folder, size)
        for turn in range(options.rounds):
            for device in options.ours:
                ours = run_ours(device, size, options, names)
                if ours is None:
                    continue
                document["ours"][device] = ours["device"] | {"launch_us": ours["launch_us"]}
                record["shape"], record.setdefault("copies", {})[device] = ours["sets"][0]["shape"], ours["sets"][0]["copies"]
                for row in ours["sets"][0]["cases"]:
                    case = record["cases"].setdefault(row["name"], {key: row[key] for key in ("family", "inputs", "call")} | {"ours": {}, "peers": {}})
                    case["ours"][device] = least(case["ours"].get(device), row)
            cases = [{"name": name, "inputs": case["inputs"]} for name, case in record["cases"].items()]
            cases.sort(key=lambda case: case["inputs"])
            for peer in options.peers:
                if peer in document["missing"]:
                    continue
                for message in run_worker(peer, cases, folder, options, False, options.deadline):
                    if "missing" in message:
                        document["missing"][peer] = message["missing"]
                    elif "version" in message:
                        document["versions"][peer] = message["version"]
                    elif "case" in message:
                        theirs = record["cases"][message["case"]]["peers"]
                        theirs[peer] = least(theirs.get(peer), {key: message[key] for key in message if key not in ("case", "agree", "about")})
            if time.monotonic() > options.deadline:
                break
    return record


def print_size(record, document):
    devices = [device for device in document["ours"]]
    peers = [peer for peer in document["versions"]]
    print(f"\n{record['set']}: {record.get('shape')}; milliseconds\n")
    print(f"{'case':<26}" + "".join(f"{device:>14}" for device in devices) + "".join(f"{peer:>14}" for peer in peers) + "   best peer / ours   target")
    for name, case in record["cases"].items():
        line, best = f"{name:<26}", None
        figures = {}
        for device in devices:
            on_gpu = document["ours"][device]["is_gpu"]
            figures[device] = figure(case["ours"].get(device), record["set"], on_gpu)
            line += f"{figures[device]:>14.3f}" if figures[device] else f"{'–':>14}"
        on_gpu = any(document["ours"][device]["is_gpu"] for device in devices)
        for peer in peers:
            theirs = figure(case["peers"].get(peer), record["set"], on_gpu)
            differs = not document["checks"].get(peer, {}).get(name, {}).get("agree", True)
            line += f"{theirs:>13.3f}{'*' if differs else ' '}" if theirs else f"{'–':>14}"
            # On a CPU the wanted ratios are those to SciPy and scikit-image; pyclesperanto is a rival of its own.
            if theirs and (on_gpu or not peer.startswith("cle")) and (best is None or theirs < best[0]):
                best = (theirs, peer)
        if best and figures.get(devices[0]):
            ratio = best[0] / figures[devices[0]]
            target = 1 if on_gpu else CPU_TARGETS_BY_CASE.get(name, CPU_TARGETS.get(case["family"], 1))
            case["ratio"], case["best_peer"], case["ratio_target"], case["met"] = ratio, best[1], target, ratio >= target
            line += f"   {ratio:>8.2f} {best[1]:<10} {target:>4} {'met' if ratio >= target else 'SHORT'}"
        rival = figure(case["peers"].get("cle-opencl"), record["set"], on_gpu)
        if rival and not on_gpu:
            line += "   " + ", ".join(f"{rival / ours:.2f} × cle on {device}" for device, ours in figures.items() if ours)
        print(line)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", default="target/release/table", help="our program")
    parser.add_argument("--sets", default="cpu", help="sizes as `table` knows them, with commas; 64x256x256 for others")
    parser.add_argument("--ours", default="cpu", help="our devices: BACKEND or BACKEND:NAME, with commas; ratios are those of the first")
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument("--only", action="append", help="a case; may be given several times")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=0.3, help="for one case of one library in one round")
    parser.add_argument("--budget", type=float, default=3600, help="seconds in all")
    parser.add_argument("--no-check", action="store_true")
    parser.add_argument("--json")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--worker", choices=PEERS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    parser.add_argument("--check", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        return worker(options)
    options.deadline = time.monotonic() + options.budget
    options.table = os.path.abspath(options.table)
    options.ours = options.ours.split(",")
    options.peers = [peer for peer in options.peers.split(",") if peer]
    document = {"program": "side_by_side", "ours": {}, "versions": {}, "missing": {}, "checks": {}, "sets": []}
    with tempfile.TemporaryDirectory() as folder:
        for size in ("check", "check2d"):
            subprocess.run([options.table, "--files", folder, "--results", "--size", size], env=our_environment(options.ours[0]),
                           check=True, capture_output=True)
        subprocess.run([options.table, "--list", "--json", os.path.join(folder, "list.json")], capture_output=True, check=True)
        with open(os.path.join(folder, "list.json")) as file:
            cases = [case for case in json.load(file)["cases"] if not options.only or case["name"] in options.only]
        for peer in options.peers:
            for size in () if options.no_check else ("check", "check2d"):
                if peer in document["missing"]:
                    continue
                for message in run_worker(peer, cases, os.path.join(folder, size), options, True, options.deadline):
                    if "missing" in message:
                        document["missing"][peer] = message["missing"]
                    elif "version" in message:
                        document["versions"][peer] = message["version"]
                    elif "case" in message:
                        checks = document["checks"].setdefault(peer, {})
                        known = checks.setdefault(message["case"], {"agree": True, "about": ""})
                        if not message["agree"]:
                            checks[message["case"]] = {"agree": False, "about": f"{size}: {message['about']}"}
                        elif known["agree"]:
                            known["about"] = message["about"]
    for peer, version in document["versions"].items():
        print(f"{peer}: {version}")
        for case, outcome in document["checks"].get(peer, {}).items():
            if not outcome["agree"]:
                print(f"    * {case}: {outcome['about']}")
    for peer, reason in document["missing"].items():
        print(f"{peer}: not here ({reason})")
    for size in options.sets.split(","):
        record = compare_size(size, options, document)
        print_size(record, document)
        document["sets"].append(record)
        if options.json:
            with open(options.json + ".part", "w") as file:
                json.dump(document, file, indent=1)
            os.replace(options.json + ".part", options.json)


if __name__ == "__main__":
    sys.exit(main())
