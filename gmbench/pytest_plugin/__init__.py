"""Suites as tests: pytest collects ``*.gmbench.yaml``, and thresholds decide.

`collecting` makes tests of a suite, `cases` judges, `playing` plays each pair once whoever asks for
it, `joining` makes one record of what was played, `speed` times, `session` begins and ends, and
`summary` is what a person reads. Under xdist the workers share a folder: a pair whose tests came to
two workers is played by one of them, and the record is put together where pytest was called.
"""
