"""
canonical - what a message must look like on the wire, worked out anew

Written from the requirements alone, in another way than the program does it:
whole strings and replace(), no state and no blocks.
"""


def canonical(message):
    """
    The message as SMTP means it.                   (MSG-01, MSG-04, MSG-05)

    LF and CR LF are line ends and become CR LF; any other CR is a space;
    every other byte, NUL too, is itself.
    """
    lines = message.replace(b"\r\n", b"\n").replace(b"\r", b" ")
    return lines.replace(b"\n", b"\r\n")


def stuffed(message):
    """The same for DATA: a line that begins with a dot has one more."""
    return (b"\r\n" + canonical(message)).replace(b"\r\n.", b"\r\n..")[2:]


def on_the_wire(message):
    """All that follows the 354 reply, up to the end of the message."""
    return stuffed(message) + b".\r\n"


def sendable(message):
    """Whether SMTP can carry it: it is empty, or ends with a line end."""
    return message == b"" or message.endswith(b"\n")


def ends(wire):
    """
    Where a receiver sees an end of message: the offsets just behind one.

    What follows the reply to DATA begins a line, so that a dot may come first.
    """
    found, text = [], b"\r\n" + wire
    at = text.find(b"\r\n.\r\n")
    while at >= 0:
        found.append(at + 3)
        at = text.find(b"\r\n.\r\n", at + 1)
    return found


def is_bare(wire):
    """Whether there is a CR without LF, or a LF without CR."""
    rest = wire.replace(b"\r\n", b"")
    return b"\r" in rest or b"\n" in rest
