"""Logprep's side, run by the interpreter that has Logprep: lines through the processors of a pipeline, to JSON.

python logprep_side.py PIPELINE.yml LINES DOCUMENTS SHOWN

Measured are, in seconds of the process's CPU: line -> {"message": line} -> each processor's process() -> JSON, with the writer
that Logprep's own connectors use (msgspec). Reading the batch and the outputs are left out. Prints {"cpu", "lines", "failed"};
writes the first SHOWN documents of a pass of its own to DOCUMENTS.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
from logprep.factory import Factory
from ruamel.yaml import YAML

WARM = 2000


def build(pipeline: Path) -> list[Any]:
    """The processors, set up."""
    processors = [Factory.create(one) for one in YAML(typ="safe").load(pipeline)["pipeline"]]
    for processor in processors:
        processor.setup()
    return processors


def run(processors: list[Any], lines: list[bytes], encode: Any) -> tuple[int, list[bytes]]:
    """(lines that a processor complained of, JSON)."""
    failed = 0
    made = []
    for line in lines:
        event = {"message": line.decode()}
        wrong = False
        for processor in processors:
            result = processor.process(event)
            wrong = wrong or bool(result.errors or result.warnings)
        failed += wrong
        made.append(encode(event))
    return failed, made


def main() -> None:
    """One measure."""
    pipeline, source, documents, shown = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
    processors, encode = build(pipeline), msgspec.json.Encoder().encode
    lines = source.read_bytes().split(b"\n")
    documents.write_bytes(b"\n".join(run(processors, lines[:shown], encode)[1]))
    run(processors, lines[:WARM], encode)
    started = time.process_time()
    failed, _ = run(processors, lines, encode)
    print(json.dumps({"cpu": time.process_time() - started, "lines": len(lines), "failed": failed}))


if __name__ == "__main__":
    main()
