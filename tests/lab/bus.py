# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: The Miredo authors
"""A message bus for one node of the lab. Nothing in the lab ever reaches the machine's own."""

import subprocess

from lab.netns import Run, kRunRoot
from lab.tools import LabError

#: Nobody listens there: for daemons that shall find no bus.
kNoBus = f"unix:path={kRunRoot}/no-bus"

# Started by hand as root the daemon becomes nobody where there is no user miredo.
_kConfiguration = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>{address}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <deny own="*"/>
    <deny send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus"/>
  </policy>
  <policy user="nobody">
    <allow own="org.miredo.Miredo1"/>
  </policy>
  <include>{policy}</include>
</busconfig>
"""


class Bus:
    """A bus with the policy that is shipped; it ends with the run at the latest."""

    def __init__(self, namespace, build_directory):
        self._namespace = namespace
        self._miredoctl = build_directory / "src/ctl/miredoctl"
        base = Run.current().directory / f"{namespace.name}-{Run.current().next_number()}-bus"
        self.address = f"unix:path={base.with_suffix('.socket')}"
        configuration = base.with_suffix(".conf")
        configuration.write_text(_kConfiguration.format(
            address=self.address, policy=build_directory / "dbus/org.miredo.Miredo1.conf"))
        with open(base.with_suffix(".log"), "wb") as log:
            self._process = subprocess.Popen(
                namespace.command("dbus-daemon", "--nofork", "--nopidfile", "--print-address=1",
                                  f"--config-file={configuration}"),
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True)
        Run.current().started(self._process)
        if not self._process.stdout.readline():
            raise LabError(f"no bus: {base.with_suffix('.log').read_text()}")

    def miredoctl(self, *arguments, user=None, check=True, limit=30):
        """Runs miredoctl on this bus: a subprocess.CompletedProcess with its texts."""
        command = ["env", f"DBUS_SYSTEM_BUS_ADDRESS={self.address}"]
        if user:
            command += ["setpriv", f"--reuid={user}", "--clear-groups"]
        done = self._namespace.run(*command, self._miredoctl, *arguments, check=False, limit=limit)
        if check and done.returncode != 0:
            raise LabError(f"miredoctl {' '.join(arguments)}: exit {done.returncode}: {done.stderr}")
        return done

    def stop(self):
        self._process.terminate()
        self._process.stdout.close()
        self._process.wait(5)
