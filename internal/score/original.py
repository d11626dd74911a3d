# Runs fail2ban-regex, whose path is the first argument, with the configuration in the
# second, once for each object {"Filter": …, "Lines": […]} of the list on standard
# input. Prints GS before each run, RS address US lines for each failure, and CAN behind
# a run that had to be ended: some filters take ages for some lines.
import json
import runpy
import signal
import sys


def give_up(number, frame):
    raise TimeoutError


signal.signal(signal.SIGVTALRM, give_up)
script, configuration = sys.argv[1:3]
for run in json.load(sys.stdin):
    print("\x1d", end="")
    sys.argv = [script, "-c", configuration, "-r", "--no-check-all",
                "-o", "\x1e<ip>\x1f<matches>", "--", "\n".join(run["Lines"]), run["Filter"]]
    signal.setitimer(signal.ITIMER_VIRTUAL, 2)  # seconds of CPU
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as e:
        if e.code:
            sys.exit("filter " + run["Filter"])
    except TimeoutError:
        print("\x18", end="")
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
