"""
wire - a message as SMTP must carry it

Written from the requirements, with regular expressions on the whole of it,
so that it shares no idea with the program but the rules themselves.
                                                           MSG-01 MSG-04 MSG-05
"""
import re


def canonical(message):
    """
    The message with CR LF at the end of each line.

    LF and CR LF end a line; a CR that ends none is a space.
    """
    return re.sub(rb"\r?\n", b"\r\n", re.sub(rb"\r(?!\n)", b" ", message))


def stuffed(message):
    """What follows the reply to DATA, the final dot included."""
    return re.sub(rb"^\.", b"..", canonical(message), flags=re.MULTILINE) + b".\r\n"


def netstring(data):
    """The bytes behind their number."""
    return b"%d:%s," % (len(data), data)


def package(message, sender, recipients):
    """What QMTP carries: the bytes of the message as they are.  MXP-03 MXP-04"""
    return (netstring(b"\n" + message) + netstring(sender)
            + netstring(b"".join(map(netstring, recipients))))


def with_header(header, message):
    """The message behind an extra header, which ends with a newline. CLI-06"""
    if header and not header.endswith(b"\n"):
        header += b"\n"
    return header + message
