"""sysmon describes its logs on stderr when it gets SIGUSR1, and goes on.

Usage: check_sysmon.py SYSMON
"""

import re
import signal
import subprocess
import sys

LOG = re.compile(
    r"^(readings|events|alarms): atomic-log [\d.]+, log at 0x[0-9a-f]+\n"
    r"records   of .*\ncapacity  .*\nnewest    records \[(\d+), (\d+)\), .*\nwriter    claimed\n"
    r"memory    .*\nfailures  0 .*, 0 .*\nreaders   .*\n(?:  \d+ views? of segments .*\n)+",
    re.MULTILINE,
)


def main():
    sysmon = subprocess.Popen(
        [sys.argv[1], "--plain", "--seconds", "3"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert sysmon.stdout.readline(), "sysmon said nothing"
    sysmon.send_signal(signal.SIGUSR1)
    rest, said = sysmon.communicate()
    print(said + rest)
    names = [found.group(1) for found in LOG.finditer(said)]
    assert names == ["readings", "events", "alarms"], names
    assert sysmon.returncode == 0, sysmon.returncode


main()
