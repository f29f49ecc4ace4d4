"""
cyrus - libsasl2, the library, as the server's side of an exchange

It is what Postfix uses, but Postfix does not tell it of the TLS session; this
does, so that it can offer the mechanisms that are bound to one.
"""
import ctypes
import ctypes.util
import functools
import os

from server import Missing

OK, CONTINUE = 0, 1
CALLBACK_GETOPT = 1
PROPERTY_BINDING, PROPERTY_SSF, PROPERTY_SECURITY = 21, 100, 101
FAIL = -1

# The mechanisms whose client speaks first.
CLIENT_FIRST = ("PLAIN", "SCRAM-", "EXTERNAL")

GETOPT = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p,
    ctypes.POINTER(ctypes.c_char_p), ctypes.POINTER(ctypes.c_uint))


class Callback(ctypes.Structure):
    _fields_ = [("id", ctypes.c_ulong), ("function", ctypes.c_void_p),
                ("context", ctypes.c_void_p)]


class Binding(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("critical", ctypes.c_int),
                ("length", ctypes.c_ulong), ("data", ctypes.c_char_p)]


class Security(ctypes.Structure):
    _fields_ = [("min_ssf", ctypes.c_uint), ("max_ssf", ctypes.c_uint),
                ("buffer", ctypes.c_uint), ("flags", ctypes.c_uint),
                ("names", ctypes.c_void_p), ("values", ctypes.c_void_p)]


class Library:
    """The library, with one database of passwords for the process."""

    def __init__(self, database, mechanisms):
        name = ctypes.util.find_library("sasl2")
        if name is None:
            raise Missing("libsasl2 is not installed: tools/setup interop")
        self.sasl = ctypes.CDLL(name)
        options = {
            b"sasldb_path": os.fsencode(database), b"auxprop_plugin": b"sasldb",
            b"pwcheck_method": b"auxprop", b"mech_list": " ".join(mechanisms).encode()}

        def getopt(_, plugin, option, result, length):
            value = options.get(option)
            if value is None:
                return FAIL
            result[0] = value
            if length:
                length[0] = len(value)
            return OK

        # The library keeps them as long as it is used.
        self.getopt, self.options = GETOPT(getopt), options
        self.callbacks = (Callback * 2)(
            Callback(CALLBACK_GETOPT, ctypes.cast(self.getopt, ctypes.c_void_p), None),
            Callback(0, None, None))
        self.check(self.sasl.sasl_server_init(self.callbacks, b"test"))

    def check(self, result):
        if result not in (OK, CONTINUE):
            raise OSError(f"libsasl2: {result}")
        return result

    def exchange(self, realm, mechanism, account):
        """A mechanism, as tests/play/sasl.py has them."""
        sasl, connection = self.sasl, ctypes.c_void_p()
        self.check(sasl.sasl_server_new(
            b"smtp", realm.encode(), realm.encode(), None, None, None, 0,
            ctypes.byref(connection)))
        try:
            # No layer of its own; whether what is below it encrypts.
            self.check(sasl.sasl_setprop(
                connection, PROPERTY_SECURITY, ctypes.byref(Security())))
            for name, data in account.bindings:
                strength = ctypes.c_uint(256)
                binding = Binding(name.encode(), 0, len(data), data)
                self.check(sasl.sasl_setprop(
                    connection, PROPERTY_SSF, ctypes.byref(strength)))
                self.check(sasl.sasl_setprop(
                    connection, PROPERTY_BINDING, ctypes.byref(binding)))
            out, length = ctypes.c_void_p(), ctypes.c_uint()
            where = ctypes.byref(out), ctypes.byref(length)
            # The client may wait for us, or we for it: what comes first then
            # is empty.
            first = mechanism.startswith(CLIENT_FIRST)
            said = (yield b"") if first else None
            result = sasl.sasl_server_start(
                connection, mechanism.encode(), said, len(said or b""), *where)
            while result == CONTINUE:
                said = yield ctypes.string_at(out, length.value) if out.value else b""
                result = sasl.sasl_server_step(connection, said, len(said), *where)
            return result == OK
        finally:
            sasl.sasl_dispose(ctypes.byref(connection))
