"""Runs a Python program with this process's standard input as its controlling terminal, so that Ctrl-C reaches it.

python -m tests.support.at_a_terminal -m infra.demo
"""

import fcntl
import os
import sys
import termios

if __name__ == "__main__":
    fcntl.ioctl(sys.stdin.fileno(), termios.TIOCSCTTY, 0)
    os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
