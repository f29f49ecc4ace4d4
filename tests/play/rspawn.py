"""
rspawn - what qmail-rspawn makes of a report                          RPT-11

qmail-rspawn starts one program for each recipient.  The first message record
decides for the message, and the very first record for the recipient, if it
is one of r, h and s.
"""
AGAIN = 111


def verdict(report, status):
    """K, Z or D: delivered, to be tried again, to be bounced."""
    if status < 0 or status == AGAIN:
        return "Z"
    if status != 0:
        return "D"
    if not report:
        return "Z"
    records = [record[:1].decode() for record in report.split(b"\0")[:-1]]
    message = next((letter for letter in records if letter in "KZD"), "D")
    return {"s": "Z", "h": "D"}.get(report[:1].decode(), message)
