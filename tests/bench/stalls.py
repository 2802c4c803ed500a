"""What blocks, and what stops, a whole engine: is it named, is anything misjudged?

    python -m tests.bench.stalls [--platforms 100] [--stop-s 30]

A real engine in a process of its own checks a slow server over http and tcp: a third
of its checks are under way at any moment. Then one probe blocks the loop for 1.2 s, in
three ways; at last the process is stopped (SIGSTOP) and goes on. Prints what was told
of it, and the outcomes of all other checks: not one may be failed or timed_out.
"""

import argparse
import signal
import time

from tests.engine.own_process import Report, engine_process, report_of, slow_server

_SETTLE_S = 5.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--platforms", type=int, default=100)
    parser.add_argument("--stop-s", type=float, default=30.0)
    args = parser.parse_args()
    with slow_server() as port:
        for block in ("sleep", "cpu", "c"):
            with engine_process(port, args.platforms, block) as process:
                time.sleep(_SETTLE_S)
                _print(f"blocked by {block}", report_of(process))
        with engine_process(port, args.platforms) as process:
            time.sleep(_SETTLE_S)
            process.send_signal(signal.SIGSTOP)
            time.sleep(args.stop_s)
            process.send_signal(signal.SIGCONT)
            time.sleep(_SETTLE_S)
            _print(f"stopped for {args.stop_s:g} s", report_of(process))


def _print(what: str, report: Report) -> None:
    print(what)
    for stall in report.stalls:
        print(f"  told: {stall}")
    if report.named_after_s is not None:
        print(f"  named in another thread after {report.named_after_s:.2f} s")
    print(f"  outcomes: {report.outcomes}")
    for name, detail in report.lost.items():
        print(f"  bad: {name}: {detail}")


if __name__ == "__main__":
    main()
