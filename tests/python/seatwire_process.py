"""The program under test as a process: a free port, a database of its own, ended in good order.

`SEATWIRE_TEST_BIN` names the binary; the default is the debug build of this repository.
"""

import atexit
import os
import pathlib
import queue
import re
import shutil
import signal
import subprocess
import tempfile
import threading
from collections import deque

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("SEATWIRE_TEST_BIN") or str(REPOSITORY / "target/debug/seatwire")
START_SECONDS = 30
STOP_SECONDS = 15
LISTENING = re.compile(r"^listening on (https?://localhost:\d+)$")


class Seatwire:
    """Starts on construction; `url` is where it listens."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="seatwire-test-")
        self._log = deque(maxlen=200)
        self._process = None
        # A test that dies half-way must not leave a server behind on the machine.
        atexit.register(self._vanish)
        self._start("localhost:0")

    def crash_and_restart(self):
        """What a power cut looks like; then the same database on the same port."""
        self._process.kill()
        self._process.wait()
        self._start(self.url.split("//")[1])

    def _start(self, listen):
        # Nothing of the developer's own settings or files may leak in.
        env = {name: value for name, value in os.environ.items() if not name.startswith("SEATWIRE_")}
        # Tests ask more often than people do.
        for kind in ("LOGIN", "REGISTER", "BOOK", "PAY", "READ", "HANDSHAKE"):
            env[f"SEATWIRE_LIMIT_{kind}"] = "1000000/s"
        self._process = subprocess.Popen(
            [BINARY, "--listen", listen, "--database", f"sqlite://{self.folder}/seatwire.db"],
            cwd=self.folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        first_line = queue.SimpleQueue()
        for stream in (self._process.stdout, self._process.stderr):
            threading.Thread(target=self._drain, args=(stream, first_line), daemon=True).start()
        try:
            line = first_line.get(timeout=START_SECONDS)
        except queue.Empty:
            line = ""
        match = LISTENING.match(line)
        if match is None:
            self._vanish()
            raise RuntimeError(f"seatwire did not say where it listens, but {line!r}:\n{self.log()}")
        self.url = match.group(1)

    def log(self):
        """The last lines the server wrote."""
        return "\n".join(self._log)

    def stop(self):
        """SIGTERM; the program must put itself away in good order and in time."""
        self._process.send_signal(signal.SIGTERM)
        try:
            code = self._process.wait(STOP_SECONDS)
        finally:
            self._vanish()
        if code != 0 or "panicked at" in self.log():
            raise AssertionError(f"seatwire ended with {code}:\n{self.log()}")

    def _drain(self, stream, first_line):
        speaks = stream is self._process.stdout
        for number, line in enumerate(stream):
            self._log.append(line.rstrip("\n"))
            if speaks and number == 0:
                first_line.put(line.rstrip("\n"))
        if speaks:
            first_line.put("")  # read by nobody, unless the program has gone without a word
        stream.close()

    def _vanish(self):
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
