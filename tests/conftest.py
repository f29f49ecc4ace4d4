"""
What all tests have in common.
"""


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "req(number, ...): the requirements that a test is for")
    config.addinivalue_line(
        "markers", "plain: needs programs that no sanitizer watches")
