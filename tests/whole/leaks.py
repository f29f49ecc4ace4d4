"""
leaks - a secret in any dress
"""
import base64


def dresses(secret):
    """Every form in which the bytes of a secret might stand somewhere."""
    secret = secret.encode() if isinstance(secret, str) else secret
    yield "as it is", secret
    yield "in hex", secret.hex().encode()
    yield "in HEX", secret.hex().upper().encode()
    yield "backwards", secret[::-1]
    yield "in UTF-16", secret.decode("latin-1").encode("utf-16-le")
    for skipped in range(3):
        # Inside of a longer text, without the letters that its neighbours share.
        text = base64.b64encode(bytes(skipped) + secret)
        first = -(-skipped * 8 // 6)
        last = (skipped + len(secret)) * 8 // 6
        yield f"in base64, {skipped} bytes in", text[first:last]


def leaks(data, *secrets):
    """What of the secrets the data shows, and where; empty: nothing."""
    found = []
    for secret in secrets:
        for dress, form in dresses(secret):
            at = data.find(form)
            if at >= 0:
                found.append(f"{secret} {dress}: {data[max(0, at - 40):at + 40]!r}")
    return found
