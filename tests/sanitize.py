#!/usr/bin/env python3
"""Reads a log of oclgrind: prints each report once per kernel and place, and fails if any is not a race by design.

    sanitize.py LOG
"""

import collections
import re
import sys

# Races that belong to an algorithm: kernel, the buffer that they are about, the accesses that may meet, and why that is right.
# A `Global` buffer is accessed as 32-bit words, which no device tears.
BY_DESIGN = [
    (
        "runs_join",
        "parents",
        {"load", "store volatile", "atomic_min"},
        "Lock-free union-find: whatever a load returns is an ancestor, old or new, or the run itself; a store replaces a"
        " parent by an ancestor of it; only roots are joined, by atomic_min, and whoever was overtaken goes on with what it"
        " found.",
    ),
    (
        "reach_along_rows",
        "flags",
        {"load", "atomic_add"},
        "The number of listed seeds only grows; a load tells whether the list is full already, and an item that learns it late"
        " adds to the number and lists nothing.",
    ),
    (
        "label_sums",
        "sums",
        {"load", "atomic_max"},
        "A word only grows; a load spares an atomic_max that would change nothing, whether it is old or new.",
    ),
    ("label_sums", "seen", {"load", "atomic_max"}, "The same of the largest label and of the bins."),
    ("label_sums_in_groups", "sums", {"load", "atomic_max"}, "As in label_sums."),
    ("label_sums_in_groups", "seen", {"load", "atomic_max"}, "As in label_sums."),
]


def reports(lines):
    """The paragraphs of the log that begin with an unindented line, as lists of lines."""
    report = []
    for line in lines:
        if line.strip() and not line[0].isspace():
            if report:
                yield report
            report = [line.rstrip()]
        elif report:
            report.append(line.strip())
    if report:
        yield report


def accesses(report):
    """Which kinds of access to which buffers a report is about: pairs of instruction and line of source."""
    kinds, sources = [], []
    for number, line in enumerate(report):
        instruction = re.search(r"(load volatile|load|store volatile|atomic_\w+?)(?=P|\b)", line)
        if re.match(r"(%\S+ = )?(tail )?(load|store|call|tail call)\b", line) or "= tail call" in line:
            kinds.append(instruction.group(1) if instruction else line)
        if line.startswith("At line") and number + 1 < len(report):
            sources.append(report[number + 1])
    return kinds, sources


def by_design(report, kernel):
    if "data race at global memory" not in report[0]:
        return None
    kinds, sources = accesses(report)
    for index, (name, buffer, allowed, _) in enumerate(BY_DESIGN):
        # Where the compiler has merged accesses it does not know the line any more.
        about = all(re.search(rf"\b{buffer}\b|^\(source not available\)$", source) for source in sources)
        if name == kernel and len(kinds) == len(sources) == 2 and about and set(kinds) <= allowed:
            return index
    return None


def main():
    with open(sys.argv[1], encoding="utf-8", errors="replace") as log:
        found = list(reports(log))
    expected, unexpected = collections.Counter(), {}
    for report in found:
        kernel = next((line.split(":", 1)[1].strip() for line in report if line.startswith("Kernel:")), "?")
        index = by_design(report, kernel)
        if index is not None:
            expected[index] += 1
            continue
        place = (re.sub(r"0x[0-9a-f]+", "ADDRESS", report[0]), kernel, tuple(accesses(report)[1]))
        unexpected.setdefault(place, [0, report])[0] += 1
    for index, count in expected.items():
        name, buffer, _, reason = BY_DESIGN[index]
        print(f"by design: {count} races on `{buffer}` in {name}: {reason}")
    for count, report in unexpected.values():
        print(f"{count} times:")
        print("\n".join(f"  {line}" for line in report if line))
    print(f"{len(found)} reports, {sum(expected.values())} by design, {len(found) - sum(expected.values())} not")
    sys.exit(1 if unexpected else 0)


if __name__ == "__main__":
    main()
