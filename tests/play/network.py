"""
network - a host of one's own, where every port is free

What runs there sees a loopback interface and nothing else, and so do the
programs that it starts.  It takes the superuser.
"""
import ctypes
import fcntl
import os
import socket
import struct
import threading

CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS = 0x8914
IFF_UP = 1


def alone(function, *args):
    """
    What the function returns, or raises, on a host of its own.

    PermissionError: there can be none.  Only a thread goes there, as there is
    no way back.
    """
    result = []

    def run():
        try:
            _leave()
            result.append((function(*args), None))
        except BaseException as e:
            result.append((None, e))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    (value, failure), = result
    if failure:
        raise failure
    return value


def _leave():
    """This thread goes to a network of its own."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        fcntl.ioctl(sock, SIOCSIFFLAGS, struct.pack("16sh22x", b"lo", IFF_UP))
