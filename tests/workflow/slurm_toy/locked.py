"""Writes a file until the file `go` is there; logs its start, its stop, and that another one writes it."""

import fcntl
import sys
import time
from pathlib import Path

output = Path(sys.argv[1])
# not the output itself, which Snakemake removes; the system releases the lock of a job that is killed
lock = output.with_suffix(".lock").open("w")
with Path("locked.log").open("a", buffering=1) as log:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        print("not alone", output, file=log)
        sys.exit(1)
    print("start", output, file=log)
    while not Path("go").exists():
        output.write_text("half\n")
        time.sleep(0.2)
    output.write_text("whole\n")
    print("stop", output, file=log)
