"""
wire - a message as SMTP must carry it

Written from the requirements, byte by byte, so that it shares no idea with
the program but the rules themselves.                      MSG-01 MSG-04 MSG-05
"""


def canonical(message):
    """
    The message with CR LF at the end of each line.

    LF and CR LF end a line; a CR that ends none is a space.
    """
    out = bytearray()
    for at, byte in enumerate(message):
        if byte == 10:
            out += b"\r\n"
        elif byte != 13:
            out.append(byte)
        elif message[at + 1:at + 2] != b"\n":
            out += b" "
    return bytes(out)


def stuffed(message):
    """What follows the reply to DATA, the final dot included."""
    lines = canonical(message).split(b"\r\n")
    dotted = [b"." + line if line.startswith(b".") else line for line in lines]
    return b"\r\n".join(dotted) + b".\r\n"


def with_header(header, message):
    """The message behind an extra header, which ends with a newline. CLI-06"""
    if header and not header.endswith(b"\n"):
        header += b"\n"
    return header + message
